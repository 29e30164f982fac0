"""Recompute the log from its rows and name the first thing that is wrong; never change anything.

Streams in index order with a stack of open subtrees: memory does not grow with the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

from django.apps import apps
from django.db import connection
from django.db.models import Max

from evidence import insert_only, ledger, merkle, notes
from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.errors import BenchsealError
from evidence.models import (
    Checkpoint,
    LedgerEntry,
    LedgerPayload,
    Record,
    SealedLeaf,
    TreeNode,
    UnsealedEntry,
)
from evidence.publickeys import KeyUse
from evidence.signing import published_entries

CHUNK = 2000
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Fault:
    """Something that is not as it was written: where, and what is wrong."""

    where: str
    what: str


def faults(*, progress: Progress | None = None) -> Iterator[Fault]:
    """All faults of triggers, records, leaves, tree and checkpoints, in that order."""
    yield from _triggers()
    yield from _records()
    yield from _log(progress or _silent)
    yield from _strays()


def _silent(done: int, total: int) -> None:
    """Nobody watches."""


def _triggers() -> Iterator[Fault]:
    for model in insert_only.protected_models(apps.get_models()):
        for name in insert_only.missing(connection, model):
            yield Fault(f"table {model._meta.db_table}", f"trigger {name} is missing or changed")


def _records() -> Iterator[Fault]:
    for digest, body in Record.objects.values_list("digest", "body").order_by("pk").iterator(CHUNK):
        if sha256_bytes(_raw(body)) != digest:
            yield Fault(f"record {digest}", "the stored bytes have another digest")


def _log(progress: Progress) -> Iterator[Fault]:
    stack = _Stack()
    checkpoints = Checkpoint.objects.order_by("size").iterator(CHUNK)
    awaited = next(checkpoints, None)
    total = SealedLeaf.objects.aggregate(last=Max("index"))["last"] or 0
    position = 0
    for leaf in SealedLeaf.objects.select_related("entry__payload").order_by("index").iterator(CHUNK):
        yield from _leaf(leaf, position)
        yield from stack.push(merkle.leaf_hash(jcs(ledger.leaf(leaf.entry))))
        position += 1
        if awaited is not None and awaited.size == position:
            yield from _checkpoint(awaited, stack.root())
            awaited = next(checkpoints, None)
        if position % CHUNK == 0:
            progress(position, total + 1)
    progress(position, total + 1)
    while awaited is not None:
        yield Fault(f"checkpoint {awaited.size}", f"the log has {position} entries")
        awaited = next(checkpoints, None)


def _leaf(leaf: SealedLeaf, expected_index: int) -> Iterator[Fault]:
    where = f"entry {leaf.entry_id}, index {leaf.index}"
    if leaf.index != expected_index:
        yield Fault(where, f"index {expected_index} was expected")
    payload: LedgerPayload | None = getattr(leaf.entry, "payload", None)
    if payload is None:
        yield Fault(where, "its payload is missing")
    elif sha256_bytes(_raw(payload.body)) != leaf.entry.payload_digest:
        yield Fault(where, "its payload has another digest")


def _checkpoint(row: Checkpoint, root: bytes) -> Iterator[Fault]:
    where = f"checkpoint {row.size}"
    if _raw(row.root) != root:
        yield Fault(where, "the entries give another root")
    try:
        stated = notes.parse_checkpoint(row.note)
        _verified(row.note)
    except BenchsealError as error:
        yield Fault(where, f"its note does not verify: {error.detail}")
        return
    if stated.size != row.size or stated.root != _raw(row.root):
        yield Fault(where, "its signed note states another size or root")


def _verified(note: str) -> None:
    vkeys = [str(entry["vkey"]) for entry in published_entries() if entry["use"] == KeyUse.LOG]
    for vkey in vkeys[:-1]:
        try:
            notes.verify_note(note, vkey)
        except BenchsealError:
            continue
        return
    notes.verify_note(note, vkeys[-1])


def _raw(value: object) -> bytes:
    # SQLite keeps whatever type was written: a tampered column may hold text.
    return value.encode() if isinstance(value, str) else bytes(cast("bytes", value))


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
        elif _raw(stored[1]) != computed:
            yield Fault(f"tree node {level}/{index}", "the entries give another hash")
