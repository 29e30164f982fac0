"""Append entries to the transparency log, in the caller's transaction and without a global lock."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from evidence import clock
from evidence.actors import Actor
from evidence.canonical import jcs, utc_text
from evidence.digests import sha256_bytes
from evidence.errors import BenchsealError
from evidence.models import LedgerEntry, LedgerPayload, UnsealedEntry
from evidence.names import record_type

OF_THE_INSTALLATION: Final = ""
"""The container of what belongs to no project: accounts, the organisation, keys."""


class OutsideTransaction(BenchsealError):
    """An entry must commit or vanish together with the change it tells of."""

    code = "outside_transaction"
    status = 500
    title = "Ledger entry outside a transaction"


@dataclass(frozen=True)
class Note:
    """What an entry says beside its leaf (docs/records.md, 7)."""

    reason: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    record: str | None = None
    statement: str | None = None


def append(
    kind: StrEnum, subject: str, *, actor: Actor, container: str, note: Note | None = None
) -> LedgerEntry:
    """Insert one entry; it gets its index when the log is sealed.

    `container` is the subject under whose permissions the entry is read, empty for the installation:
    an index over entries, no part of the leaf.
    """
    if not connection.in_atomic_block:
        raise OutsideTransaction(f"{kind} for {subject} was not appended")
    payload = jcs(_payload(actor, note or Note()))
    entry = LedgerEntry.objects.create(
        kind=kind.value,
        subject=subject,
        container=container,
        actor_id=actor.id,
        channel=actor.channel.value,
        at=clock.now(),
        payload_digest=sha256_bytes(payload),
    )
    LedgerPayload.objects.create(entry=entry, body=payload)
    UnsealedEntry.objects.create(entry=entry)
    return entry


class LeafRow(NamedTuple):
    """The columns of an entry that its leaf holds, read without the rest."""

    id: UUID
    kind: str
    subject: str
    actor_id: str
    channel: str
    at: datetime
    payload_digest: str


LEAF_FIELDS: Final = LeafRow._fields


def leaf(entry: LedgerEntry | LeafRow) -> dict[str, Any]:
    """The leaf record of an entry; its JCS bytes are what the tree hashes."""
    return {
        "type": record_type("leaf"),
        "id": str(entry.id),
        "kind": entry.kind,
        "subject": entry.subject,
        "actor": entry.actor_id,
        "channel": entry.channel,
        "at": utc_text(entry.at),
        "payload": entry.payload_digest,
    }


def _payload(actor: Actor, note: Note) -> dict[str, Any]:
    return {
        "type": record_type("payload"),
        "salt": secrets.token_hex(16),
        "actor_name": actor.name,
        "reason": note.reason,
        "old": dict(note.old),
        "new": dict(note.new),
        "request_id": actor.request_id,
        "record": note.record,
        "statement": note.statement,
    }
