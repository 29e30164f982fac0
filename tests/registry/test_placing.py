"""Each entry is read under the project of what it is about, also those of before entries said so."""

from importlib import import_module

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from approvals.events import ApprovalEvent
from evidence import insert_only
from evidence.ledger import OF_THE_INSTALLATION
from evidence.models import LedgerEntry
from registry import placing
from registry.containers import container_of
from registry.subjects import containers_of
from tests.database_owner import owner_of_the_database
from tests.releases import approved, go_live
from tests.world import World

PLACE = import_module("approvals.migrations.0004_place_entries").place
LIVE = ApprovalEvent.RELEASE_RELEASED

pytestmark = pytest.mark.django_db


@pytest.fixture
def entries(world: World) -> dict[str, str]:
    """Subject → container, of a release that went live and everything before it."""
    go_live(world, approved(world))
    return dict(LedgerEntry.objects.values_list("subject", "container"))


def test_every_step_says_where_its_entry_belongs(world: World, entries: dict[str, str]) -> None:
    assert list(placing.faults()) == []
    homes = {subject.partition(":")[0]: container for subject, container in entries.items()}
    assert homes.pop("user") == OF_THE_INSTALLATION
    assert {"release", "run", "submission", "artifact", "policy", "deployment", "model"} <= homes.keys()
    assert homes["release"] == container_of(world.project.pk)


def test_an_entry_moved_to_another_project_is_named(world: World, entries: dict[str, str]) -> None:
    elsewhere = container_of(world.cast.elsewhere.pk)
    with owner_of_the_database() as cursor:
        cursor.execute("UPDATE evidence_ledgerentry SET container = %s WHERE kind = %s", [elsewhere, LIVE])
        (fault,) = placing.faults()
    moved = LedgerEntry.objects.get(kind=LIVE)
    assert fault.where == f"entry {moved.pk}"
    assert elsewhere in fault.what
    assert container_of(world.project.pk) in fault.what


def test_entries_of_before_are_placed_and_protected_again(entries: dict[str, str]) -> None:
    with owner_of_the_database() as cursor:
        cursor.execute("UPDATE evidence_ledgerentry SET container = ''")
        PLACE(MigrationLoader(connection).project_state().apps, connection.schema_editor())
        assert dict(LedgerEntry.objects.values_list("subject", "container")) == entries
        assert insert_only.missing(connection, LedgerEntry) == []


def test_a_kind_that_a_migration_does_not_know_yet_is_left_out(entries: dict[str, str]) -> None:
    class Older:
        def get_model(self, label: str) -> None:
            raise LookupError(label)

    assert containers_of(entries, Older()) == {}  # type: ignore[arg-type]  # the one method that is called
