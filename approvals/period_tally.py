"""What a period amounts to: entries counted by kind, way and person, what they name, what people decided."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from approvals.events import ApprovalEvent
from approvals.period_trail import ENTRIES, TABLE
from evidence.digests import RunningDigest
from evidence.errors import PackIncomplete
from registry.api.trail_file import json_lines, table
from registry.events import RegistryEvent
from registry.exporting import Row

ROUTINE: Final = frozenset(
    {
        RegistryEvent.SUBMISSION_RECEIVED,
        RegistryEvent.RUN_ADMITTED,
        RegistryEvent.ARTIFACT_STORED,
        RegistryEvent.CATALOGUE_RECORDED,
        RegistryEvent.LEDGER_EXPORTED,
        ApprovalEvent.EVIDENCE_LINKED,
        ApprovalEvent.EVIDENCE_UNLINKED,
        ApprovalEvent.RELEASE_CHANGED,
        ApprovalEvent.GATES_EVALUATED,
        ApprovalEvent.STAGE_OPENED,
        ApprovalEvent.PACK_REQUESTED,
        ApprovalEvent.PACK_SEALED,
        ApprovalEvent.PACK_DOWNLOADED,
    }
)
"""Kinds that daily work repeats; entries of every other kind are told one by one."""
TELL_EVERY: Final = 1000


@dataclass
class Tally:
    """Sums over the entries of a period, and the digests of the two files they make."""

    entries: int = 0
    first: int = 0
    last: int = 0
    kinds: Counter[str] = field(default_factory=Counter)
    channels: Counter[str] = field(default_factory=Counter)
    people: Counter[str] = field(default_factory=Counter)
    names: dict[str, str] = field(default_factory=dict)
    subjects: set[str] = field(default_factory=set)
    admitted: set[str] = field(default_factory=set)
    statements: set[str] = field(default_factory=set)
    acts: list[Row] = field(default_factory=list)
    files: dict[str, RunningDigest] = field(default_factory=dict)


def tally_of(rows: Iterable[Row], tell: Callable[[int], None]) -> Tally:
    """Everything in one walk; `tell` hears how many entries are counted."""
    tally = Tally(files={ENTRIES: RunningDigest(), TABLE: RunningDigest()})
    for piece in table(_counted(rows, tally, tell)):
        tally.files[TABLE].update(piece)
    return tally


def _counted(rows: Iterable[Row], tally: Tally, tell: Callable[[int], None]) -> Iterable[Row]:
    for row in rows:
        if row["index"] is None:
            raise PackIncomplete(
                f"Entry {row['leaf']['id']} is not sealed", next_step="Ask for the pack again."
            )
        for piece in json_lines([row]):
            tally.files[ENTRIES].update(piece)
        _count(tally, row["index"], row["leaf"], row["payload"] or {})
        if tally.entries % TELL_EVERY == 0:
            tell(tally.entries)
        yield row


def _count(tally: Tally, index: int, leaf: Row, payload: Row) -> None:
    tally.first = min(index, tally.first) if tally.entries else index
    tally.last = max(index, tally.last)
    tally.entries += 1
    kind, actor = leaf["kind"], leaf["actor"]
    tally.kinds[kind] += 1
    tally.channels[leaf["channel"]] += 1
    tally.people[actor] += 1
    tally.names[actor] = payload.get("actor_name") or tally.names.get(actor, "")
    tally.subjects.add(leaf["subject"])
    if kind == RegistryEvent.RUN_ADMITTED:
        tally.admitted.add(leaf["subject"].removeprefix("run:"))
    if payload.get("statement"):
        tally.statements.add(payload["statement"])
    if kind not in ROUTINE:
        tally.acts.append(_act(leaf, payload))


def _act(leaf: Row, payload: Row) -> dict[str, Any]:
    return {
        "entry": leaf["id"],
        "at": leaf["at"],
        "kind": leaf["kind"],
        "subject": leaf["subject"],
        "actor": leaf["actor"],
        "actor_name": payload.get("actor_name"),
        "reason": payload.get("reason"),
        "new": payload.get("new"),
    }
