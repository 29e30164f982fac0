"""Confidence intervals of proportions; never an interval where there is no data."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist
from typing import Final

WILSON: Final = "wilson"
WILSON_VERSION: Final = "1"
DEFAULT_CONFIDENCE: Final = 0.95


class NoData(ValueError):
    """An interval was asked for zero trials."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A closed interval of a proportion, both bounds within [0, 1]."""

    low: float
    high: float


def wilson(k: int, n: int, confidence: float = DEFAULT_CONFIDENCE) -> Interval:
    """Return the two-sided Wilson score interval of ``k`` successes in ``n`` trials.

    No continuity correction; z is the exact normal quantile. A bound that is
    0 or 1 by algebra (k = 0, k = n) is returned as exactly that.
    Source: E. B. Wilson, JASA 22 (1927) 209-212.
    Raises NoData for n = 0 and ValueError for counts or a confidence out of range.
    """
    _require_counts(k, n, confidence)
    z = NormalDist().inv_cdf(0.5 + confidence / 2)
    share = k / n
    spread = z * z / n
    centre = (share + spread / 2) / (1 + spread)
    half = z * sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    # Rounding may carry a bound past the estimate or the unit interval.
    low = 0.0 if k == 0 else min(max(centre - half, 0.0), share)
    high = 1.0 if k == n else max(min(centre + half, 1.0), share)
    return Interval(low, high)


def _require_counts(k: int, n: int, confidence: float) -> None:
    if n == 0:
        raise NoData("an interval needs at least one trial; n is 0")
    if n < 0 or not 0 <= k <= n:
        raise ValueError(f"counts must satisfy 0 <= k <= n; k is {k}, n is {n}")
    if not 0 < confidence < 1:
        raise ValueError(f"confidence must lie between 0 and 1; it is {confidence}")
