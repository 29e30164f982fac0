"""Recompute the tree from its entries in one pass and compare it with what is stored and what was signed.

Entries, nodes and heads are read in order, a piece at a time: memory does not grow with the log. An entry
that differs from its stored leaf hash is named, and the pass goes on with the stored one; the signed heads
say whether that one is genuine. So one changed entry is one fault.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from evidence import ledger, merkle
from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.errors import NotCanonical
from evidence.faults import Fault
from evidence.heads import Head
from evidence.histories import stored_bytes
from evidence.ledger import LEAF_FIELDS, LeafRow
from evidence.models import LedgerEntry, SealedLeaf, TreeNode
from evidence.progress import Progress

CHUNK: Final = 2000
UNREADABLE: Final = (ValueError, TypeError, AttributeError, NotCanonical)
"""What Django raises for columns that hold another type; SQLite keeps whatever was written."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry in its place; `leaf` is None where its columns hold what no entry ever held."""

    index: int
    leaf: LeafRow | None = None
    payload: Any = None


def faults(entries: int, heads: Iterator[Head], progress: Progress) -> Iterator[Fault]:
    """What is wrong with the first `entries` entries, the tree over them, and heads in order of size."""
    tree = _Tree(heads)
    yield from tree.compare_heads()
    for row in _rows(entries):
        if tree.size % CHUNK == 0:
            progress("entries", tree.size, entries)
        yield from tree.skip_to(row.index)
        if tree.size < row.index:
            yield Fault(
                f"index {tree.size}", "entry and leaf hash are both missing: the rest is not compared"
            )
            return
        yield from tree.take(row)
    progress("entries", tree.size, entries)
    yield from tree.compare_longer_heads()


class _Tree:
    """Roots of the complete subtrees so far, largest first, compared with stored nodes and with heads."""

    def __init__(self, heads: Iterator[Head]) -> None:
        self.size = 0
        self._sound = 0
        self._nodes: list[tuple[int, bytes]] = []
        self._stored = _StoredNodes()
        self._heads = heads
        self._head = next(heads, None)

    def take(self, row: Row) -> Iterator[Fault]:
        """Add the entry of the next index."""
        stored = self._stored.at(0, self.size)
        computed = _leaf_hash(row)
        where = f"entry {row.leaf.id if row.leaf else 'of unknown id'}, index {row.index}"
        yield from _payload(row, where)
        if computed is None:
            yield Fault(where, "its columns hold values that no entry has")
        elif stored is not None and stored != computed:
            yield Fault(where, "it is not the entry that was sealed here: the tree holds another hash for it")
        if stored is None:
            yield Fault(f"tree node 0/{self.size}", "it is missing")
        yield from self._push(stored or computed or bytes(merkle.HASH_SIZE))

    def skip_to(self, index: int) -> Iterator[Fault]:
        """Add what is stored for entries that are gone, as far as it is."""
        if self.size < index:
            yield Fault(_span(self.size, index), "missing: the entry, or its place in the log, was removed")
        while self.size < index and (stored := self._stored.at(0, self.size)) is not None:
            yield from self._push(stored)

    def compare_heads(self) -> Iterator[Fault]:
        """Compare the heads of the size reached."""
        while self._head is not None and self._head.size <= self.size:
            wrong = list(self._head.faults(self._root(), self._sound))
            yield from wrong
            self._sound = self._sound if wrong else self.size
            self._head = next(self._heads, None)

    def compare_longer_heads(self) -> Iterator[Fault]:
        """Name the heads of more entries than there are."""
        while self._head is not None:
            yield self._head.beyond(self.size)
            self._head = next(self._heads, None)

    def _push(self, leaf_hash: bytes) -> Iterator[Fault]:
        level, index, node = 0, self.size, leaf_hash
        while self._nodes and self._nodes[-1][0] == level:
            _, left = self._nodes.pop()
            node = merkle.node_hash(left, node)
            level, index = level + 1, index >> 1
            yield from self._compare(level, index, node)
        self._nodes.append((level, node))
        self.size += 1
        yield from self.compare_heads()

    def _compare(self, level: int, index: int, computed: bytes) -> Iterator[Fault]:
        stored = self._stored.at(level, index)
        if stored is None:
            yield Fault(f"tree node {level}/{index}", "it is missing")
        elif stored != computed:
            yield Fault(f"tree node {level}/{index}", "the entries give another hash")

    def _root(self) -> bytes:
        """RFC 6962 root of all leaves so far."""
        root = b""
        for _, node in reversed(self._nodes):
            root = merkle.node_hash(node, root) if root else node
        return root or merkle.EMPTY_ROOT


class _StoredNodes:
    """Stored hashes of each level, read in order beside the recomputation."""

    def __init__(self) -> None:
        self._levels: dict[int, Iterator[tuple[int, Any]]] = {}
        self._waiting: dict[int, tuple[int, Any] | None] = {}

    def at(self, level: int, index: int) -> bytes | None:
        """The stored hash, None where there is none; ask for each level in ascending order."""
        if level not in self._levels:
            self._levels[level] = _nodes(level)
            self._waiting[level] = next(self._levels[level], None)
        while (found := self._waiting[level]) is not None and found[0] < index:
            self._waiting[level] = next(self._levels[level], None)
        return None if found is None or found[0] != index else stored_bytes(found[1])


def _rows(entries: int) -> Iterator[Row]:
    last = -1
    while chunk := _chunk(last, entries):
        yield from chunk
        last = chunk[-1].index


def _chunk(after: int, entries: int) -> list[Row]:
    rows = LedgerEntry.objects.filter(sealed__index__gt=after, sealed__index__lt=entries)
    found = rows.order_by("sealed__index").values_list("sealed__index", "payload__body", *LEAF_FIELDS)
    try:
        return [Row(index, LeafRow(*leaf), payload) for index, payload, *leaf in found[:CHUNK]]
    except UNREADABLE:
        leaves = SealedLeaf.objects.filter(index__gt=after, index__lt=entries).order_by("index")
        return [_single(index) for index in leaves.values_list("index", flat=True)[:CHUNK]]


def _single(index: int) -> Row:
    found = LedgerEntry.objects.filter(sealed__index=index).values_list("payload__body", *LEAF_FIELDS)
    try:
        ((payload, *leaf),) = found
    except UNREADABLE:
        return Row(index)
    return Row(index, LeafRow(*leaf), payload)


def _nodes(level: int) -> Iterator[tuple[int, Any]]:
    last = -1
    of_level = TreeNode.objects.filter(level=level).order_by("index").values_list("index", "hash")
    while chunk := list(of_level.filter(index__gt=last)[:CHUNK]):
        yield from chunk
        last = chunk[-1][0]


def _leaf_hash(row: Row) -> bytes | None:
    try:
        return None if row.leaf is None else merkle.leaf_hash(jcs(ledger.leaf(row.leaf)))
    except UNREADABLE:
        return None


def _payload(row: Row, where: str) -> Iterator[Fault]:
    if row.leaf is None:
        return
    if row.payload is None:
        yield Fault(where, "its payload is missing")
    elif sha256_bytes(stored_bytes(row.payload)) != row.leaf.payload_digest:
        yield Fault(where, "its payload has another digest")


def _span(start: int, end: int) -> str:
    return f"entry at index {start}" if end - start == 1 else f"entries at index {start} to {end - 1}"
