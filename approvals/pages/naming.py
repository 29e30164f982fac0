"""Load the names that diffs and timelines print, in a fixed number of queries; decides nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals.holding import subject_of
from approvals.models import Release, Waiver
from approvals.presentation.diffs import Names, RunName, ids_in
from approvals.presentation.timeline import Entry
from evidence.canonical import parse_canonical
from evidence.models import LedgerEntry, Record
from registry.events import RegistryEvent
from registry.models import Project, Run
from registry.models.runs import RunStatus

MOST_ENTRIES = 60


def names_of(diffs: Sequence[Sequence[Mapping[str, Any]]], project: Project) -> Names:
    """Names of everything these diffs mention; runs of another project stay ids."""
    runs, digests = ids_in(diffs)
    return Names(runs=run_names(runs, project), records=bodies(digests))


def run_names(ids: set[str], project: Project) -> dict[str, RunName]:
    """Run id → human id and what became of it."""
    rows = Run.objects.filter(pk__in=ids, project=project).prefetch_related("corrections")
    return {str(run.pk): RunName(run.human_id, _fate(run)) for run in rows}


def bodies(digests: set[str]) -> dict[str, Mapping[str, Any]]:
    """Record digest → parsed body, for those that are stored."""
    rows = Record.objects.filter(pk__in=digests).values_list("digest", "body")
    return {digest: _parsed(bytes(body)) for digest, body in rows}


def entries_of(release: Release) -> tuple[list[Entry], int]:
    """The newest ledger entries of a release and its waivers, and how many there are in all."""
    waivers = Waiver.objects.filter(release=release).values_list("pk", flat=True)
    return entries_about([subject_of(release), *(f"waiver:{pk}" for pk in waivers)])


def entries_about(subjects: Sequence[str]) -> tuple[list[Entry], int]:
    """The newest ledger entries of some subjects with what they say, and how many there are in all."""
    rows = LedgerEntry.objects.filter(subject__in=subjects).exclude(kind=RegistryEvent.CATALOGUE_RECORDED)
    newest = rows.select_related("payload", "sealed").order_by("-id")[:MOST_ENTRIES]
    return [_entry(row) for row in newest], rows.count()


def _entry(row: LedgerEntry) -> Entry:
    payload = getattr(row, "payload", None)
    sealed = getattr(row, "sealed", None)
    return Entry(
        kind=row.kind,
        at=row.at,
        channel=row.channel,
        payload=_parsed(bytes(payload.body)) if payload is not None else {},
        index=sealed.index if sealed is not None else None,
    )


def _fate(run: Run) -> str:
    if run.status == RunStatus.VOID:
        return f"void: {run.void_reason}"
    newer = [one.human_id for one in run.corrections.all() if one.status == RunStatus.ADMITTED]
    return f"corrected by {newer[0]}" if newer else ""


def _parsed(body: bytes) -> Mapping[str, Any]:
    value = parse_canonical(body)
    return value if isinstance(value, dict) else {}
