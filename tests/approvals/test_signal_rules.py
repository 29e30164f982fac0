"""Breach rules over tables of readings, and over any readings."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from approvals.signal_rules import Limits, Point, SignalState, evaluate

START: Final = datetime(2026, 11, 27, 12, tzinfo=UTC)
P95: Final = Limits(
    threshold=Decimal("3.0"),
    clear=Decimal("2.7"),
    higher_is_better=False,
    window=timedelta(minutes=60),
    lasting=timedelta(minutes=30),
    staleness=timedelta(minutes=15),
)


def points(*values: str, every: int = 10) -> list[Point]:
    return [
        Point(START + timedelta(minutes=every * place), Decimal(value)) for place, value in enumerate(values)
    ]


def state_of(limits: Limits, *values: str, is_open: bool = False, silent: int = 0) -> SignalState:
    given_points = points(*values)
    newest = given_points[-1].at if given_points else START
    return evaluate(limits, given_points, now=newest + timedelta(minutes=silent), is_open=is_open).state


@pytest.mark.parametrize(
    ("values", "state"),
    [
        (("2.0", "2.1"), "ok"),
        (("3.0", "3.0", "3.0", "3.0"), "ok"),
        (("3.4", "3.4", "3.4"), "ok"),
        (("3.4", "3.4", "3.4", "3.4"), "breached"),
        (("3.4", "3.4", "2.9", "3.4", "3.4"), "ok"),
        (("3.4", "3.4", "3.4", "3.4", "2.9"), "breached"),
        (("3.4", "3.4", "3.4", "3.4", "2.9", "2.8", "3.1"), "breached"),
        (("3.4", "3.4", "3.4", "3.4", "2.7"), "cleared"),
        (("3.4", "3.4", "3.4", "3.4", "2.7", "3.4"), "cleared"),
        ((), "missing"),
    ],
)
def test_a_value_beyond_the_limit_for_the_minimum_time_is_a_breach_until_it_is_clear(
    values: tuple[str, ...], state: str
) -> None:
    assert state_of(P95, *values) == state


def test_an_open_breach_stays_open_in_the_band_and_ends_at_the_clear_limit() -> None:
    assert state_of(P95, "2.9", "2.71", is_open=True) == SignalState.BREACHED
    assert state_of(P95, "2.7", is_open=True) == SignalState.CLEARED


def test_silence_longer_than_allowed_is_missing_whatever_the_last_value_was() -> None:
    assert state_of(P95, "2.0", silent=15) == SignalState.OK
    assert state_of(P95, "2.0", silent=16) == SignalState.MISSING
    assert state_of(P95, "3.4", "3.4", "3.4", "3.4", silent=16) == SignalState.MISSING
    assert state_of(replace(P95, staleness=None), "2.0", silent=9999) == SignalState.OK


def test_a_gap_in_the_data_breaks_the_time_beyond_the_limit() -> None:
    apart = points("3.4", "3.4", "3.4", "3.4", every=20)
    assert evaluate(P95, apart, now=apart[-1].at).state == SignalState.OK
    assert evaluate(replace(P95, staleness=None), apart, now=apart[-1].at).state == SignalState.BREACHED


def test_where_higher_is_better_the_bad_side_lies_below() -> None:
    accuracy = replace(
        P95, threshold=Decimal("0.80"), clear=Decimal("0.85"), higher_is_better=True, lasting=timedelta(0)
    )
    assert state_of(accuracy, "0.80") == SignalState.OK
    assert state_of(accuracy, "0.79") == SignalState.BREACHED
    assert state_of(accuracy, "0.79", "0.84") == SignalState.BREACHED
    assert state_of(accuracy, "0.79", "0.85") == SignalState.CLEARED


def test_a_breach_names_its_newest_value_and_when_it_began() -> None:
    verdict = evaluate(P95, points("2.0", "3.1", "3.2", "3.3", "3.4"), now=START + timedelta(minutes=40))
    assert verdict.since == START + timedelta(minutes=10)
    assert verdict.point == Point(START + timedelta(minutes=40), Decimal("3.4"))


BAND: Final = st.decimals(Decimal("2.701"), Decimal(4), places=3)
ANY: Final = st.decimals(Decimal(1), Decimal(4), places=3)


@given(st.lists(BAND, max_size=60))
def test_flapping_within_the_band_opens_one_breach_and_never_ends_it(values: list[Decimal]) -> None:
    found, is_open, changes = P95, False, 0
    seen = points("3.4", "3.4", "3.4", "3.4", *map(str, values))
    for number in range(1, len(seen) + 1):
        state = evaluate(found, seen[:number][-7:], now=seen[number - 1].at, is_open=is_open).state
        changes += (state == SignalState.BREACHED) != is_open
        is_open = state == SignalState.BREACHED
    assert (changes, is_open) == (1, True)


@given(st.lists(ANY, min_size=1, max_size=40))
def test_judging_each_reading_as_it_comes_ends_where_judging_all_at_once_does(values: list[Decimal]) -> None:
    seen = points(*map(str, values))
    is_open = False
    for number in range(1, len(seen) + 1):
        state = evaluate(
            P95, seen[max(0, number - 8) : number], now=seen[number - 1].at, is_open=is_open
        ).state
        is_open = state == SignalState.BREACHED
    assert is_open == (evaluate(P95, seen, now=seen[-1].at).state == SignalState.BREACHED)
