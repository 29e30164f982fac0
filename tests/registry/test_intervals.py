"""Wilson intervals: published vectors, limits and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.statistics.intervals import Interval, NoData, wilson


@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [
        (172, 200, 0.8051, 0.9013),
        (185, 200, 0.8800, 0.9540),
        (431, 500, 0.8290, 0.8895),
        (150, 164, 0.8618, 0.9485),
        (30, 30, 0.8865, 1.0),
        (0, 30, 0.0, 0.1135),
        (352, 400, 0.844, 0.908),
        (985, 1000, 0.9754, 0.9909),
    ],
)
def test_vectors(k: int, n: int, low: float, high: float) -> None:
    interval = wilson(k, n)

    digits = 3 if n == 400 else 4
    assert (round(interval.low, digits), round(interval.high, digits)) == (low, high)


def test_perfect_scores_end_exactly_at_the_limit() -> None:
    assert wilson(30, 30).high == 1.0
    assert wilson(0, 30).low == 0.0


def test_zero_trials_are_no_data() -> None:
    with pytest.raises(NoData):
        wilson(0, 0)


@pytest.mark.parametrize(("k", "n", "confidence"), [(5, 4, 0.95), (-1, 4, 0.95), (1, -1, 0.95)])
def test_impossible_counts_are_refused(k: int, n: int, confidence: float) -> None:
    with pytest.raises(ValueError, match="0 <= k <= n"):
        wilson(k, n, confidence)


@pytest.mark.parametrize("confidence", [0.0, 1.0, float("nan")])
def test_confidence_lies_strictly_between_zero_and_one(confidence: float) -> None:
    with pytest.raises(ValueError, match="confidence"):
        wilson(1, 2, confidence)


counts = st.integers(1, 10**9).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(counts)
def test_bounds_stay_in_the_unit_interval_and_hold_the_estimate(pair: tuple[int, int]) -> None:
    k, n = pair
    interval = wilson(k, n)

    assert 0 <= interval.low <= k / n <= interval.high <= 1


@given(st.integers(2, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n - 1), st.just(n))))
def test_one_more_success_never_lowers_a_bound(pair: tuple[int, int]) -> None:
    k, n = pair
    before, after = wilson(k, n), wilson(k + 1, n)

    assert before.low <= after.low
    assert before.high <= after.high


@given(st.integers(1, 1000), st.integers(2, 50))
def test_more_data_at_the_same_share_narrows_the_interval(n: int, factor: int) -> None:
    def width(interval: Interval) -> float:
        return interval.high - interval.low

    assert width(wilson(n * factor, 2 * n * factor)) < width(wilson(n, 2 * n))
