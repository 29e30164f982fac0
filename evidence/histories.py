"""What the log tells of things: their entries in order, with what each one says. Reads only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from evidence.canonical import parse_record
from evidence.errors import NotCanonical
from evidence.models import LedgerEntry


@dataclass(frozen=True)
class Told:
    """One entry with its payload; an erased or unreadable payload says nothing."""

    kind: str
    actor_id: str
    channel: str
    reason: str | None
    old: Mapping[str, Any]
    new: Mapping[str, Any]
    record: str | None
    statement: str | None


def of_subjects(subjects: Iterable[str], kinds: Iterable[str]) -> dict[str, list[Told]]:
    """The entries of these kinds about each subject, oldest first, by one query.

    Ids order them: a thing changes under the lock of its row, and later ids are greater.
    """
    found: dict[str, list[Told]] = {subject: [] for subject in subjects}
    entries = LedgerEntry.objects.filter(subject__in=list(found), kind__in=[str(kind) for kind in kinds])
    for entry in entries.select_related("payload").order_by("pk"):
        found[entry.subject].append(_told(entry))
    return found


def _told(entry: LedgerEntry) -> Told:
    body = _body(entry)
    return Told(
        kind=entry.kind,
        actor_id=entry.actor_id,
        channel=entry.channel,
        reason=body.get("reason"),
        old=body.get("old") or {},
        new=body.get("new") or {},
        record=body.get("record"),
        statement=body.get("statement"),
    )


def _body(entry: LedgerEntry) -> Mapping[str, Any]:
    payload = getattr(entry, "payload", None)
    if payload is None:
        return {}
    try:
        return cast("Mapping[str, Any]", parse_record(stored_bytes(payload.body)))
    except NotCanonical:  # `auditing` names this payload
        return {}


def stored_bytes(value: object) -> bytes:
    """The bytes of a column; SQLite keeps whatever type was written, so a tampered one may hold text."""
    return value.encode() if isinstance(value, str) else bytes(cast("bytes", value))
