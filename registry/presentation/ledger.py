"""Ledger entries as lines and in full: what, who, when, the old and the new; reads payloads, changes none."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

from evidence import ledger
from evidence.canonical import jcs
from evidence.digests import DIGEST_RE
from evidence.merkle import leaf_hash
from evidence.models import Checkpoint, LedgerEntry
from registry import subjects
from registry.access.roles import Role
from registry.presentation.words import CHANNELS, event, plain

NAMES = ("human_id", "name", "external_id", "account", "user", "digest", "role", "dataset")
ICONS = {
    "run": "file",
    "submission": "upload",
    "artifact": "file",
    "grant": "users",
    "invitation": "mail",
    "token": "key",
    "catalogue": "database",
    "dataset": "database",
    "release": "pen",
    "signature": "pen",
    "pack": "package",
    "project": "list",
}
LONGEST = 60
MOST_CHANGES = 4
KINDS = {"run.admitted": "pass", "submission.refused": "fail", "run.voided": "voided"}


@dataclass(frozen=True, slots=True)
class Payload:
    """What an entry says beside its leaf; empty where it was erased."""

    actor_name: str = ""
    reason: str = ""
    old: Mapping[str, Any] = field(default_factory=dict)
    new: Mapping[str, Any] = field(default_factory=dict)
    request_id: str = ""
    record: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class EntryLine:
    """One entry in a list."""

    entry: LedgerEntry
    what: str
    about: str
    who: str
    reason: str
    icon: str
    kind: str
    index: int | None
    digest: str
    changes: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Value:
    """A value before and after."""

    name: str
    old: str
    new: str

    @property
    def label(self) -> str:
        """The name in words."""
        return plain(self.name)


def lines(entries: Iterable[LedgerEntry]) -> list[EntryLine]:
    """Lines of entries whose payload and index are loaded; subjects by their human id where they have one."""
    found = list(entries)
    names = subjects.names_of(entry.subject for entry in found)
    return [_line(entry, names.get(entry.subject, entry.subject)) for entry in found]


def payload_of(entry: LedgerEntry) -> Payload:
    """The payload as values."""
    body = json.loads(bytes(entry.payload.body)) if hasattr(entry, "payload") else {}
    texts = {
        name: str(body.get(name) or "")
        for name in ("actor_name", "reason", "request_id", "record", "statement")
    }
    return Payload(old=body.get("old") or {}, new=body.get("new") or {}, **texts)


def values(payload: Payload) -> list[Value]:
    """Old beside new, name by name."""
    names = [*payload.old, *(name for name in payload.new if name not in payload.old)]
    return [Value(name, _text(payload.old.get(name)), _text(payload.new.get(name))) for name in names]


def changes(payload: Payload) -> tuple[Value, ...]:
    """What was otherwise before, as far as a line shows it: short words, no digests."""
    changed = [value for value in values(payload) if value.old and value.old != value.new]
    return tuple(one for one in changed if len(one.old) <= LONGEST and len(one.new) <= LONGEST)[:MOST_CHANGES]


def leaf_text(entry: LedgerEntry) -> str:
    """The canonical leaf, indented for reading."""
    return json.dumps(ledger.leaf(entry), indent=2, ensure_ascii=False)


def leaf_digest(entry: LedgerEntry) -> str:
    """The hash of the leaf in the tree (RFC 6962), as hex."""
    return leaf_hash(jcs(ledger.leaf(entry))).hex()


def payload_text(entry: LedgerEntry) -> str:
    """The payload, indented for reading."""
    body = json.loads(bytes(entry.payload.body)) if hasattr(entry, "payload") else {}
    return json.dumps(body, indent=2, ensure_ascii=False)


def index_of(entry: LedgerEntry) -> int | None:
    """The place of the entry in the log, once it is sealed."""
    return entry.sealed.index if hasattr(entry, "sealed") else None


def first_checkpoint(index: int | None) -> Checkpoint | None:
    """The first checkpoint that covers a place of the log."""
    if index is None:
        return None
    return Checkpoint.objects.filter(size__gt=index).order_by("size").first()


def subject_url(subject: str) -> str:
    """The address that leads to what an entry is about."""
    return reverse("subject", args=[subject])


def _line(entry: LedgerEntry, subject: str) -> EntryLine:
    payload = payload_of(entry)
    channel = CHANNELS.get(entry.channel, entry.channel)
    name = payload.actor_name or "Name erased"
    about = _about(payload, subject)
    return EntryLine(
        entry=entry,
        what=event(entry.kind),
        about=plain(about) if about in Role.values else about,
        who=f"{name}, {channel}",
        reason=payload.reason,
        icon=ICONS.get(entry.kind.partition(".")[0], "list"),
        kind=KINDS.get(entry.kind, ""),
        index=index_of(entry),
        digest=about if DIGEST_RE.match(about) else "",
        changes=changes(payload),
    )


def _about(payload: Payload, subject: str) -> str:
    found = {**payload.old, **payload.new}
    named = [str(found[name]) for name in NAMES if found.get(name)]
    return ", ".join(named[:2]) or subject


def _text(value: Any) -> str:
    match value:
        case None:
            return ""
        case str():
            return value
        case _:
            return json.dumps(value, ensure_ascii=False)
