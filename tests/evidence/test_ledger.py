from enum import StrEnum

import pytest
from django.db import DatabaseError, connection, connections, transaction

from evidence import ledger, merkle, notes, proofs, sealing
from evidence.actors import SYSTEM
from evidence.canonical import jcs, parse_record
from evidence.digests import sha256_bytes
from evidence.errors import LedgerImmutable
from evidence.models import Checkpoint, LedgerEntry, SealedLeaf, TreeNode, UnsealedEntry
from evidence.signing import KeyUse, active_key

pytestmark = pytest.mark.django_db


class Fact(StrEnum):
    TOLD = "fact.told"


def tell(count: int = 1) -> list[LedgerEntry]:
    return [ledger.append(Fact.TOLD, f"thing:{n}", actor=SYSTEM, container="") for n in range(count)]


def test_an_entry_is_committed_with_its_payload_and_waits_for_its_index() -> None:
    entry = ledger.append(
        Fact.TOLD, "thing:1", actor=SYSTEM, container="", note=ledger.Note(reason="why", new={"a": 1})
    )
    payload = bytes(entry.payload.body)
    assert entry.payload_digest == sha256_bytes(payload)
    assert parse_record(payload)["reason"] == "why"
    assert UnsealedEntry.objects.filter(entry=entry).exists()


def test_an_entry_outside_a_transaction_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections["default"], "in_atomic_block", False)
    with pytest.raises(ledger.OutsideTransaction):
        ledger.append(Fact.TOLD, "thing:1", actor=SYSTEM, container="")


def test_an_entry_vanishes_with_its_transaction() -> None:
    point = transaction.savepoint()
    tell()
    transaction.savepoint_rollback(point)
    assert not LedgerEntry.objects.exists()


def test_sealing_gives_gap_free_indices_and_a_signed_root() -> None:
    entries = tell(7)
    checkpoint = sealing.seal()
    assert checkpoint is not None
    leaves = [merkle.leaf_hash(jcs(ledger.leaf(e))) for e in sorted(entries, key=lambda e: e.pk)]
    assert bytes(checkpoint.root) == merkle.root_of(leaves)
    assert list(SealedLeaf.objects.order_by("index").values_list("index", flat=True)) == list(range(7))
    assert not UnsealedEntry.objects.exists()
    vkey = str(active_key(KeyUse.LOG)["vkey"])
    assert notes.verify_note(checkpoint.note, vkey).splitlines()[1] == "7"
    assert notes.parse_checkpoint(checkpoint.note).size == 7


def test_sealing_in_several_batches_gives_the_same_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "BATCH", 3)
    entries = tell(10)
    checkpoint = sealing.seal()
    leaves = [merkle.leaf_hash(jcs(ledger.leaf(e))) for e in sorted(entries, key=lambda e: e.pk)]
    assert checkpoint is not None
    assert bytes(checkpoint.root) == merkle.root_of(leaves)


def test_sealing_an_idle_log_changes_nothing() -> None:
    tell(2)
    first = sealing.seal()
    assert sealing.seal() == first
    assert Checkpoint.objects.count() == 1


@pytest.mark.parametrize("against", [5, 8, 13])
def test_every_entry_proves_its_inclusion(against: int) -> None:
    tell(5)
    sealing.seal()
    tell(3)
    sealing.seal()
    tell(5)
    sealing.seal()
    checkpoint = Checkpoint.objects.get(size=against)
    for sealed in SealedLeaf.objects.filter(index__lt=against).select_related("entry"):
        proof = notes.parse_tlog_proof(proofs.tlog_proof(sealed.entry, checkpoint))
        leaf_hash = merkle.leaf_hash(jcs(ledger.leaf(sealed.entry)))
        assert merkle.verify_inclusion(leaf_hash, sealed.index, against, proof.path, bytes(checkpoint.root))


def test_an_unsealed_entry_has_no_proof_yet() -> None:
    (entry,) = tell()
    with pytest.raises(proofs.NotSealed):
        proofs.tlog_proof(entry)


@pytest.mark.parametrize("model", [LedgerEntry, SealedLeaf, TreeNode, Checkpoint])
def test_the_model_refuses_changes_with_a_sentence(model: type[LedgerEntry]) -> None:
    tell(2)
    sealing.seal()
    row = model.objects.first()
    assert row is not None
    with pytest.raises(LedgerImmutable):
        row.save()
    with pytest.raises(LedgerImmutable):
        row.delete()
    with pytest.raises(LedgerImmutable):
        model.objects.all().delete()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence_ledgerentry SET kind = 'other'",
        "DELETE FROM evidence_ledgerentry",
        "UPDATE evidence_ledgerpayload SET body = ''",
        "DELETE FROM evidence_treenode",
        "UPDATE evidence_checkpoint SET note = ''",
        "DELETE FROM evidence_sealedleaf",
    ],
)
def test_the_database_refuses_changes_behind_the_model(statement: str) -> None:
    tell(2)
    sealing.seal()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_replace_into_does_not_pass_behind_the_triggers() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("REPLACE INTO is SQLite's")
    tell(1)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("REPLACE INTO evidence_ledgerentry SELECT * FROM evidence_ledgerentry")
