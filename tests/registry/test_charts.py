"""The geometry of the interval plot: exact places, and no dot at a false one."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.charts import (
    WIDTH,
    Bound,
    Limit,
    OutsideScale,
    Scale,
    interval_plot,
    rate_scale,
    zero_scale,
)
from registry.figures import Figure

RATES = Scale(Fraction(3, 4), Fraction(1))


def test_a_rate_above_its_floor_has_dot_bar_tick_and_the_band_left_of_it() -> None:
    plot = interval_plot(
        label="88.0%, interval 83.8 to 91.2, limit 80%",
        scale=RATES,
        value=0.88,
        low=0.838,
        high=0.912,
        limit=Limit(0.8, Bound.AT_LEAST, "80%"),
        state="pass",
    )
    assert (plot.dot, plot.bar_from, plot.bar_to) == ("120.4", "83.4", "148.6")
    assert plot.tick is not None
    assert (plot.tick.x, plot.tick.band_x, plot.tick.band_width) == ("50.0", "0.0", "50.0")
    assert plot.tick.words == "at least 80%"


def test_a_latency_has_a_stem_from_zero_and_the_band_right_of_its_ceiling() -> None:
    plot = interval_plot(
        label="3,720 ms, limit 3,000 ms",
        scale=zero_scale([3_720, 3_000]),
        value=3_720,
        limit=Limit(3_000, Bound.BELOW, "3,000 ms"),
        state="fail",
    )
    assert (plot.bar_from, plot.bar_to, plot.dot) == ("6.0", "210.6", "210.6")
    assert plot.tick is not None
    assert (plot.tick.band_x, plot.tick.band_width) == ("171.0", "61.0")


def test_what_was_not_measured_has_its_limit_and_no_dot() -> None:
    plot = interval_plot(label="no data", scale=RATES, value=None, limit=Limit(0.8, Bound.AT_LEAST, "80%"))
    assert (plot.dot, plot.bar_from, plot.bar_to) == ("", "", "")
    assert plot.tick is not None


def test_without_a_gate_there_is_no_tick() -> None:
    assert interval_plot(label="1,310 ms", scale=zero_scale([4_000]), value=1_310).tick is None


def test_a_value_outside_the_scale_is_refused() -> None:
    with pytest.raises(OutsideScale):
        interval_plot(label="70%", scale=RATES, value=0.7)


@pytest.mark.parametrize(
    ("rates", "start"),
    [
        ([0.838, 0.8], Fraction(3, 4)),
        ([], Fraction(3, 4)),
        ([0.709, 0.8], Fraction(13, 20)),
        ([0.02], Fraction(0)),
    ],
)
def test_the_scale_of_rates_reaches_as_low_as_it_must(rates: list[Figure], start: Fraction) -> None:
    assert rate_scale(rates) == Scale(start, Fraction(1))


@pytest.mark.parametrize(
    ("values", "end"),
    [
        ([2_450, 3_000], 4_000),
        ([3_720, 3_000], 4_000),
        ([37_990, 40_000], 50_000),
        ([9_900], 15_000),
        ([Fraction(3, 100)], Fraction(4, 100)),
        ([0], 1),
        ([], 1),
    ],
)
def test_the_scale_from_zero_ends_at_a_round_number(values: list[Figure], end: Figure) -> None:
    assert zero_scale(values).end == end


@given(st.lists(st.integers(min_value=0, max_value=10**12), min_size=1))
def test_every_value_lies_inside_the_scale_made_of_it(values: list[int]) -> None:
    scale = zero_scale(values)
    assert all(0 <= scale.place(value) <= WIDTH for value in values)


@pytest.mark.parametrize(
    ("value", "anchor"), [("0.76", "start"), ("0.85", "middle"), ("0.99", "end"), ("0.95", "middle")]
)
def test_the_words_of_a_limit_stay_inside_the_drawing(value: str, anchor: str) -> None:
    limit = Limit(value, Bound.AT_LEAST, "95%")
    tick = interval_plot(label="", scale=RATES, value=0.9, limit=limit).tick
    assert tick is not None
    assert tick.anchor == anchor


def test_the_same_numbers_give_the_same_drawing() -> None:
    first, second = (
        interval_plot(label="", scale=RATES, value=value, low=0.8, high=0.95) for value in (0.9, "0.90")
    )
    assert first == second
