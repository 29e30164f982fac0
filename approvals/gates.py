"""Step 6: named rules over the facts of a release, each answering with a reason and a next step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final

from approvals import acceptance_gates, evidence_gates, readiness_gates, waiving
from approvals.facts import ReleaseFacts
from approvals.gate import Gate, GateState

Rule = Callable[[ReleaseFacts], Iterable[Gate]]

RULES: Final[tuple[Rule, ...]] = (
    acceptance_gates.acceptance,
    evidence_gates.private_evaluation,
    evidence_gates.evidence,
    evidence_gates.run_complete,
    readiness_gates.rollback,
    readiness_gates.monitoring,
    readiness_gates.owner,
    readiness_gates.quorum,
    evidence_gates.contamination,
)


def evaluate(facts: ReleaseFacts) -> list[Gate]:
    """All gates, failing ones first, then flags, then those nearest to their limit."""
    return sorted((waiving.apply(gate, facts) for gate in unwaived(facts)), key=_distance)


def unwaived(facts: ReleaseFacts) -> Iterable[Gate]:
    """What every rule says before any waiver is looked at."""
    return (gate for rule in RULES for gate in rule(facts))


def blocking(gates: Iterable[Gate]) -> list[Gate]:
    """Gates that stop a transition."""
    return [gate for gate in gates if gate.state == GateState.FAIL]


def _distance(gate: Gate) -> tuple[int, Decimal]:
    order = {GateState.FAIL: 0, GateState.WAIVED: 1, GateState.FLAG: 2, GateState.PASS: 3}[gate.state]
    verdict = gate.verdict
    if verdict is None or verdict.margin is None:
        return order, Decimal("Infinity") if verdict is None else Decimal("-Infinity")
    scale = abs(verdict.threshold) or Decimal(1)
    return order, verdict.margin / scale
