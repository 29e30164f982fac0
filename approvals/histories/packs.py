"""Issued packs as the log tells of them: which bytes, which record, under which head of the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_issue, of_request
from approvals.models import Pack
from evidence.faults import Fault
from evidence.histories import Told, of_subjects
from evidence.models import LedgerEntry
from evidence.progress import Progress, silent, watched
from evidence.replaying import BATCH, History, batches, differences, latest


def histories() -> Iterator[History]:
    """Packs with bytes; one that waits or failed is no statement to anybody."""
    yield History(
        word="pack",
        rows=Pack.objects.filter(blob__isnull=False),
        begins=frozenset({Event.PACK_SEALED}),
        state=_state,
        replay=_issued,
    )


def requests(*, progress: Progress = silent) -> Iterator[Fault]:
    """Packs that nobody asked for, or otherwise than their row says, and requests whose pack is gone."""
    every = Pack.objects.order_by("pk").iterator(BATCH)
    for rows in batches(watched(every, "packs asked for", Pack.objects.count(), progress)):
        told = of_subjects([_subject(row) for row in rows], {Event.PACK_REQUESTED})
        for row in rows:
            asked = [entry for entry in told[_subject(row)] if entry.new.get("pack") == row.human_id]
            if asked:
                yield from differences(f"request of {row}", _wanted(row), _told_wanted(asked[0]))
            else:
                yield Fault(f"request of {row}", "no entry of the log tells of this row")
    yield from _lost()


def _subject(pack: Pack) -> str:
    if pack.release_id is not None:
        return f"release:{pack.release_id}"
    return f"run:{pack.run_id}" if pack.run_id is not None else f"project:{pack.project_id}"


def _wanted(pack: Pack) -> dict[str, Any]:
    return {
        **of_request(pack),
        "requested_by": str(pack.requested_by_id),
        "population": pack.population_digest or None,
    }


def _told_wanted(entry: Told) -> dict[str, Any]:
    return {**entry.new, "requested_by": entry.actor_id, "population": entry.record}


def _lost() -> Iterator[Fault]:
    entries = LedgerEntry.objects.filter(kind=Event.PACK_REQUESTED.value).order_by("subject")
    for subjects in batches(entries.values_list("subject", flat=True).distinct().iterator(BATCH)):
        told = of_subjects(set(subjects), {Event.PACK_REQUESTED})
        names = {str(entry.new.get("pack")) for found in told.values() for entry in found}
        there = set(Pack.objects.filter(human_id__in=names).values_list("human_id", flat=True))
        for name in sorted(names - there):
            yield Fault(f"request of {name}", "the log tells of it, and the pack is not there")


def _state(pack: Pack) -> dict[str, Any]:
    return {**of_issue(pack), "record": pack.record_digest}


def _issued(told: Sequence[Told]) -> dict[str, Any]:
    records = {} if told[-1].record is None else {"record": told[-1].record}
    return {**latest(told), **records}
