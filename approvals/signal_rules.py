"""What the readings of one series say of a signal: in order, in breach, or nothing (pure).

A breach begins when each reading has been beyond the limit for the minimum time, without a gap longer than
data may be old. It ends at the first reading that is back at the clear limit; in between nothing changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum


class SignalState(StrEnum):
    """What a signal says at a moment."""

    OK = "ok"
    BREACHED = "breached"
    CLEARED = "cleared"
    """It was in breach before and is no more."""
    MISSING = "missing"
    """No reading, or none that is new enough: neither in order nor in breach."""


@dataclass(frozen=True, slots=True)
class Limits:
    """The band of a signal: `threshold` opens a breach, `clear` ends it."""

    threshold: Decimal
    clear: Decimal
    higher_is_better: bool
    window: timedelta
    lasting: timedelta
    staleness: timedelta | None = None

    def is_beyond(self, value: Decimal) -> bool:
        """Whether a value lies on the bad side; the limit itself is still in order."""
        return value < self.threshold if self.higher_is_better else value > self.threshold

    def is_clear(self, value: Decimal) -> bool:
        """Whether a value is back on the good side of the clear limit, or at it."""
        return value >= self.clear if self.higher_is_better else value <= self.clear


@dataclass(frozen=True, slots=True)
class Point:
    """One reading: when it was measured, and what."""

    at: datetime
    value: Decimal


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the readings say; `point` is the newest one, `since` when the streak beyond the limit began."""

    state: SignalState
    point: Point | None = None
    since: datetime | None = None


def evaluate(limits: Limits, points: Iterable[Point], *, now: datetime, is_open: bool = False) -> Verdict:
    """Judge readings of one series, oldest first; `is_open` says that a breach was open before them.

    Give those of the window that ends with the newest one, and the one before it, which held as it began.
    """
    was_open, since, newest = is_open, None, None
    for point in points:
        if newest is not None and _is_gap(limits, point.at - newest.at):
            since = None  # nobody knows what happened between the two
        newest = point
        if limits.is_beyond(point.value):
            since = since or point.at
            is_open = is_open or point.at - since >= limits.lasting
            was_open = was_open or is_open
        else:
            since = None
            is_open = is_open and not limits.is_clear(point.value)
    if newest is None or _is_gap(limits, now - newest.at):
        return Verdict(SignalState.MISSING, newest)
    if is_open:
        return Verdict(SignalState.BREACHED, newest, since)
    return Verdict(SignalState.CLEARED if was_open else SignalState.OK, newest, since)


def _is_gap(limits: Limits, silence: timedelta) -> bool:
    return limits.staleness is not None and silence > limits.staleness
