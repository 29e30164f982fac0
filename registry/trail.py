"""The audit trail: entries of projects, narrowed and newest first, each page a walk of one index.

Never a COUNT and never the whole table: the ids of entries are ordered by time (RFC 9562, version 7), so
a page begins at an id, and a span of time is a span of ids.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils.module_loading import import_string

from evidence.ids import uuid7
from evidence.models import LedgerEntry
from registry.containers import container_of

SLACK: Final = timedelta(minutes=1)
"""How far the clock behind an id may be from the stated time of the entry."""
SMALLEST: Final = 0
LARGEST: Final = (1 << 74) - 1


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; an empty text or None asks nothing. `since` is included, `until` is not."""

    kind: str = ""
    subject: str = ""
    actor: str = ""
    channel: str = ""
    since: datetime | None = None
    until: datetime | None = None

    def __bool__(self) -> bool:
        return self != Wanted()


def kinds() -> tuple[str, ...]:
    """Every kind of entry that any layer writes, by name; from the layers, never from the table."""
    enums: list[type[StrEnum]] = [import_string(path) for path in settings.LEDGER_KINDS]
    return tuple(sorted({str(kind) for enum in enums for kind in enum}))


def newest(
    projects: Iterable[UUID], wanted: Wanted, *, before: UUID | None, most: int
) -> QuerySet[LedgerEntry]:
    """At most `most` entries of each project, before an id; the newest of them all are the page.

    One sub-query a project, each a walk of an index: entries of many projects are never sorted together.
    """
    entries = _narrowed(LedgerEntry.objects.all(), wanted, before=before)
    found = Q(pk__in=[])
    for project in projects:
        own = entries.filter(container=container_of(project)).order_by("-pk")
        found |= Q(pk__in=own.values("pk")[:most])
    return LedgerEntry.objects.filter(found).order_by("-pk")


def oldest_first(project: UUID, wanted: Wanted, *, batch: int) -> Iterator[list[LedgerEntry]]:
    """Everything that is wanted, in lists of at most `batch`: memory does not grow."""
    entries = LedgerEntry.objects.filter(container=container_of(project)).order_by("pk")
    rows = entries.select_related("payload", "sealed")
    found = list(_narrowed(rows, wanted)[:batch])
    while found:
        yield found
        found = list(_narrowed(rows, wanted, after=found[-1].pk)[:batch])


def of_project(project: UUID, wanted: Wanted) -> QuerySet[LedgerEntry]:
    """The entries of a project that are wanted."""
    return _narrowed(LedgerEntry.objects.filter(container=container_of(project)), wanted)


def neighbours(entry: LedgerEntry) -> tuple[LedgerEntry | None, LedgerEntry | None]:
    """The entry about the same subject before this one, and the one after it."""
    same = LedgerEntry.objects.filter(subject=entry.subject, container=entry.container)
    earlier = same.filter(pk__lt=entry.pk).order_by("-pk").first()
    return earlier, same.filter(pk__gt=entry.pk).order_by("pk").first()


def _narrowed(
    entries: QuerySet[LedgerEntry],
    wanted: Wanted,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
) -> QuerySet[LedgerEntry]:
    asked = {
        "kind": wanted.kind,
        "subject": wanted.subject,
        "actor_id": wanted.actor,
        "channel": wanted.channel,
        "at__gte": wanted.since,
        "at__lt": wanted.until,
        **_begin(wanted.since, after),
        **_end(wanted.until, before),
    }
    return entries.filter(**{name: value for name, value in asked.items() if value})


def _begin(since: datetime | None, after: UUID | None) -> dict[str, UUID | None]:
    """The later one of two bounds: given both, SQLite may walk its index from the earlier one."""
    first = _id_at(since - SLACK, SMALLEST) if since else None
    return {"pk__gt": after} if after and (first is None or after >= first) else {"pk__gte": first}


def _end(until: datetime | None, before: UUID | None) -> dict[str, UUID | None]:
    """The earlier one of two bounds, for the same reason."""
    last = _id_at(until + SLACK, LARGEST) if until else None
    return {"pk__lt": before} if before and (last is None or before <= last) else {"pk__lte": last}


def _id_at(moment: datetime, entropy: int) -> UUID:
    """The first or the last id of a millisecond."""
    milliseconds = round(moment.timestamp() * 1000)
    return uuid7(min(max(milliseconds, 0), (1 << 48) - 1), entropy=entropy)
