"""An empty installation becomes usable once; a second call says what exists and changes nothing."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from evidence.models import LedgerEntry
from evidence.signing import fingerprint, published_keys
from registry import installation
from registry.access import policy
from registry.access.roles import Role
from registry.errors import Conflict
from registry.installation import FirstPerson
from registry.models import Organisation, Project, RoleGrant, User

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery staple"
WHO = ("--account=adam", "--printed-name=Adam Example", "--email=adam@example.org")
MADE = {"keys.made", "organisation.made", "project.made", "user.made", "grant.given"}


@pytest.fixture(autouse=True)
def _administrator_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHSEAL_ADMIN_PASSWORD", PASSWORD)


@pytest.fixture
def keyless(settings: Settings, tmp_path: Path) -> Path:
    settings.KEYS_DIR = tmp_path / "keys"
    return tmp_path / "keys"


def bootstrap(*arguments: str) -> str:
    said = StringIO()
    call_command("bootstrap", "--project=HARBOR", "--name=Claims models", *arguments, stdout=said)
    return said.getvalue()


def test_an_empty_installation_gets_keys_a_project_and_an_administrator(keyless: Path) -> None:
    said = bootstrap(*WHO)
    adam = User.objects.get(username="adam")
    assert adam.check_password(PASSWORD)
    assert policy.roles_of(adam, Project.objects.get(key="HARBOR")) == {Role.ADMIN}
    assert fingerprint() in said
    assert PASSWORD not in said
    assert (keyless / "pack.key.pem").stat().st_mode & 0o777 == 0o600


def test_each_thing_it_makes_is_in_the_ledger_in_the_name_of_the_operator() -> None:
    bootstrap(*WHO)
    entries = LedgerEntry.objects.values_list("kind", "actor_id", "channel")
    assert {kind for kind, _, _ in entries} == MADE
    assert {(actor, channel) for _, actor, channel in entries} == {("operator", "cli")}


def test_a_second_call_says_what_exists_and_changes_nothing(keyless: Path) -> None:
    bootstrap(*WHO)
    before = {path.name: path.read_bytes() for path in keyless.iterdir()}
    entries = LedgerEntry.objects.count()
    said = bootstrap("--account=eve", "--printed-name=Eve", "--email=eve@example.org")
    assert "nothing was changed" in said
    assert "adam administers HARBOR" in said
    assert {path.name: path.read_bytes() for path in keyless.iterdir()} == before
    assert (Organisation.objects.count(), User.objects.count()) == (1, 1)
    assert LedgerEntry.objects.count() == entries


def test_a_set_up_that_stopped_after_the_keys_is_finished(keyless: Path) -> None:
    installation.make_keys()
    assert "Keys exist" in bootstrap(*WHO)
    assert LedgerEntry.objects.filter(kind="keys.made").count() == 1
    assert Project.objects.filter(key="HARBOR").exists()


def test_keys_that_were_made_without_their_entry_are_told_later() -> None:
    installation.make_keys()
    assert LedgerEntry.objects.filter(kind="keys.made").count() == 1


def test_an_external_time_authority_is_published_as_such(keyless: Path, settings: Settings) -> None:
    settings.TSA_URL = "https://tsa.example"
    installation.make_keys()
    assert published_keys()["time_authority"] == "external"


def test_a_weak_password_makes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHSEAL_ADMIN_PASSWORD", "password")
    with pytest.raises(CommandError, match="password: This password is too short"):
        bootstrap(*WHO)
    assert not Organisation.objects.exists()
    assert not User.objects.exists()


def test_without_a_terminal_what_is_missing_is_named() -> None:
    with pytest.raises(CommandError, match="--email is missing"):
        bootstrap("--account=adam", "--printed-name=Adam Example")


def test_a_password_is_never_an_argument() -> None:
    with pytest.raises(CommandError, match="unrecognized arguments: --password"):
        bootstrap(*WHO, "--password=secret")


def test_a_malformed_project_key_is_named_with_its_field() -> None:
    with pytest.raises(CommandError, match="key: A project key has 2 to 12 characters"):
        call_command("bootstrap", "--project=harbor", "--name=x", *WHO)


def test_a_set_up_installation_is_not_set_up_again() -> None:
    bootstrap(*WHO)
    person = FirstPerson("eve", "Eve Example", "eve@example.org", PASSWORD)
    with pytest.raises(Conflict):
        installation.set_up(
            organisation="Other", project_key="OTHER", project_name="Other", administrator=person
        )


def test_a_further_project_gets_an_administrator_who_exists() -> None:
    bootstrap(*WHO)
    call_command("make_project", "METRO", "Translation review", "--admin=adam", stdout=StringIO())
    grant = RoleGrant.objects.get(project__key="METRO")
    assert (grant.user.username, grant.role, grant.granted_by) == ("adam", "admin", None)


def test_a_further_project_needs_a_person_who_exists() -> None:
    bootstrap(*WHO)
    with pytest.raises(CommandError, match="No person has the account name eve"):
        call_command("make_project", "METRO", "Translation review", "--admin=eve")
    assert not Project.objects.filter(key="METRO").exists()
