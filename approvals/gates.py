"""Named rules over the facts of a release: pass, fail or flag, each with the reason and the next step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, Final

from approvals import criteria, policy
from approvals.criteria import Measured, Verdict
from approvals.facts import LinkedRun, ReleaseFacts
from evidence.canonical import utc_text
from registry.figures import day
from registry.models import RollbackArtifact
from registry.models.catalogue import BenchmarkKind


class GateState(StrEnum):
    """What a gate says."""

    PASS = "pass"  # noqa: S105  # reason: the state of a gate
    FAIL = "fail"
    WAIVED = "waived"
    FLAG = "flag"


@dataclass(frozen=True)
class Gate:
    """One rule's answer. `facts` are dates and numbers as text, never ages."""

    code: str
    name: str
    state: GateState
    reason: str
    next_step: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)
    verdict: Verdict | None = None

    def as_dict(self) -> dict[str, Any]:
        """The canonical form that decision views and API answers hold."""
        return {
            "code": self.code,
            "name": self.name,
            "state": str(self.state),
            "reason": self.reason,
            "next_step": self.next_step,
            "facts": dict(self.facts),
        }


Rule = Callable[[ReleaseFacts], Iterable[Gate]]


def evaluate(facts: ReleaseFacts) -> list[Gate]:
    """All gates, failing ones first, then flags, then those nearest to their limit."""
    return sorted((gate for rule in RULES for gate in rule(facts)), key=_distance)


def blocking(gates: Iterable[Gate]) -> list[Gate]:
    """Gates that stop a transition."""
    return [gate for gate in gates if gate.state == GateState.FAIL]


