"""The watch sees what it should: a change without an entry is named, whatever way it came."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Final

import pytest
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path

from evidence import jobs
from registry.access import people
from registry.models import Project, User
from tests.cast import Cast
from tests.mutations import plugin
from tests.mutations.addresses import CHANGES_NOTHING, CLOSED, acts_of_the_site, is_proved, unseen
from tests.mutations.plugin import UntoldChange
from tests.mutations.tables import COLUMNS, OPERATIONAL
from tests.mutations.watch import columns_of, watching
from tests.world import World, receive

MADE_BY_DJANGO: Final = {"django_migrations"}


def test_every_table_that_is_listed_exists_and_every_column() -> None:
    kinds = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}
    assert set(OPERATIONAL) - MADE_BY_DJANGO <= set(kinds)
    for table, column in COLUMNS:
        assert column in {field.column for field in kinds[table]._meta.local_fields}


@pytest.mark.django_db
def test_a_change_without_an_entry_is_named(cast: Cast) -> None:
    with watching() as watch:
        Project.objects.filter(key="HARBOR").update(name="Other")
    assert watch.untold == ["registry_project"]
    with pytest.raises(UntoldChange, match="the act changed registry_project"):
        plugin.check(watch, "the act")


@pytest.mark.django_db
def test_made_deleted_and_changed_rows_are_seen_and_operational_columns_are_not(cast: Cast) -> None:
    with watching() as watch:
        User.objects.filter(username="ines").update(last_login=None)
        User.objects.filter(username="nobody").update(is_active=False)
    assert watch.untold == []
    with watching() as watch:
        cast["ines"].grants.all().delete()
    assert watch.untold == ["registry_rolegrant"]


def undone(act: Callable[[], object]) -> None:
    """Do it in a transaction that fails at its end."""
    with suppress(ZeroDivisionError), transaction.atomic():
        act()
        raise ZeroDivisionError


@pytest.mark.django_db
def test_what_was_rolled_back_never_happened(cast: Cast) -> None:
    with watching() as watch:
        undone(lambda: Project.objects.filter(key="HARBOR").update(name="Other"))
        with transaction.atomic():
            pass
    assert not watch.changed


@pytest.mark.django_db
def test_an_entry_that_was_rolled_back_tells_nothing(world: World) -> None:
    with watching() as watch:
        Project.objects.filter(key="HARBOR").update(name="Other")
        undone(lambda: receive(world))
    assert watch.untold == ["registry_project"]


@pytest.mark.django_db
def test_a_step_that_tells_is_let_through(cast: Cast) -> None:
    with watching() as watch:
        people.deactivate(cast["dora"], reason="Left", principal=cast.principal("adam"), project=cast.project)
    assert watch.changed
    assert watch.untold == []


def quiet_change(request: HttpRequest) -> HttpResponse:
    """An address that a careless hand might write."""
    Project.objects.filter(key="HARBOR").update(name="Other")
    return HttpResponse()


urlpatterns = [path("quiet/", quiet_change, name="quiet")]


@pytest.mark.django_db
@pytest.mark.urls(__name__)
def test_a_request_of_any_test_is_watched(cast: Cast) -> None:
    with pytest.raises(UntoldChange, match="POST quiet"):
        Client().post("/quiet/")


@pytest.mark.django_db
def test_a_job_of_any_test_is_watched(world: World) -> None:
    submission = receive(world)
    with pytest.raises(UntoldChange, match="registry_project"), jobs.taken(str(submission.job_id)):
        Project.objects.filter(key="HARBOR").update(name="Other")


@pytest.mark.django_db
def test_a_command_of_ours_is_watched(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    class Quiet(BaseCommand):
        requires_system_checks: list[str] = []

        def handle(self, *args: object, **options: object) -> None:
            Project.objects.filter(key="HARBOR").update(name="Other")

    monkeypatch.setattr(Quiet, "__module__", "registry.management.commands.quiet")
    with pytest.raises(UntoldChange, match="command registry"):
        Quiet().run_from_argv(["manage.py", "quiet", "--traceback"])


def test_columns_of_a_statement_are_read_and_rows_have_none() -> None:
    update = 'UPDATE "registry_user" SET "last_login" = %s, "is_active" = %s WHERE "x"."id" = %s'
    assert columns_of(update) == {"last_login", "is_active"}
    assert columns_of('DELETE FROM "registry_user" WHERE "id" = %s') == frozenset()
    assert connection.vendor in ("sqlite", "postgresql")


def test_the_addresses_that_change_something_are_found() -> None:
    acts = acts_of_the_site()
    assert {("release_submit", "post"), ("api-artifact", "put"), ("api-release", "patch")} <= acts
    assert not {name for name, _ in acts} & set(CLOSED)
    assert ("release_diff", "post") not in acts
    assert ("account_change_password", "post") in acts


def test_an_address_that_nobody_was_seen_to_use_is_named() -> None:
    everything = acts_of_the_site()
    assert unseen(everything) == []
    assert unseen(everything - {("release_submit", "post")}) == [("release_submit", "post")]


def test_a_form_that_leads_nowhere_proves_nothing() -> None:
    assert is_proved("release_submit", changed=True)
    assert not is_proved("release_submit", changed=False)
    assert is_proved("account_login", changed=False)


def test_every_reason_belongs_to_an_address() -> None:
    assert set(CHANGES_NOTHING) <= {name for name, _ in acts_of_the_site()} | {"pack_verify"}
    assert "None" not in {name for name, _ in acts_of_the_site()}
