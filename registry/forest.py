"""Compute the drawing that compares candidates on one rate; must never pool or rank them.

One row a candidate, in the order given: its word, its interval against the limit, and its figures.
The drawing is 720 units wide; positions are texts with one decimal, as in `registry.charts`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from registry.charts import Limit, Scale, position_text, rate_scale
from registry.components import PRINT_COLOURS
from registry.figures import Figure, exact, interval, percent, share

WIDTH: Final = 720
LEFT: Final = 84
RIGHT: Final = 512
ROW: Final = 18
TOP: Final = 2
GRID_STEP: Final = Fraction(1, 10)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """One measured candidate. `low` and `high` are the 95% bounds of k/n, as fractions."""

    name: str
    k: int
    n: int
    low: Figure
    high: Figure
    state: str
    word: str
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """One drawn candidate; `middle` is the line its dot stands on, `base` that of its words."""

    candidate: Candidate
    top: str
    middle: str
    base: str
    dot: str
    bar_from: str
    bar_to: str
    count: str
    percent: str
    interval: str
    ink: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A line of the grid, or the limit, with its figure under it."""

    x: str
    words: str
    is_limit: bool


@dataclass(frozen=True, slots=True)
class Forest:
    """The comparison, ready to be drawn by `components/forest.html`."""

    label: str
    height: int
    floor: int
    band_x: str
    band_width: str
    marks: tuple[Mark, ...]
    rows: tuple[Row, ...]


def forest(*, label: str, candidates: Iterable[Candidate], limit: Limit) -> Forest:
    """Return the drawing of all candidates on one scale; every candidate has n above zero."""
    given = tuple(candidates)
    bounds = [bound for one in given for bound in (one.low, one.high)]
    scale = rate_scale([*bounds, limit.value])
    floor = TOP + ROW * len(given)
    at = _place(scale, limit.value)
    band = (Fraction(LEFT), at) if limit.bound.is_floor else (at, Fraction(RIGHT))
    return Forest(
        label=_spoken(label, given, limit),
        height=floor + 18,
        floor=floor,
        band_x=position_text(band[0]),
        band_width=position_text(band[1] - band[0]),
        marks=tuple(_marks(scale, limit)),
        rows=tuple(_row(scale, limit, one, index) for index, one in enumerate(given)),
    )


def _place(scale: Scale, value: Figure) -> Fraction:
    return LEFT + scale.part(value) * (RIGHT - LEFT)


def _marks(scale: Scale, limit: Limit) -> Iterable[Mark]:
    """Yield the tens between the ends, and the limit; a ten too near the limit gives way to it."""
    at = _place(scale, limit.value)
    value = -(-scale.start // GRID_STEP) * GRID_STEP
    while value <= scale.end:
        x = _place(scale, value)
        if abs(x - at) > 30 or value == exact(limit.value):  # reason: two figures wide
            yield Mark(position_text(x), f"{value * 100}%", is_limit=value == exact(limit.value))
        value += GRID_STEP
    if exact(limit.value) % GRID_STEP:
        yield Mark(position_text(at), limit.figure, is_limit=True)


def _row(scale: Scale, limit: Limit, one: Candidate, index: int) -> Row:
    top = TOP + ROW * index
    return Row(
        candidate=one,
        top=str(top),
        middle=str(top + ROW // 2),
        base=str(top + ROW // 2 + 4),
        dot=position_text(_place(scale, Fraction(one.k, one.n))),
        bar_from=position_text(_place(scale, one.low)),
        bar_to=position_text(_place(scale, one.high)),
        count=f"{one.k}/{one.n}",
        percent=percent(Fraction(one.k, one.n), limit.value),
        interval=interval(one.low, one.high, limit.value),
        ink=PRINT_COLOURS[one.state],
    )


def _spoken(label: str, candidates: tuple[Candidate, ...], limit: Limit) -> str:
    """Return the sentence a screen reader says: every figure, none left to the picture."""
    said = (
        f"{one.name} {one.word}, {share(one.k, one.n, limit.value)}"
        f" {interval(one.low, one.high, limit.value)}"
        for one in candidates
    )
    return f"{label}, limit {limit.words}: {'; '.join(said)}"
