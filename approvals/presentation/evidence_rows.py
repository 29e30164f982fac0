"""What a release rests on, as rows: runs with their headline figure, data, files, ways back, signals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from approvals.acceptance_gates import measured_of
from approvals.evidence_gates import is_private
from approvals.facts import LinkedRun, ReleaseFacts
from approvals.models.releases import Slot
from approvals.presentation.labels import counted
from registry.figures import day, duration, interval, number, share, stamp
from registry.models import DatasetVersion, MonitoringSignal, RollbackArtifact

MOST_RESULTS = 3
PLAIN = ("mean", "value", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRow:
    """A linked run: what it measured, on what, and whether it still stands."""

    human_id: str
    slot: str
    benchmark: str
    dataset: str
    results: tuple[str, ...]
    more: str
    kind: str
    word: str
    note: str
    admitted_at: datetime
    uploaded_by: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedRow:
    """A dataset, a way back or a signal: its name, what it is in words, its record."""

    name: str
    words: tuple[str, ...]
    kind: str
    word: str
    note: str = ""
    digest: str = ""


def run_rows(facts: ReleaseFacts) -> tuple[RunRow, ...]:
    """Linked runs in the order they were linked."""
    return tuple(_run(linked, facts) for linked in facts.runs)


def dataset_rows(facts: ReleaseFacts) -> tuple[NamedRow, ...]:
    """Every dataset behind a run or linked for itself, once."""
    found = {row.pk: row for row in (*[linked.dataset for linked in facts.runs], *facts.datasets)}
    return tuple(_dataset(row) for row in found.values())


def rollback_rows(facts: ReleaseFacts) -> tuple[NamedRow, ...]:
    """Ways back with their last test."""
    return tuple(_rollback(row) for row in facts.rollbacks)


def signal_rows(facts: ReleaseFacts) -> tuple[NamedRow, ...]:
    """What is watched, against which limit, by whom."""
    return tuple(_signal(row) for row in facts.signals)


def _run(linked: LinkedRun, facts: ReleaseFacts) -> RunRow:
    run = linked.run
    kind, word, note = _standing(linked)
    results = _results(linked)
    return RunRow(
        human_id=run.human_id,
        slot=str(Slot(linked.slot).label),
        benchmark=str(linked.benchmark),
        dataset=f"{linked.dataset}, {counted(linked.dataset.item_count, 'item')}"
        + (
            ""
            if is_private(linked, facts)
            else f", {run.origin_kind} run on {linked.benchmark.kind} benchmark"
        ),
        results=tuple(results[:MOST_RESULTS]),
        more=f"{counted(len(results) - MOST_RESULTS, 'more result')}" if len(results) > MOST_RESULTS else "",
        kind=kind,
        word=word,
        note=note,
        admitted_at=run.admitted_at,
        uploaded_by="",
        digest=run.record_id,
    )


def _standing(linked: LinkedRun) -> tuple[str, str, str]:
    if linked.run.status != "admitted":
        return "fail", "Void", linked.run.void_reason
    if linked.is_corrected:
        return "fail", "Corrected", "A corrected run was admitted after it."
    conflicts = [one for one in linked.run.findings if one.get("code") == "FIELD_CONFLICT"]
    if conflicts:
        return "flag", "Flag", "; ".join(str(one.get("message", "")) for one in conflicts)
    return "pass", "Stands", ""


def _results(linked: LinkedRun) -> list[str]:
    found = []
    for result in measured_of(linked):
        statistic = "" if result.statistic in PLAIN else f" {result.statistic}"
        name = f"{result.name}{statistic}" + (f", {result.slice}" if result.slice else "")
        if result.k is not None and result.n:
            found.append(f"{name} {share(result.k, result.n)}{_bounds(result.low, result.high)}")
        elif result.value is not None:
            found.append(f"{name} {number(result.value)} {result.unit}".strip())
    return found


def _bounds(low: Decimal | None, high: Decimal | None) -> str:
    return "" if low is None or high is None else f" {interval(low, high)}"


def _dataset(row: DatasetVersion) -> NamedRow:
    languages = ", ".join(map(str, row.languages))
    return NamedRow(
        name=str(row),
        words=(
            counted(row.item_count, "item") + (f", {languages}" if languages else ""),
            f"{row.exposure}, {row.privacy_class}, split {row.split}".replace("_", " "),
        ),
        note=row.relevance,
        digest=row.record_id,
        **_in_force(row.withdrawn_at, row.withdraw_reason),
    )


def _rollback(row: RollbackArtifact) -> NamedRow:
    tested = f"Restore tested {stamp(row.last_tested_at)}" if row.last_tested_at else "Never tested"
    took = f" in {duration(row.recovery_seconds)}" if row.recovery_seconds else ""
    return NamedRow(
        name=row.name,
        words=(
            f"Restores {row.restores}",
            f"{tested}{took}" + (f" by {row.tested_by}" if row.tested_by else ""),
        ),
        note=row.procedure,
        digest=row.record_id,
        **_in_force(row.withdrawn_at, row.withdraw_reason),
    )


def _signal(row: MonitoringSignal) -> NamedRow:
    side = "at least" if row.direction == "higher_is_better" else "at most"
    return NamedRow(
        name=row.name,
        words=(
            f"{row.metric}, {row.statistic} {side} {number(row.threshold.normalize())} {row.unit}",
            f"Over {counted(row.lasting_minutes, 'minute')}; a breach: {row.action}; {row.owner} acts",
        ),
        note=row.source,
        digest=row.record_id,
        **_in_force(row.withdrawn_at, row.withdraw_reason),
    )


def _in_force(withdrawn_at: datetime | None, reason: str) -> dict[str, str]:
    if withdrawn_at is None:
        return {"kind": "pass", "word": "In force"}
    return {"kind": "fail", "word": f"Withdrawn {day(withdrawn_at)}" + (f": {reason}" if reason else "")}
