"""A second factor comes and goes with an entry; passwords set on the server, too."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from evidence import clock
from evidence.canonical import parse_record
from evidence.models import LedgerEntry
from registry.access import factor_entries, totp
from registry.models import User
from tests.cast import PASSWORD, Cast
from tests.codes import code_of

pytestmark = pytest.mark.django_db

NEW = "a quiet morning by the harbour"


@pytest.fixture
def client(cast: Cast) -> Client:
    """Ines, just logged in with her password."""
    client = Client()
    answer = client.post("/accounts/login/", {"login": "ines", "password": PASSWORD})
    assert answer.status_code == 302
    answer = client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    assert answer.status_code == 302
    return client


def told(cast: Cast, account: str = "ines") -> list[tuple[str, str]]:
    """Kind and factor of the entries about somebody's factors, in order."""
    entries = LedgerEntry.objects.filter(
        subject=f"user:{cast[account].pk}", kind__startswith="user.factor"
    ).order_by("pk")
    bodies: list[Any] = [parse_record(bytes(entry.payload.body)) for entry in entries]
    return [(entry.kind, body["new"]["factor"]) for entry, body in zip(entries, bodies, strict=True)]


def add_totp(client: Client) -> None:
    client.get("/accounts/2fa/totp/activate/")
    code = totp.code_at(client.session["mfa.totp.secret"], totp.step_of(clock.now()))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code}).status_code == 302


def test_adding_and_removing_a_factor_is_told(client: Client, cast: Cast) -> None:
    add_totp(client)
    assert told(cast) == [("user.factor_added", "totp"), ("user.factor_added", "recovery_codes")]
    assert client.post("/accounts/2fa/recovery-codes/generate/").status_code == 302
    anew = [("user.factor_removed", "recovery_codes"), ("user.factor_added", "recovery_codes")]
    assert told(cast)[2:] == anew
    assert client.post("/accounts/2fa/totp/deactivate/").status_code == 302
    assert ("user.factor_removed", "totp") in told(cast)


def test_a_login_asks_for_the_code_of_the_device(client: Client, cast: Cast) -> None:
    add_totp(client)
    assert client.post("/accounts/logout/").status_code == 302
    asked = client.post("/accounts/login/", {"login": "ines", "password": PASSWORD})
    assert asked.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert client.get("/queue/").status_code == 302
    entered = client.post("/accounts/2fa/authenticate/", {"code": code_of(cast["ines"])})
    assert entered.status_code == 302
    assert client.get("/queue/").status_code == 200
    again = client.post("/accounts/2fa/reauthenticate/", {"code": code_of(cast["ines"])})
    assert again.status_code == 302
    assert [kind for kind, _ in told(cast)] == ["user.factor_added"] * 2


def test_a_passkey_goes_with_an_entry(client: Client, cast: Cast) -> None:
    add_totp(client)
    made = Authenticator.objects.create(
        user=cast["ines"], type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "credential": {}}
    )
    assert client.post(f"/accounts/2fa/webauthn/keys/{made.pk}/remove/").status_code == 302
    assert told(cast)[-1] == ("user.factor_removed", "webauthn")


def test_whatever_a_view_adds_is_told(cast: Cast, rf: RequestFactory) -> None:
    def adds(request: HttpRequest) -> HttpResponse:
        Authenticator.objects.create(
            user=cast["ines"], type=Authenticator.Type.WEBAUTHN, data={"name": "Phone", "credential": {}}
        )
        return HttpResponse()

    request = rf.post("/")
    request.user = cast["ines"]
    factor_entries.told(adds)(request)
    assert told(cast) == [("user.factor_added", "webauthn")]


def test_a_wrong_code_changes_and_tells_nothing(client: Client, cast: Cast) -> None:
    client.get("/accounts/2fa/totp/activate/")
    assert client.post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 200
    assert told(cast) == []


def test_nobody_who_is_not_logged_in_adds_a_factor(cast: Cast) -> None:
    assert Client().post("/accounts/2fa/totp/activate/", {"code": "000000"}).status_code == 302
    assert told(cast) == []


def test_a_password_set_on_the_server_is_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BENCHSEAL_NEW_PASSWORD", NEW)
    out = StringIO()
    call_command("changepassword", "ines", stdout=out)
    assert User.objects.get(username="ines").check_password(NEW)
    entry = LedgerEntry.objects.get(subject=f"user:{cast['ines'].pk}", kind="user.password_changed")
    assert (entry.kind, entry.actor_id, entry.channel) == ("user.password_changed", "operator", "cli")
    assert NEW.encode() not in bytes(entry.payload.body)
    assert NEW not in out.getvalue()


@pytest.mark.parametrize(
    ("account", "password", "says"),
    [("nobody", NEW, "No person has the account nobody"), ("ines", "short", "password")],
)
def test_what_changes_no_password(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, account: str, password: str, says: str
) -> None:
    monkeypatch.setenv("BENCHSEAL_NEW_PASSWORD", password)
    with pytest.raises(CommandError, match=says):
        call_command("changepassword", account)
    assert cast["ines"].check_password(PASSWORD)


def test_without_a_terminal_the_variable_is_named(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BENCHSEAL_NEW_PASSWORD", raising=False)
    monkeypatch.setattr("sys.stdin", StringIO())
    with pytest.raises(CommandError, match="BENCHSEAL_NEW_PASSWORD"):
        call_command("changepassword", "ines")


def test_nobody_is_made_a_superuser() -> None:
    with pytest.raises(CommandError, match="bootstrap"):
        call_command("createsuperuser", username="root", email="root@example.org", noinput=True)
    assert not User.objects.filter(username="root").exists()
