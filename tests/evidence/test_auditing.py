"""What `verify_ledger` finds when somebody with all database rights changed rows behind the triggers."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import pytest
from django.apps import apps
from django.db import connection

from evidence import auditing, insert_only, ledger, records, sealing
from evidence.actors import SYSTEM
from evidence.models import LedgerEntry, UnsealedEntry
from evidence.names import record_type

pytestmark = pytest.mark.django_db


class Fact(StrEnum):
    TOLD = "fact.told"


@contextmanager
def owner_of_the_database(table: str) -> Iterator[None]:
    """Drop the triggers of a table, as only its owner can, and put them back."""
    (model,) = (m for m in insert_only.protected_models(apps.get_models()) if m._meta.db_table == table)
    suffix = f' ON "{table}"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        for name in insert_only.expected(model, connection.vendor):
            cursor.execute(f'DROP TRIGGER "{name}"{suffix}')
        yield
        for sql in insert_only.expected(model, connection.vendor).values():
            cursor.execute(sql)


def change(table: str, sql: str) -> list[str]:
    """Faults after one change behind the triggers."""
    with owner_of_the_database(table), connection.cursor() as cursor:
        cursor.execute(sql)
    return [f"{fault.where}: {fault.what}" for fault in auditing.faults()]


@pytest.fixture(autouse=True)
def _a_log() -> None:
    records.store({"type": record_type("thing"), "a": 1})
    for count in (5, 4):
        for number in range(count):
            ledger.append(Fact.TOLD, f"thing:{number}", actor=SYSTEM, note=ledger.Note(reason="why"))
        sealing.seal()


def test_an_untouched_log_has_no_fault() -> None:
    assert list(auditing.faults()) == []


def test_a_changed_leaf_is_named() -> None:
    found = change(
        "evidence_ledgerentry", "UPDATE evidence_ledgerentry SET kind = 'other' WHERE subject = 'thing:2'"
    )
    assert "tree node 0/2: the entries give another hash" in found
    assert any(line.startswith("checkpoint 5: the entries give another root") for line in found)


def test_a_changed_payload_is_named() -> None:
    found = change("evidence_ledgerpayload", "UPDATE evidence_ledgerpayload SET body = '{}'")
    assert len(found) == 9
    assert all("its payload has another digest" in line for line in found)


def test_a_removed_leaf_is_named() -> None:
    found = change("evidence_sealedleaf", 'DELETE FROM evidence_sealedleaf WHERE "index" = 3')
    assert any("index 3 was expected" in line for line in found)
    assert any("neither sealed nor waiting" in line for line in found)


def test_a_rewritten_tree_node_is_named() -> None:
    found = change("evidence_treenode", "UPDATE evidence_treenode SET hash = '00' WHERE level = 1")
    assert any(line.startswith("tree node 1/0: ") for line in found)


def test_a_checkpoint_of_another_log_is_named() -> None:
    found = change(
        "evidence_checkpoint", "UPDATE evidence_checkpoint SET note = replace(note, 'test', 'best')"
    )
    assert sum("its note does not verify" in line for line in found) == 2


def test_a_changed_record_is_named() -> None:
    found = change("evidence_record", "UPDATE evidence_record SET body = '{}'")
    assert [line for line in found if "the stored bytes have another digest" in line]


def test_a_missing_trigger_is_named() -> None:
    with owner_of_the_database("evidence_record"):
        found = [fault.where for fault in auditing.faults()]
    assert set(found) == {"table evidence_record"}


def test_an_entry_taken_from_the_queue_is_named() -> None:
    ledger.append(Fact.TOLD, "thing:9", actor=SYSTEM)
    UnsealedEntry.objects.all().delete()
    entry = LedgerEntry.objects.get(subject="thing:9")
    assert [fault.where for fault in auditing.faults()] == [f"entry {entry.pk}"]
