"""What `verify_ledger` finds when somebody with all database rights changed rows behind the triggers."""

import pytest
from django.db import connection

from evidence import attesting, auditing, ledger, records, statements
from evidence.actors import SYSTEM
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry, SealedLeaf, UnsealedEntry
from evidence.names import predicate_type, record_type
from tests.evidence.tampered_log import Fact, execute, found, owner_of_the_database, rewrite_tree, tell

pytestmark = pytest.mark.django_db


def change(*statements: str) -> list[str]:
    """Faults after changes behind the triggers."""
    execute(*statements)
    return found()


@pytest.fixture(autouse=True)
def _a_log() -> None:
    records.store({"type": record_type("thing"), "a": 1})
    tell(5, 4)


def test_an_untouched_log_has_no_fault() -> None:
    assert list(auditing.faults()) == []


def test_a_changed_entry_is_named_alone() -> None:
    lines = change("UPDATE evidence_ledgerentry SET kind = 'other' WHERE subject = 'thing:2'")
    entries = LedgerEntry.objects.filter(subject="thing:2").order_by("pk")
    assert lines == [
        f"entry {entry.pk}, index {entry.sealed.index}: it is not the entry that was sealed here: "
        "the tree holds another hash for it"
        for entry in entries
    ]
    assert len(lines) == 2


def test_an_entry_changed_with_its_tree_is_placed_between_two_checkpoints() -> None:
    tell(2)
    rewrite_tree(index=7)
    assert [line.partition(": ") for line in found()] == [
        ("checkpoint 9", ": ", "the entries give another root; what differs has an index from 5 to 8"),
        ("checkpoint 11", ": ", "the entries give another root; what differs has an index from 5 to 10"),
    ]


def test_a_changed_payload_is_named() -> None:
    lines = change("UPDATE evidence_ledgerpayload SET body = '{}'")
    assert len(lines) == 9
    assert all("its payload has another digest" in line for line in lines)


def test_a_removed_payload_is_named() -> None:
    lines = change("DELETE FROM evidence_ledgerpayload")
    assert len(lines) == 9
    assert all("its payload is missing" in line for line in lines)


def test_a_removed_place_in_the_log_is_named() -> None:
    removed = SealedLeaf.objects.get(index=3).entry_id
    assert change('DELETE FROM evidence_sealedleaf WHERE "index" = 3') == [
        "entry at index 3: missing: the entry, or its place in the log, was removed",
        f"entry {removed}: it is neither sealed nor waiting to be sealed",
    ]


def test_removed_entries_in_a_row_are_one_fault() -> None:
    (gap, *_) = change('DELETE FROM evidence_sealedleaf WHERE "index" IN (2, 3, 6)')
    assert gap == "entries at index 2 to 3: missing: the entry, or its place in the log, was removed"


def test_what_follows_a_gap_in_entries_and_tree_is_said_not_to_be_compared() -> None:
    lines = change(
        'DELETE FROM evidence_sealedleaf WHERE "index" = 3',
        'DELETE FROM evidence_treenode WHERE level = 0 AND "index" = 3',
    )
    assert "index 3: entry and leaf hash are both missing: the rest is not compared" in lines


def test_two_entries_that_changed_places_are_both_named() -> None:
    lines = change(
        'UPDATE evidence_sealedleaf SET "index" = 100 WHERE "index" = 1',
        'UPDATE evidence_sealedleaf SET "index" = 1 WHERE "index" = 2',
        'UPDATE evidence_sealedleaf SET "index" = 2 WHERE "index" = 100',
    )
    assert [line.partition(", ")[2].partition(":")[0] for line in lines] == ["index 1", "index 2"]


def test_a_column_that_cannot_be_read_is_named_and_stops_nothing() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("only SQLite keeps whatever type was written")
    (line,) = change(
        "UPDATE evidence_ledgerentry SET at = 'yesterday'"
        ' WHERE id IN (SELECT entry_id FROM evidence_sealedleaf WHERE "index" = 0)'
    )
    assert line.endswith("index 0: its columns hold values that no entry has")


def test_a_missing_leaf_hash_is_named() -> None:
    lines = change('DELETE FROM evidence_treenode WHERE level = 0 AND "index" = 3')
    assert lines == ["tree node 0/3: it is missing"]


def test_a_missing_node_is_named_alone() -> None:
    lines = change('DELETE FROM evidence_treenode WHERE level = 1 AND "index" = 1')
    assert lines == ["tree node 1/1: it is missing"]


def test_a_changed_tree_head_is_named() -> None:
    assert change("UPDATE evidence_treehead SET size = 7") == [
        "tree head: it counts 7 entries, the log has 9"
    ]


def test_a_rewritten_tree_node_is_named() -> None:
    lines = change("UPDATE evidence_treenode SET hash = '00' WHERE level = 1")
    assert any(line.startswith("tree node 1/0: ") for line in lines)


def test_a_checkpoint_of_another_log_is_named() -> None:
    lines = change("UPDATE evidence_checkpoint SET note = replace(note, 'test', 'best')")
    assert sum("its note does not verify" in line for line in lines) == 2


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("predicate_type", "other"),
        ("key_id", "other"),
        ("subject_digest", "other"),
        ("envelope", "{}"),
        ("digest", "other"),
    ],
)
def test_a_changed_statement_is_named(column: str, value: str) -> None:
    subject = sha256_bytes(b"thing")
    said = statements.statement([("thing", subject)], predicate_type("run"), {"human_id": "THING"})
    stored = attesting.attest(said, subject)
    assert found() == []
    (line,) = change(f"UPDATE evidence_statement SET {column} = '{value}'")  # noqa: S608  # reason: a column of the test
    name = "other" if column == "digest" else stored.digest
    assert line.startswith(f"statement {name}: ")
    assert ("its envelope does not verify" if column == "envelope" else column) in line


def test_a_changed_record_is_named() -> None:
    lines = change("UPDATE evidence_record SET body = '{}'")
    assert [line for line in lines if "the stored bytes have another digest" in line]


def test_a_missing_trigger_is_named() -> None:
    with owner_of_the_database("evidence_record"):
        named = {fault.where for fault in auditing.faults()}
    assert named == {"table evidence_record"}


def test_an_entry_taken_from_the_queue_is_named() -> None:
    ledger.append(Fact.TOLD, "thing:9", actor=SYSTEM, container="")
    UnsealedEntry.objects.all().delete()
    entry = LedgerEntry.objects.get(subject="thing:9")
    assert [fault.where for fault in auditing.faults()] == [f"entry {entry.pk}"]
