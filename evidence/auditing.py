"""Recompute the log from its rows and name the first thing that is wrong; never change anything.

What is sealed while this runs is left to the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from heapq import merge
from pathlib import Path

from django.apps import apps
from django.db import connection
from django.db.models import Max

from evidence import attested, heads, insert_only, kept, recomputing
from evidence.digests import sha256_bytes
from evidence.faults import Fault
from evidence.heads import Head
from evidence.histories import stored_bytes
from evidence.models import Checkpoint, LedgerEntry, Record, SealedLeaf, TreeHead, UnsealedEntry
from evidence.progress import Progress, silent, watched
from evidence.snapshots import snapshot_read

CHUNK = 2000


def faults(*, against: Iterable[Path] = (), progress: Progress = silent) -> Iterator[Fault]:
    """All faults of triggers, records, statements, leaves, tree and checkpoints, in that order.

    `against` are checkpoints kept outside: folders of them, single ones, packs.
    """
    yield from _triggers()
    yield from _records(progress)
    yield from attested.faults(progress)
    yield from _log(against, progress)
    yield from _strays()


def _triggers() -> Iterator[Fault]:
    for model in insert_only.protected_models(apps.get_models()):
        for name in insert_only.missing(connection, model):
            yield Fault(f"table {model._meta.db_table}", f"trigger {name} is missing or changed")


def _records(progress: Progress) -> Iterator[Fault]:
    rows = Record.objects.values_list("digest", "body").order_by("pk").iterator(CHUNK)
    for digest, body in watched(rows, "records", Record.objects.count(), progress):
        if sha256_bytes(stored_bytes(body)) != digest:
            yield Fault(f"record {digest}", "the stored bytes have another digest")


def _log(against: Iterable[Path], progress: Progress) -> Iterator[Fault]:
    keys = heads.LogKeys()
    # Listed before the log is measured: what is published meanwhile is not missing here.
    outside = kept.heads(against, keys)
    entries, covered, counted = _extent()
    sources: list[Iterator[Head]] = [heads.stored(keys, max(entries, covered)), outside]
    yield from _compare_extent(entries, covered, counted)
    yield from recomputing.faults(entries, merge(*sources, key=_size), progress)


def _extent() -> tuple[int, int, int]:
    """How many entries leaves, newest checkpoint and tree head speak of: one number in a sound log."""
    with snapshot_read():
        last = SealedLeaf.objects.aggregate(last=Max("index"))["last"]
        covered = Checkpoint.objects.aggregate(size=Max("size"))["size"]
        head = TreeHead.objects.first()
    return (0 if last is None else last + 1), covered or 0, head.size if head else 0


def _compare_extent(entries: int, covered: int, counted: int) -> Iterator[Fault]:
    if covered < entries:
        yield Fault("checkpoints", f"the last {entries - covered} sealed entries are under no checkpoint")
    if counted != entries:
        yield Fault("tree head", f"it counts {counted} entries, the log has {entries}")


def _size(head: Head) -> int:
    return head.size


def _strays() -> Iterator[Fault]:
    waiting = UnsealedEntry.objects.values("entry_id")
    lost = LedgerEntry.objects.filter(sealed__isnull=True).exclude(pk__in=waiting)
    for entry in lost.iterator(CHUNK):
        yield Fault(f"entry {entry.pk}", "it is neither sealed nor waiting to be sealed")
