"""Compute where the parts of a figure lie in its picture; must never read data, the clock or a locale.

The same numbers give the same text, so a page and the printed pack show the same picture. All
positions are texts with one decimal in a drawing of 232 by 40 units. A picture never replaces
the number: every plot carries the sentence a screen reader says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Final

from registry.figures import Figure, exact

WIDTH: Final = 232
HEIGHT: Final = 40
MARGIN: Final = 6
GLYPH: Final = Fraction(58, 10)
"""Mean width of a glyph of the limit's words, Inter 500 at 11 units."""

STEPS: Final = tuple(Fraction(step, 2) for step in (2, 3, 4, 6, 8, 10, 12, 16, 20))
"""Where a scale from zero may end, in powers of ten: 1, 1.5, 2, 3, 4, 5, 6, 8, 10."""


class OutsideScale(ValueError):
    """A value lies outside the scale, so its dot would be drawn at a false place."""


class Bound(StrEnum):
    """On which side of the limit a value is allowed."""

    AT_LEAST = "at least"
    ABOVE = "above"
    AT_MOST = "at most"
    BELOW = "below"

    @property
    def is_floor(self) -> bool:
        return self in (Bound.AT_LEAST, Bound.ABOVE)


@dataclass(frozen=True, slots=True)
class Scale:
    """One axis, shared by every plot of the same kind of metric on a page."""

    start: Fraction
    end: Fraction

    def part(self, value: Figure) -> Fraction:
        """Return how far along the axis the value lies, 0 to 1; raises `OutsideScale`."""
        if not self.start <= exact(value) <= self.end:
            raise OutsideScale(f"{value} is not between {self.start} and {self.end}")
        return (exact(value) - self.start) / (self.end - self.start)

    def place(self, value: Figure) -> Fraction:
        """Return the distance from the left edge of an interval plot; raises `OutsideScale`."""
        return MARGIN + self.part(value) * (WIDTH - 2 * MARGIN)


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit in the unit of its scale; `figure` is its text, as `95%` or `3,000 ms`."""

    value: Figure
    bound: Bound
    figure: str

    @property
    def words(self) -> str:
        return f"{self.bound.value} {self.figure}"


@dataclass(frozen=True, slots=True)
class Tick:
    """The drawn limit: the line, its words, and the band that is not allowed."""

    x: str
    anchor: str
    words: str
    band_x: str
    band_width: str


@dataclass(frozen=True, slots=True)
class IntervalPlot:
    """One interval plot, ready to be drawn by `components/interval_plot.html`.

    `state` is the kind of the gate (`pass`, `fail`, `flag`, `waived`) or empty without a gate.
    `dot`, `bar_from` and `bar_to` are empty where nothing was measured.
    """

    state: str
    label: str
    tick: Tick | None
    dot: str
    bar_from: str
    bar_to: str


def rate_scale(rates: Iterable[Figure]) -> Scale:
    """Return 75 to 100 per cent, reaching lower in steps of five points where a rate needs it.

    `rates` are all values, bounds and limits (0 to 1) that share the scale.
    """
    lowest = min((exact(rate) for rate in rates), default=Fraction(1))
    if lowest >= Fraction(3, 4):
        return Scale(Fraction(3, 4), Fraction(1))
    start = Fraction((lowest - Fraction(1, 20)) * 20 // 1, 20)
    return Scale(max(start, Fraction(0)), Fraction(1))


def zero_scale(values: Iterable[Figure]) -> Scale:
    """Return a scale from zero to the next round number that leaves 5% of room."""
    most = max((exact(value) for value in values), default=Fraction(0))
    if most <= 0:
        return Scale(Fraction(0), Fraction(1))
    power = _power_below(most)
    end = next(step * power for step in (*STEPS, Fraction(15)) if step * power >= most * Fraction(21, 20))
    return Scale(Fraction(0), end)


def _power_below(value: Fraction) -> Fraction:
    """Return the largest power of ten that is not above `value`, which is positive."""
    power = Fraction(1)
    while power > value:
        power /= 10
    while power * 10 <= value:
        power *= 10
    return power


def interval_plot(
    *,
    label: str,
    scale: Scale,
    value: Figure | None,
    low: Figure | None = None,
    high: Figure | None = None,
    limit: Limit | None = None,
    state: str = "",
) -> IntervalPlot:
    """Return the plot of one measured value.

    With `low` and `high` the bar is the interval; without them it is a stem from the start of the
    scale. A value of `None` was not measured: the limit is drawn alone. Raises `OutsideScale`.
    """
    begin = scale.start if low is None else low
    finish = value if high is None else high
    return IntervalPlot(
        state=state,
        label=label,
        tick=None if limit is None else _tick(scale, limit),
        dot="" if value is None else position_text(scale.place(value)),
        bar_from="" if value is None else position_text(scale.place(begin)),
        bar_to="" if finish is None else position_text(scale.place(finish)),
    )


def _tick(scale: Scale, limit: Limit) -> Tick:
    x = scale.place(limit.value)
    return Tick(
        x=position_text(x),
        anchor=_anchor(x, limit.words),
        words=limit.words,
        band_x=position_text(Fraction(0) if limit.bound.is_floor else x),
        band_width=position_text(x if limit.bound.is_floor else WIDTH - x),
    )


def _anchor(x: Fraction, words: str) -> str:
    """Return how the words stand at the line so that they stay inside the drawing."""
    half = len(words) * GLYPH / 2
    if x - half < 0:
        return "start"
    return "end" if x + half > WIDTH else "middle"


def position_text(position: Fraction) -> str:
    """Return a position with one decimal, rounded half up, without a locale."""
    tenths = (position * 20 + 1) // 2
    return f"{tenths // 10}.{tenths % 10}"
