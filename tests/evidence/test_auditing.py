"""What `verify_ledger` finds when somebody with all database rights changed rows behind the triggers."""

import pytest

from evidence import auditing, ledger, records
from evidence.actors import SYSTEM
from evidence.models import LedgerEntry, UnsealedEntry
from evidence.names import record_type
from tests.evidence.tampered_log import Fact, execute, found, owner_of_the_database, tell

pytestmark = pytest.mark.django_db


def change(sql: str) -> list[str]:
    """Faults after one change behind the triggers."""
    execute(sql)
    return found()


@pytest.fixture(autouse=True)
def _a_log() -> None:
    records.store({"type": record_type("thing"), "a": 1})
    tell(5, 4)


def test_an_untouched_log_has_no_fault() -> None:
    assert list(auditing.faults()) == []


def test_a_changed_leaf_is_named() -> None:
    lines = change("UPDATE evidence_ledgerentry SET kind = 'other' WHERE subject = 'thing:2'")
    assert "tree node 0/2: the entries give another hash" in lines
    assert any(line.startswith("checkpoint 5: the entries give another root") for line in lines)


def test_a_changed_payload_is_named() -> None:
    lines = change("UPDATE evidence_ledgerpayload SET body = '{}'")
    assert len(lines) == 9
    assert all("its payload has another digest" in line for line in lines)


def test_a_removed_leaf_is_named() -> None:
    lines = change('DELETE FROM evidence_sealedleaf WHERE "index" = 3')
    assert any("index 3 was expected" in line for line in lines)
    assert any("neither sealed nor waiting" in line for line in lines)


def test_a_rewritten_tree_node_is_named() -> None:
    lines = change("UPDATE evidence_treenode SET hash = '00' WHERE level = 1")
    assert any(line.startswith("tree node 1/0: ") for line in lines)


def test_a_checkpoint_of_another_log_is_named() -> None:
    lines = change("UPDATE evidence_checkpoint SET note = replace(note, 'test', 'best')")
    assert sum("its note does not verify" in line for line in lines) == 2


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
