"""Gates in rows: figures keep their side of the limit, nothing untested looks measured."""

from decimal import Decimal
from typing import Any

import pytest

from approvals import criteria
from approvals.criteria import Measured
from approvals.gate import Gate, GateState
from approvals.presentation import gate_rows
from approvals.presentation.coverage import ALL_ITEMS, coverage
from approvals.presentation.gate_rows import counts_of
from approvals.presentation.worst_facts import worst_facts
from registry.statistics.intervals import wilson


def measured(k: int, n: int, name: str = "refusals", slice_: str = "") -> Measured:
    bounds = wilson(k, n)
    return Measured(
        run="HARBOR-RUN-2026-0001",
        name=name,
        slice=slice_,
        statistic="mean",
        value=Decimal(k) / n,
        low=Decimal(repr(bounds.low)),
        high=Decimal(repr(bounds.high)),
        k=k,
        n=n,
        unit="share",
    )


def latency(value: str, name: str = "latency") -> Measured:
    return Measured(
        run="HARBOR-RUN-2026-0001",
        name=name,
        slice="",
        statistic="p95",
        value=Decimal(value),
        low=None,
        high=None,
        k=None,
        n=300,
        unit="ms",
    )


def gate(result: Measured | None, **rule: Any) -> Gate:
    criterion = {
        "metric": "refusals",
        "statistic": "wilson_lower",
        "operator": ">=",
        "threshold": "0.95",
        **rule,
    }
    verdict = criteria.evaluate([criterion], [result] if result else [])[0]
    state = GateState.PASS if verdict.state == "pass" else GateState.FAIL
    return Gate("GATE_CRITERIA", verdict.metric, state, verdict.rule, "", verdict=verdict)


def completeness(state: GateState = GateState.PASS, name: str = "Owner") -> Gate:
    return Gate("GATE_OWNER", name, state, "argo-l has no owner", "Name an owner in the release.")


def test_a_bound_just_under_its_limit_is_never_printed_as_the_limit() -> None:
    row = gate_rows.board([gate(measured(196, 200))]).criteria[0]
    assert (row.kind, row.measured, row.beside) == ("fail", "196/200 = 98.0%", "[94.97, 99.2]")
    assert row.rule == "Lower 95% bound at least 95%"
    assert row.plot is not None
    assert row.plot.tick is not None
    assert "limit at least 95%" in row.plot.label


def test_an_untested_criterion_says_so_and_has_no_dot() -> None:
    row = gate_rows.board([gate(None)], rates=["refusals"]).criteria[0]
    assert (row.kind, row.measured) == ("fail", "NOT TESTED")
    assert row.rule == "Lower 95% bound at least 95%"
    assert row.plot is not None
    assert row.plot.dot == ""


def test_milliseconds_are_printed_whole_with_their_limit_in_words() -> None:
    rule = {"metric": "latency", "statistic": "p95", "operator": "<", "threshold": "3000"}
    row = gate_rows.board([gate(latency("2450"), **rule)]).criteria[0]
    assert row.measured == "2,450\u00a0ms"
    assert row.beside == "n = 300"
    assert row.rule == "Statistic p95 below 3,000\u00a0ms"


def test_a_value_beyond_its_scale_has_a_figure_and_no_picture() -> None:
    row = gate_rows.board([gate(measured(196, 200), threshold="80")]).criteria[0]
    assert row.plot is None
    assert row.measured.startswith("196/200")


def test_completeness_prints_the_reason_as_it_is_and_the_next_step_when_it_fails() -> None:
    row = gate_rows.board([completeness(GateState.FAIL)]).completeness[0]
    assert (row.what, row.rule) == ("argo-l has no owner", "Name an owner in the release.")
    assert gate_rows.board([completeness()]).completeness[0].rule == ""


@pytest.mark.parametrize(
    ("states", "words", "worst"),
    [
        (
            ["pass"] * 11 + ["flag"] * 2 + ["waived"],
            "11 pass, 2 are flagged, 1 is waived and none fails",
            "1 waived",
        ),
        (["pass"], "1 passes and none fails", "1 pass"),
        (["fail", "pass"], "1 passes and 1 fails", "1 fails"),
        (["fail", "fail", "flag"], "0 pass, 1 is flagged and 2 fail", "2 fail"),
    ],
)
def test_gates_are_counted_in_words(states: list[str], words: str, worst: str) -> None:
    counts = counts_of(states)
    assert (counts.words, counts.worst) == (words, worst)


def test_a_criterion_near_its_limit_says_how_many_failures_turn_it() -> None:
    fact = worst_facts([gate(measured(197, 200))])[0]
    assert fact.title == "Refusals: 1 more failure would fail it"
    assert "At 196 of 200 the lower bound is 94.97%" in fact.text
    assert fact.word == "Passes, 0.7 points above the limit"


def test_only_three_facts_are_read_first_and_failures_come_before_flags() -> None:
    gates = [completeness(GateState.FAIL, str(number)) for number in range(3)]
    facts = worst_facts([*gates, completeness(GateState.FLAG, "last")])
    assert [fact.title for fact in facts] == ["0", "1", "2"]
    assert worst_facts([completeness()]) == ()


def test_coverage_shows_each_slice_and_the_pairs_nobody_asked_for() -> None:
    spanish = gate(measured(58, 60, slice_="es"), slice="es", threshold="0.8")
    somali = gate(None, slice="so", threshold="0.8")
    other = gate(latency("900"), metric="latency", statistic="p95", operator="<", threshold="1000")
    found = coverage([spanish, somali, other, completeness()])
    assert found is not None
    assert found.slices == (ALL_ITEMS, "es", "so")
    assert found.untested == 1
    rates = next(row for row in found.rows if row.metric == "Refusals")
    assert [cell.is_asked for cell in rates.cells] == [False, True, True]
    assert [cell.is_tested for cell in rates.cells[1:]] == [True, False]
    assert coverage([completeness()]) is None
