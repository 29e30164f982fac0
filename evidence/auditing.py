"""Recompute the log from its rows and name the first thing that is wrong; never change anything.

Streams in index order with a stack of open subtrees: memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Max

from evidence import heads, insert_only, kept, ledger, merkle
from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.faults import Fault
from evidence.heads import Head
from evidence.histories import stored_bytes
from evidence.models import (
    Checkpoint,
    LedgerEntry,
    LedgerPayload,
    Record,
    SealedLeaf,
    TreeHead,
    TreeNode,
    UnsealedEntry,
)
from evidence.snapshots import snapshot_read

CHUNK = 2000
Progress = Callable[[int, int], None]


def faults(*, against: Iterable[Path] = (), progress: Progress | None = None) -> Iterator[Fault]:
    """All faults of triggers, records, leaves, tree and checkpoints, in that order.

    `against` are checkpoints kept outside: folders of them, single ones, packs. What is sealed while
    this runs is left to the next time.
    """
    yield from _triggers()
    yield from _records()
    yield from _log(against, progress or _silent)
    yield from _strays()


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


def _triggers() -> Iterator[Fault]:
    for model in insert_only.protected_models(apps.get_models()):
        for name in insert_only.missing(connection, model):
            yield Fault(f"table {model._meta.db_table}", f"trigger {name} is missing or changed")


def _records() -> Iterator[Fault]:
    for digest, body in Record.objects.values_list("digest", "body").order_by("pk").iterator(CHUNK):
        if sha256_bytes(stored_bytes(body)) != digest:
            yield Fault(f"record {digest}", "the stored bytes have another digest")


def _log(against: Iterable[Path], progress: Progress) -> Iterator[Fault]:
    entries, covered, counted = _extent()
    keys = heads.LogKeys()
    sources: list[Iterator[Head]] = [heads.stored(keys, max(entries, covered)), kept.heads(against, keys)]
    yield from _compare_extent(entries, covered, counted)
    yield from _replay(entries, merge(*sources, key=_size), progress)


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


def _replay(entries: int, claims: Iterator[Head], progress: Progress) -> Iterator[Fault]:
    stack, position = _Stack(), 0
    claim = next(claims, None)
    leaves = SealedLeaf.objects.filter(index__lt=entries).select_related("entry__payload").order_by("index")
    for leaf in leaves.iterator(CHUNK):
        while claim is not None and claim.size <= position:
            yield from claim.faults(stack.root())
            claim = next(claims, None)
        yield from _leaf(leaf, position)
        yield from stack.push(merkle.leaf_hash(jcs(ledger.leaf(leaf.entry))))
        position += 1
        if position % CHUNK == 0:
            progress(position, entries)
    progress(position, entries)
    while claim is not None:
        yield from claim.faults(stack.root()) if claim.size <= position else [claim.beyond(position)]
        claim = next(claims, None)


def _size(head: Head) -> int:
    return head.size


def _leaf(leaf: SealedLeaf, expected_index: int) -> Iterator[Fault]:
    where = f"entry {leaf.entry_id}, index {leaf.index}"
    if leaf.index != expected_index:
        yield Fault(where, f"index {expected_index} was expected")
    payload: LedgerPayload | None = getattr(leaf.entry, "payload", None)
    if payload is None:
        yield Fault(where, "its payload is missing")
    elif sha256_bytes(stored_bytes(payload.body)) != leaf.entry.payload_digest:
        yield Fault(where, "its payload has another digest")


def _strays() -> Iterator[Fault]:
    waiting = UnsealedEntry.objects.values("entry_id")
    lost = LedgerEntry.objects.filter(sealed__isnull=True).exclude(pk__in=waiting)
    for entry in lost.iterator(CHUNK):
        yield Fault(f"entry {entry.pk}", "it is neither sealed nor waiting to be sealed")


class _Stack:
    """Roots of the complete subtrees so far, largest first; compared with the stored nodes on the way."""

    def __init__(self) -> None:
        self._nodes: list[tuple[int, bytes]] = []
        self._size = 0
        self._stored = _StoredNodes()

    def push(self, leaf_hash: bytes) -> Iterator[Fault]:
        level, node = 0, leaf_hash
        yield from self._stored.compare(0, self._size, node)
        index = self._size
        while self._nodes and self._nodes[-1][0] == level:
            _, left = self._nodes.pop()
            node = merkle.node_hash(left, node)
            level, index = level + 1, index >> 1
            yield from self._stored.compare(level, index, node)
        self._nodes.append((level, node))
        self._size += 1

    def root(self) -> bytes:
        """RFC 6962 root of all leaves pushed so far."""
        root = b""
        for _, node in reversed(self._nodes):
            root = merkle.node_hash(node, root) if root else node
        return root or merkle.EMPTY_ROOT


class _StoredNodes:
    """Stored hashes of each level, read in order beside the recomputation."""

    def __init__(self) -> None:
        self._levels: dict[int, Iterator[tuple[int, Any]]] = {}

    def compare(self, level: int, index: int, computed: bytes) -> Iterator[Fault]:
        if level not in self._levels:
            rows = TreeNode.objects.filter(level=level).order_by("index").values_list("index", "hash")
            self._levels[level] = rows.iterator(CHUNK)
        stored = next(self._levels[level], None)
        if stored is None or stored[0] != index:
            yield Fault(f"tree node {level}/{index}", "it is missing")
        elif stored_bytes(stored[1]) != computed:
            yield Fault(f"tree node {level}/{index}", "the entries give another hash")
