"""Gates on the evidence: what is linked, whether it stands, is private, complete and clean."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from approvals.facts import LinkedRun, ReleaseFacts
from approvals.gate import Gate, GateState, failing
from registry.figures import day
from registry.models.catalogue import BenchmarkKind


def evidence(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_EVIDENCE (R-030): runs are linked, and each of them still stands."""
    fallen = [linked.run.human_id for linked in facts.runs if not linked.stands]
    withdrawn = sorted(
        {str(row) for linked in facts.runs for row in (linked.dataset, linked.benchmark) if row.withdrawn_at}
    )
    if not facts.runs:
        yield failing("GATE_EVIDENCE", "Evidence", "No run is linked", "Link at least one admitted run.")
    elif fallen:
        yield failing(
            "GATE_EVIDENCE",
            "Evidence",
            f"Void or corrected: {', '.join(fallen)}",
            "Unlink these runs and link their corrections.",
        )
    elif withdrawn or facts.model.withdrawn_at:
        names = withdrawn or [str(facts.model)]
        yield failing(
            "GATE_EVIDENCE", "Evidence", f"Withdrawn: {', '.join(names)}", "Link runs on records in force."
        )
    else:
        count = len(facts.runs)
        yield Gate("GATE_EVIDENCE", "Evidence", GateState.PASS, f"{count} of {count} linked runs stand")


def private_evaluation(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_PRIVATE_EVAL (R-001, R-003): the organisation's own evaluation of this model version."""
    code, name = "GATE_PRIVATE_EVAL", "Private evaluation"
    own = [linked for linked in facts.runs if linked.stands and is_private(linked, facts)]
    least = facts.tier_rules["minimum_private_items"]
    large = [linked for linked in own if linked.dataset.item_count >= least]
    if not own:
        yield failing(
            code,
            name,
            "No private run that counts is linked; a public or vendor score is no approval",
            f"Link a run of {facts.model} on a private dataset that the organisation owns.",
        )
    elif not large:
        items = max(linked.dataset.item_count for linked in own)
        yield failing(
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
        yield failing(
            "GATE_RUN_COMPLETE", "Runs complete", "; ".join(missing), "Correct the runs named here."
        )
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


def _iso(when: date | None) -> str | None:
    return when.isoformat() if when is not None else None
