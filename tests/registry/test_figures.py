"""Figures as people read them, and never rounded across a limit."""

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry import figures

FRACTIONS = st.fractions(min_value=0, max_value=1, max_denominator=100_000)
LIMITS = st.integers(min_value=0, max_value=10_000).map(lambda parts: Fraction(parts, 10_000))


@pytest.mark.parametrize(
    ("k", "n", "words"),
    [
        (264, 300, "264/300 = 88.0%"),
        (58, 60, "58/60 = 96.7%"),
        (1_200, 1_500, "1,200/1,500 = 80.0%"),
        (0, 300, "0/300 = 0.0%"),
        (0, 0, "no data"),
    ],
)
def test_a_share_never_stands_without_its_n(k: int, n: int, words: str) -> None:
    assert figures.share(k, n) == words


def test_an_interval_prints_one_digit_where_no_limit_is_near() -> None:
    assert figures.interval(0.8379, 0.9122, 0.8) == "[83.8, 91.2]"


def test_a_bound_just_under_its_limit_prints_more_digits_instead_of_passing() -> None:
    assert figures.interval(0.94968, 0.99219, 0.95) == "[94.97, 99.2]"


def test_a_share_just_under_its_limit_does_not_print_the_limit() -> None:
    assert figures.share(94_996, 100_000, 0.95) == "94,996/100,000 = 94.996%"


def test_a_value_on_its_limit_prints_plainly() -> None:
    assert figures.percent(Fraction(19, 20), 0.95) == "95.0%"


def test_a_value_nearer_than_the_last_digit_moves_away_from_its_limit() -> None:
    assert figures.percent("0.94999999999", 0.95) == "94.999999%"
    assert figures.percent("0.95000000001", 0.95) == "95.000001%"


@given(value=FRACTIONS, limit=LIMITS)
def test_the_printed_figure_stays_on_its_side_of_the_limit(value: Fraction, limit: Fraction) -> None:
    shown = Fraction(figures.held(value * 100, limit * 100, 1).replace(",", ""))
    assert (shown > limit * 100) == (value > limit)
    assert (shown < limit * 100) == (value < limit)


@given(value=FRACTIONS)
def test_without_a_limit_the_figure_is_the_nearest_one(value: Fraction) -> None:
    shown = Fraction(figures.percent(value).removesuffix("%"))
    assert abs(shown - value * 100) <= Fraction(1, 20)


@pytest.mark.parametrize(
    ("value", "limit", "words"),
    [
        (2_450, 3_000, "2,450\u00a0ms"),
        (2_999.7, 3_000, "2,999.7\u00a0ms"),
        (3_000.2, 3_000, "3,000.2\u00a0ms"),
        (380_000, None, "6\u00a0min\u00a020\u00a0s"),
        (Decimal("61000.4"), 60_000, "61,000\u00a0ms"),
    ],
)
def test_a_latency_is_whole_milliseconds_unless_its_limit_is_near(
    value: figures.Figure, limit: figures.Figure | None, words: str
) -> None:
    assert figures.milliseconds(value, limit) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1.9, "1.9\u00a0s"),
        (2, "2\u00a0s"),
        (60, "1\u00a0min"),
        (380, "6\u00a0min\u00a020\u00a0s"),
        (7_500, "2\u00a0h\u00a05\u00a0min"),
    ],
)
def test_a_duration_has_two_parts_at_most(seconds: figures.Figure, words: str) -> None:
    assert figures.duration(seconds) == words


def test_money_has_its_code_after_it_and_cents_only_where_there_are_any() -> None:
    assert figures.money(37_990, "USD") == "37,990\u00a0USD"
    assert figures.money("14.5", "USD") == "14.50\u00a0USD"
    assert figures.money("39999.99", "USD", limit=40_000, digits=0) == "39,999.99\u00a0USD"


def test_counts_and_sizes_are_printed_in_full() -> None:
    assert figures.number(4_811_982) == "4,811,982"
    assert figures.number("3400.25") == "3,400.25"
    assert figures.bytes_exact(4_811_982) == "4,811,982\u00a0bytes"
    assert figures.bytes_exact(1) == "1\u00a0byte"


def test_tokens_are_counted_in_millions_from_one_million_on() -> None:
    assert figures.tokens(2_620_000_000) == "2,620M"
    assert figures.tokens(1_500_000) == "1.5M"
    assert figures.tokens(3_400) == "3,400"


def test_a_distance_names_its_direction() -> None:
    assert figures.points_from(0.957, 0.95) == "0.7 points above the limit"
    assert figures.points_from(0.7089, 0.8) == "9.1 points below the limit"
    assert figures.points_from(0.8, 0.8) == "at the limit"


def test_times_are_utc_and_name_it() -> None:
    moment = datetime(2026, 11, 27, 18, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert figures.stamp(moment) == "27 Nov 2026, 17:00 UTC"
    assert figures.stamp_seconds(moment) == "27 Nov 2026, 17:00:05 UTC"
    assert figures.machine_time(moment) == "2026-11-27T17:00:05Z"


def test_a_day_alone_has_no_zone() -> None:
    assert figures.day(date(2026, 12, 1)) == "1 Dec 2026"
    assert figures.day(datetime(2026, 12, 1, 23, 59, tzinfo=UTC)) == "1 Dec 2026"
    assert figures.machine_time(date(2026, 12, 1)) == "2026-12-01"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(figures.NaiveTime):
        figures.stamp(datetime(2026, 11, 27, 17, 0))  # noqa: DTZ001


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "", "twelve"])
def test_what_is_no_number_has_no_figure(value: figures.Figure) -> None:
    with pytest.raises(figures.NotAFigure):
        figures.decimal(value)
