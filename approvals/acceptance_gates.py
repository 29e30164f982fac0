"""Gates on measured results: each acceptance criterion on the private runs; untested is not passed."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from typing import Any

from approvals import criteria
from approvals.criteria import Measured, Verdict
from approvals.evidence_gates import is_private
from approvals.facts import LinkedRun, ReleaseFacts
from approvals.gate import Gate, GateState


def acceptance(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_CRITERIA: each acceptance criterion on the private runs; untested is not passed."""
    if facts.criteria is None:
        return
    own = [linked for linked in facts.runs if linked.stands and is_private(linked, facts)]
    measured = [result for linked in own for result in measured_of(linked)]
    for verdict in criteria.evaluate(facts.criteria.criteria, measured):
        yield _criterion(verdict)


def measured_of(linked: LinkedRun) -> Iterable[Measured]:
    """A run's results as numbers; states that are no number are left out."""
    for result in linked.results:
        yield Measured(
            run=linked.run.human_id,
            name=result.metric.name if result.metric else result.name,
            slice=result.slice,
            statistic=result.statistic,
            value=_decimal(result.value) if result.value_state == "finite" else None,
            low=_decimal(result.ci_low),
            high=_decimal(result.ci_high),
            k=result.k,
            n=result.n,
            unit=result.unit,
        )


def _criterion(verdict: Verdict) -> Gate:
    state = {"pass": GateState.PASS, "fail": GateState.FAIL, "not_tested": GateState.FAIL}[verdict.state]
    if state == GateState.FAIL and verdict.severity == "flag":
        state = GateState.FLAG
    name = f"{verdict.metric}, {verdict.slice}" if verdict.slice else verdict.metric
    facts: dict[str, Any] = {"metric": verdict.metric, "slice": verdict.slice, "rule": verdict.rule}
    if verdict.measured is None:
        return Gate(
            "GATE_CRITERIA",
            name,
            state,
            "NOT TESTED",
            "Link a private run that measures it.",
            facts,
            verdict=verdict,
        )
    measured = verdict.measured
    facts |= {
        "run": measured.run,
        "value": str(measured.value),
        "k": measured.k,
        "n": measured.n,
        "low": str(measured.low) if measured.low is not None else None,
        "high": str(measured.high) if measured.high is not None else None,
    }
    next_step = "" if state == GateState.PASS else "Improve the model, or choose another version."
    return Gate("GATE_CRITERIA", name, state, verdict.rule, next_step, facts, verdict=verdict)


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