def owner(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_OWNER (R-030): a natural person owns the release."""
    person = facts.release.owner
    if person is not None and person.is_person and person.is_active:
        yield Gate("GATE_OWNER", "Owner", GateState.PASS, person.printed_name)
    else:
        yield Gate(
            "GATE_OWNER",
            "Owner",
            GateState.FAIL,
            "No person owns this release",
            "Name an owner in the release.",
        )


def evidence(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_EVIDENCE (R-030): runs are linked, and each of them still stands."""
    fallen = [linked.run.human_id for linked in facts.runs if not linked.stands]
    withdrawn = sorted(
        {str(row) for linked in facts.runs for row in (linked.dataset, linked.benchmark) if row.withdrawn_at}
    )
    if not facts.runs:
        yield _fail("GATE_EVIDENCE", "Evidence", "No run is linked", "Link at least one admitted run.")
    elif fallen:
        yield _fail(
            "GATE_EVIDENCE",
            "Evidence",
            f"Void or corrected: {', '.join(fallen)}",
            "Unlink these runs and link their corrections.",
        )
    elif withdrawn or facts.model.withdrawn_at:
        names = withdrawn or [str(facts.model)]
        yield _fail(
            "GATE_EVIDENCE", "Evidence", f"Withdrawn: {', '.join(names)}", "Link runs on records in force."
        )
    else:
        count = len(facts.runs)
        yield Gate("GATE_EVIDENCE", "Evidence", GateState.PASS, f"{count} of {count} linked runs stand")


def rollback(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_ROLLBACK (R-030, R-082): a way back exists and was tested recently enough for the tier."""
    standing = [row for row in facts.rollbacks if row.withdrawn_at is None]
    if not standing:
        yield _fail(
            "GATE_ROLLBACK", "Rollback", "No rollback artifact is linked", "Link a rollback artifact."
        )
        return
    limit = facts.moment - timedelta(days=facts.tier_rules["rollback_test_days"])
    best = max(standing, key=lambda row: (row.last_tested_at is not None, row.last_tested_at))
    yield _tested(best, limit=limit, blocks=facts.tier_rules["rollback_test_blocks"])


def monitoring(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_MONITORING (R-030, R-083): something is watched after release, by somebody."""
    standing = [row for row in facts.signals if row.withdrawn_at is None]
    if standing:
        names = ", ".join(sorted(row.name for row in standing))
        yield Gate(
            "GATE_MONITORING",
            "Monitoring",
            GateState.PASS,
            f"{len(standing)} {'signal' if len(standing) == 1 else 'signals'} with owner and action: {names}",
        )
    else:
        yield _fail(
            "GATE_MONITORING", "Monitoring", "No monitoring signal is linked", "Link a monitoring signal."
        )


def private_evaluation(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_PRIVATE_EVAL (R-001, R-003): the organisation's own evaluation of this model version."""
    code, name = "GATE_PRIVATE_EVAL", "Private evaluation"
    own = [linked for linked in facts.runs if linked.stands and is_private(linked, facts)]
    least = facts.tier_rules["minimum_private_items"]
    large = [linked for linked in own if linked.dataset.item_count >= least]
    if not own:
        yield _fail(
            code,
            name,
            "No private run that counts is linked; a public or vendor score is no approval",
            f"Link a run of {facts.model} on a private dataset that the organisation owns.",
        )
    elif not large:
        items = max(linked.dataset.item_count for linked in own)
        yield _fail(
            code,
            name,
            f"{items} items; tier {facts.release.tier} needs {least}",
            "Evaluate on a larger private set.",
        )
    else:
        yield _private_size(code, name, large, facts)


def run_complete(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_RUN_COMPLETE (R-007): relevance, benchmark date, definitions, counts for proportions."""
    missing = [f"{linked.run.human_id}: {gap}" for linked in facts.runs for gap in gaps_of(linked)]
    conflicts = [
        f"{linked.run.human_id}: {finding['message']}"
        for linked in facts.runs
        for finding in linked.run.findings
        if finding.get("code") == "FIELD_CONFLICT"
    ]
    if missing:
        yield _fail("GATE_RUN_COMPLETE", "Runs complete", "; ".join(missing), "Correct the runs named here.")
    elif conflicts:
        yield Gate(
            "GATE_RUN_COMPLETE",
            "Runs complete",
            GateState.FLAG,
            f"File and uploader differ. {'; '.join(conflicts)}",
            facts={"code": "FIELD_CONFLICT"},
        )
    elif facts.runs:
        yield Gate(
            "GATE_RUN_COMPLETE",
            "Runs complete",
            GateState.PASS,
            f"{len(facts.runs)} of {len(facts.runs)} runs",
        )


def quorum(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_QUORUM: every required stage has enough people who may sign it."""
    release = facts.release
    short = [
        f"{stage.rule.code} {stage.rule.name}: {facts.eligible.get(stage.rule.code, 0)} of {stage.eligible}"
        for stage in policy.required_stages(
            release.policy.tiers, release.tier, release.tier_answers, release.optional_stages
        )
        if facts.eligible.get(stage.rule.code, 0) < stage.eligible
    ]
    if short:
        yield _fail(
            "GATE_QUORUM",
            "Signers",
            f"Too few people without a conflict: {'; '.join(short)}",
            "Ask an administrator of the project to grant the roles.",
        )
    else:
        yield Gate("GATE_QUORUM", "Signers", GateState.PASS, "Every stage has its signers")


def acceptance(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_CRITERIA: each acceptance criterion on the private runs; untested is not passed."""
    if facts.criteria is None:
        return
    own = [linked for linked in facts.runs if linked.stands and is_private(linked, facts)]
    measured = [result for linked in own for result in measured_of(linked)]
    for verdict in criteria.evaluate(facts.criteria.criteria, measured):
        yield _criterion(verdict)


def contamination(facts: ReleaseFacts) -> Iterable[Gate]:
    """CONTAMINATION_RISK and _UNKNOWN (R-020): public before the training cutoff; equal dates count."""
    cutoff = facts.model.training_cutoff
    for linked in facts.runs:
        if linked.benchmark.kind == BenchmarkKind.PRIVATE or not linked.stands:
            continue
        public = linked.benchmark.public_release_date
        if cutoff is None or public is None:
            which = "training cutoff" if cutoff is None else "public release date"
            yield Gate(
                "CONTAMINATION_UNKNOWN",
                "Contamination",
                GateState.FLAG,
                f"{linked.benchmark}: no {which} is recorded",
                facts={"cutoff": _iso(cutoff), "public": _iso(public)},
            )
        elif public <= cutoff:
            yield Gate(
                "CONTAMINATION_RISK",
                "Contamination",
                GateState.FLAG,
                f"{linked.benchmark} is public since {day(public)}, the training cutoff is {day(cutoff)}",
                facts={"cutoff": _iso(cutoff), "public": _iso(public)},
            )


RULES: Final[tuple[Rule, ...]] = (
    acceptance,
    private_evaluation,
    evidence,
    run_complete,
    rollback,
    monitoring,
    owner,
    quorum,
    contamination,
)


def is_private(linked: LinkedRun, facts: ReleaseFacts) -> bool:
    """Whether a run is the organisation's own evaluation of exactly this model version."""
    return (
        linked.benchmark.kind == BenchmarkKind.PRIVATE
        and linked.dataset.is_private
        and linked.run.origin_kind == "own"
        and linked.run.model_version.model_id == facts.model.model_id
        and linked.run.model_version.version == facts.model.version
    )


def gaps_of(linked: LinkedRun) -> Iterable[str]:
    """What a run lacks to be evidence."""
    if not linked.dataset.relevance:
        yield "no statement of the dataset's relevance"
    if linked.benchmark.kind != BenchmarkKind.PRIVATE and linked.benchmark.public_release_date is None:
        yield f"{linked.benchmark} has no public release date"
    if not linked.run.not_covered:
        yield "what it does not cover is not stated"
    for result in linked.results:
        if result.metric is None:
            yield f"metric {result.name} has no definition"
        elif result.metric.is_proportion and result.k is None:
            yield f"k of {result.name} {result.slice}".rstrip() + " is missing, so it has no interval"


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


def _tested(row: RollbackArtifact, *, limit: Any, blocks: bool) -> Gate:
    if row.last_tested_at is None:
        reason, old = f"{row.name} was never tested", True
    else:
        reason = f"{row.name}, restore tested {day(row.last_tested_at)}"
        old = row.last_tested_at < limit
    facts = {"last_tested_at": utc_text(row.last_tested_at) if row.last_tested_at else None}
    if not old:
        return Gate("GATE_ROLLBACK", "Rollback", GateState.PASS, reason, facts=facts)
    state = GateState.FAIL if blocks else GateState.FLAG
    return Gate(
        "GATE_ROLLBACK", "Rollback", state, reason, "Test the restore and record a new revision.", facts
    )


def _private_size(code: str, name: str, own: list[LinkedRun], facts: ReleaseFacts) -> Gate:
    items = max(linked.dataset.item_count for linked in own)
    runs = ", ".join(linked.run.human_id for linked in own)
    small = facts.tier_rules["small_private_set"]
    if items < small:
        reason = f"Small private set: {items} items, under {small} ({runs})"
        return Gate(
            code,
            name,
            GateState.FLAG,
            reason,
            facts={"code": "SMALL_PRIVATE_SET", "items": items, "small_under": small},
        )
    return Gate(code, name, GateState.PASS, f"{items} items ({runs})", facts={"items": items})


def _fail(code: str, name: str, reason: str, next_step: str) -> Gate:
    return Gate(code, name, GateState.FAIL, reason, next_step)


def _distance(gate: Gate) -> tuple[int, Decimal]:
    order = {GateState.FAIL: 0, GateState.WAIVED: 1, GateState.FLAG: 2, GateState.PASS: 3}[gate.state]
    verdict = gate.verdict
    if verdict is None or verdict.margin is None:
        return order, Decimal("Infinity") if verdict is None else Decimal("-Infinity")
    scale = abs(verdict.threshold) or Decimal(1)
    return order, verdict.margin / scale


def _iso(when: date | None) -> str | None:
    return when.isoformat() if when is not None else None


def _decimal(text: str) -> Decimal | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None
