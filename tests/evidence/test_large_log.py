"""A log of a million entries: proofs read a few rows, and sealing costs its batch; verification streams."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from typing import Final

import pytest
from django.db import connection

from evidence import ledger, merkle, notes, proofs, recomputing, sealing
from evidence.canonical import jcs
from evidence.models import Checkpoint, LedgerEntry, SealedLeaf, TreeHead, UnsealedEntry
from tests.evidence.row_counter import rows
from tests.evidence.tampered_log import append, found, tell

pytestmark = [pytest.mark.slow, pytest.mark.django_db]

SIZE: Final = 1_000_000
MOST_ROWS: Final = 50
NODES_OF_ONE_PATH: Final = 64
PLACES: Final = (0, 1, 262_143, 524_288, 999_999)


def grow(placed: dict[int, LedgerEntry]) -> Callable[[int, int], bytes]:
    """Insert a tree over made leaf hashes and a few entries; it gives a node by level and index."""
    level = [sha256(number.to_bytes(8)).digest() for number in range(SIZE)]
    for index, entry in placed.items():
        level[index] = merkle.leaf_hash(jcs(ledger.leaf(entry)))
    levels = []
    while level:
        levels.append(level)
        level = [merkle.node_hash(*level[place : place + 2]) for place in range(0, len(level) - 1, 2)]
    with connection.cursor() as cursor:
        for height, hashes in enumerate(levels):
            cursor.executemany(
                'INSERT INTO evidence_treenode (level, "index", hash) VALUES (%s, %s, %s)',
                [(height, index, value) for index, value in enumerate(hashes)],
            )
    SealedLeaf.objects.bulk_create(SealedLeaf(index=index, entry=entry) for index, entry in placed.items())
    UnsealedEntry.objects.all().delete()
    TreeHead.objects.create(id=1, size=SIZE)
    return lambda height, index: levels[height][index]


def test_proofs_read_a_few_rows_and_sealing_costs_its_batch() -> None:
    node = grow(dict(zip(PLACES, append(len(PLACES)), strict=True)))
    for batch in (1, 10, 1000):
        append(batch)
        with rows() as counted:
            assert sealing.seal_batch() == batch
        assert counted.read <= 2 * batch + NODES_OF_ONE_PATH
        assert counted.written <= 4 * batch + NODES_OF_ONE_PATH
    newest = Checkpoint.objects.get(size=SIZE + 1011)
    check_inclusion(newest)
    check_consistency(newest, node)


def test_memory_of_verification_does_not_grow_with_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recomputing, "CHUNK", 100)
    tell(500)
    small = peak()
    tell(4000)
    assert peak() < 1.5 * small, "the tree has three levels more, and each holds one piece of its nodes"


def peak() -> int:
    """Most bytes that Python held while the log was verified."""
    tracemalloc.start()
    try:
        assert found() == []
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def check_inclusion(newest: Checkpoint) -> None:
    leaves = [*SealedLeaf.objects.filter(index__in=PLACES), *SealedLeaf.objects.order_by("-index")[:1000:300]]
    assert len(leaves) == len(PLACES) + 4
    for leaf in leaves:
        entry = LedgerEntry.objects.get(pk=leaf.entry_id)
        with rows() as counted:
            proof = notes.parse_tlog_proof(proofs.tlog_proof(entry))
        assert counted.read < MOST_ROWS
        leaf_hash = merkle.leaf_hash(jcs(ledger.leaf(entry)))
        assert merkle.verify_inclusion(leaf_hash, leaf.index, newest.size, proof.path, bytes(newest.root))


def check_consistency(newest: Checkpoint, node: Callable[[int, int], bytes]) -> None:
    for old in (1, 2, 3, 262_143, 262_144, 524_287, 699_051, 999_999, SIZE):
        with rows() as counted:
            proof = proofs.consistency(old, newest.size)
        assert counted.read < MOST_ROWS
        assert proof.old_root == merkle.root_at(old, node)
        assert proof.new_root == bytes(newest.root)
        assert merkle.verify_consistency(old, newest.size, proof.old_root, proof.new_root, proof.path)
