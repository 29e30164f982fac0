"""The Merkle tree of RFC 6962 on stored complete nodes; it reads O(log n), never all leaves.

A node is `(level, index)` and covers the leaves `index·2^level` up to `(index+1)·2^level`; it is
complete, and is stored for ever, once all of them exist.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Node: TypeAlias = tuple[int, int]
Fetch: TypeAlias = Callable[[int, int], bytes]

HASH_SIZE = 32  # bytes
EMPTY_ROOT = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Extension:
    """What a batch of leaves adds: the nodes it completes (leaf hashes too), root and size."""

    nodes: dict[Node, bytes]
    root: bytes
    size: int


@dataclass(frozen=True, slots=True)
class _Span:
    """The leaves `start` up to `end`; a subtree of RFC 6962, complete or at the right edge."""

    start: int
    end: int

    def halves(self) -> tuple["_Span", "_Span"]:
        middle = self.start + (1 << (self.end - self.start - 1).bit_length() - 1)
        return _Span(self.start, middle), _Span(middle, self.end)

    def nodes(self) -> Iterator[Node]:
        """The complete nodes that make up the span, from the left."""
        start = self.start
        while start < self.end:
            level = (self.end - start).bit_length() - 1
            yield level, start >> level
            start += 1 << level


def leaf_hash(data: bytes) -> bytes:
    """SHA-256(0x00 ‖ data): RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 ‖ left ‖ right): RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_of(leaf_hashes: Sequence[bytes]) -> bytes:
    """The root over leaf hashes, computed from nothing else."""
    return extend(0, _nothing_stored, leaf_hashes).root


def extend(size: int, fetch: Fetch, leaf_hashes: Sequence[bytes]) -> Extension:
    """Append leaf hashes to a tree of `size`; fetches only `needed_for_extend(size)`."""
    edge = [(node, fetch(*node)) for node in needed_for_extend(size)]
    made: dict[Node, bytes] = {}
    for place, leaf in enumerate(leaf_hashes, start=size):
        edge.append(((0, place), leaf))
        made[0, place] = leaf
        while _ends_in_siblings(edge):
            edge[-2:] = [_joined(edge[-2], edge[-1])]
            made[edge[-1][0]] = edge[-1][1]
    return Extension(made, _folded([digest for _, digest in edge]), size + len(leaf_hashes))


def root_at(size: int, fetch: Fetch) -> bytes:
    """The root of the first `size` leaves; fetches only `needed_for_root(size)`."""
    return _hash_of(_Span(0, size), fetch)


def inclusion_path(index: int, size: int, fetch: Fetch) -> list[bytes]:
    """The audit path of RFC 6962, section 2.1.1; raises ValueError unless 0 <= index < size."""
    return [_hash_of(span, fetch) for span in _inclusion_spans(index, size)]


def consistency_path(old: int, new: int, fetch: Fetch) -> list[bytes]:
    """The proof of RFC 6962, section 2.1.2, empty for old 0; ValueError unless 0 <= old <= new."""
    return [_hash_of(span, fetch) for span in _consistency_spans(old, new)]


def needed_for_root(size: int) -> list[Node]:
    """The nodes `root_at` fetches."""
    return list(_Span(0, size).nodes())


def needed_for_extend(size: int) -> list[Node]:
    """The nodes `extend` fetches: those at the right edge of the tree."""
    return needed_for_root(size)


def needed_for_inclusion(index: int, size: int) -> list[Node]:
    """The nodes `inclusion_path` fetches."""
    return [node for span in _inclusion_spans(index, size) for node in span.nodes()]


def needed_for_consistency(old: int, new: int) -> list[Node]:
    """The nodes `consistency_path` fetches."""
    return [node for span in _consistency_spans(old, new) for node in span.nodes()]


def verify_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> bool:
    """Whether the path leads from the leaf hash to the root: RFC 9162, section 2.1.3.2."""
    if not 0 <= index < size:
        return False
    sides = list(_left_siblings(index, size - 1))
    if len(path) != len(sides):
        return False
    digest = leaf
    for step, left in zip(path, sides, strict=True):
        digest = node_hash(step, digest) if left else node_hash(digest, step)
    return digest == root


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with that of `old`: RFC 9162, section 2.1.4.2.

    The empty tree begins every tree, with an empty path; equal trees have an empty path too.
    """
    if old == new:
        return old >= 0 and not path and old_root == new_root
    if old == 0:
        return new > 0 and not path and old_root == EMPTY_ROOT
    return 0 < old < new and _leads_to_both(old, new, old_root, new_root, path)


def _inclusion_spans(index: int, size: int) -> list[_Span]:
    if not 0 <= index < size:
        raise ValueError(f"leaf {index} is not in a tree of size {size}")
    spans: list[_Span] = []
    here = _Span(0, size)
    while here.end - here.start > 1:
        left, right = here.halves()
        here, sibling = (left, right) if index < left.end else (right, left)
        spans.append(sibling)
    return spans[::-1]


def _consistency_spans(old: int, new: int) -> list[_Span]:
    if not 0 <= old <= new:
        raise ValueError(f"a tree of size {new} does not begin with one of size {old}")
    if old in (0, new):
        return []
    spans: list[_Span] = []
    here = _Span(0, new)
    while here.end != old:
        left, right = here.halves()
        here, sibling = (left, right) if old <= left.end else (right, left)
        spans.append(sibling)
    # The old tree itself is known to whoever checks; a right part of it has to be given.
    return ([here] if here.start else []) + spans[::-1]


def _leads_to_both(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    # The proof starts from the smallest complete subtree at the right edge of the old tree; its
    # hash is left out where it is the old root itself.
    level = (old & -old).bit_length() - 1
    start, *steps = [old_root, *path] if old == 1 << level else [*path] or [b""]
    sides = list(_left_siblings((old - 1) >> level, (new - 1) >> level))
    if len(steps) != len(sides):
        return False
    first = second = start
    for step, left in zip(steps, sides, strict=True):
        first = node_hash(step, first) if left else first
        second = node_hash(step, second) if left else node_hash(second, step)
    return first == old_root and second == new_root


def _left_siblings(place: int, last: int) -> Iterator[bool]:
    """For each level with a sibling, from below: whether the sibling stands to the left."""
    while last:
        if place & 1 or place < last:
            yield bool(place & 1)
        place, last = place >> 1, last >> 1


def _hash_of(span: _Span, fetch: Fetch) -> bytes:
    return _folded([fetch(*node) for node in span.nodes()])


def _folded(digests: list[bytes]) -> bytes:
    if not digests:
        return EMPTY_ROOT
    folded = digests[-1]
    for left in digests[-2::-1]:
        folded = node_hash(left, folded)
    return folded


def _ends_in_siblings(edge: list[tuple[Node, bytes]]) -> bool:
    return len(edge) > 1 and edge[-1][0][0] == edge[-2][0][0]


def _joined(left: tuple[Node, bytes], right: tuple[Node, bytes]) -> tuple[Node, bytes]:
    level, index = left[0]
    return (level + 1, index >> 1), node_hash(left[1], right[1])


def _nothing_stored(level: int, index: int) -> bytes:
    raise KeyError((level, index))
