"""What a session without its person, a log file or a mailbox of somebody else could turn into a signature."""

import io
import logging
import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from evidence.models import LedgerEntry, LedgerPayload
from registry import checks
from registry.access import people
from registry.models import User
from tests.cast import PASSWORD, Cast

NEW = "a quite different password"
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def left_open(cast: Cast) -> Client:
    """The browser that Maren left open."""
    client = Client()
    client.force_login(cast["maren"], backend=BACKEND)
    return client


@pytest.mark.parametrize("name", ["account_email", "account_email_verification_sent", "account_set_password"])
def test_mallory_at_marens_desk_moves_no_mail_address(left_open: Client, name: str) -> None:
    """With it he would get a link for a new password, and sign with that."""
    url = reverse(name)
    assert left_open.get(url).status_code == 404
    added = left_open.post(url, {"email": "mallory@example.org", "action_add": ""})
    assert added.status_code == 404
    assert User.objects.get(username="maren").email == "maren@example.org"


def test_nobody_confirms_an_address(client: Client) -> None:
    assert client.get(reverse("account_confirm_email", kwargs={"key": "x"})).status_code == 404


def test_nobody_signs_up(client: Client, db: None) -> None:
    body = {"username": "mallory2", "email": "m@example.org", "password1": NEW, "password2": NEW}
    client.post(reverse("account_signup"), body)
    assert not User.objects.filter(username="mallory2").exists()


def test_a_changed_password_is_told(left_open: Client) -> None:
    body = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    assert left_open.post(reverse("account_change_password"), body).status_code == 302
    assert told() == [{"by": "old password"}]


def test_a_password_set_by_mail_is_told_and_its_link_is_ours(
    client: Client, cast: Cast, settings: Settings
) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.PUBLIC_URL = "https://benchseal.example"
    body = {"email": "maren@example.org"}
    client.post(reverse("account_reset_password"), body, headers={"Host": "mallory.example"})
    text = str(mail.outbox[0].body)
    assert "https://benchseal.example/accounts/password/reset/key/" in text
    link = re.search(r"https://benchseal\.example(/\S+)", text)
    assert link is not None
    form = client.get(link.group(1), follow=True)
    address = form.request["PATH_INFO"]
    client.post(address, {"password1": NEW, "password2": NEW})
    assert User.objects.get(username="maren").check_password(NEW)
    assert told() == [{"by": "link sent by mail"}]


def test_an_unknown_address_is_answered_as_a_known_one(client: Client, cast: Cast) -> None:
    url = reverse("account_reset_password")
    known = client.post(url, {"email": "maren@example.org"})
    unknown = client.post(url, {"email": "nobody@example.org"})
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])


def test_a_pipeline_never_logs_in(client: Client, cast: Cast) -> None:
    service = people.make_service_account(
        account="ci-bot", printed_name="CI", project=cast.project, principal=cast.principal("ines")
    )
    service.set_password(PASSWORD)  # as by a link sent to the address of Ines, which it shares
    service.save()
    client.post(reverse("account_login"), {"login": "ci-bot", "password": PASSWORD})
    assert "_auth_user_id" not in client.session


def test_login_sends_nobody_to_another_site(client: Client, cast: Cast) -> None:
    body = {"login": "maren", "password": PASSWORD, "next": "https://mallory.example/"}
    answer = client.post(reverse("account_login"), body)
    assert answer.status_code == 302
    assert answer["Location"].startswith("/")
    assert not answer["Location"].startswith("//")


def test_login_gives_a_new_session(client: Client, cast: Cast) -> None:
    planted = client.session
    planted["planted"] = True
    planted.save()
    before = planted.session_key
    client.post(reverse("account_login"), {"login": "maren", "password": PASSWORD})
    assert client.session.session_key != before


def test_a_log_holds_no_link_that_still_works(
    client: Client, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Gus, who reads the logs, would come in as Vera."""
    link = people.invite(
        project=cast.project,
        email="vera@example.org",
        printed_name="Vera Example",
        role="validator",
        reason="Asked for by a test",
        principal=cast.principal("adam"),
    )
    lines = _lines(monkeypatch)
    address = reverse("invitation", args=[str(link.invitation.pk), link.secret])
    weak = client.post(address, {"account": "vera", "password": "short", "repeated": "short"})
    assert weak.status_code == 422
    client.get("/accounts/password/reset/key/0-topsecret/x")
    assert f"/invitations/{link.invitation.pk}/[secret]" in lines.getvalue()
    assert link.secret not in lines.getvalue()
    assert "topsecret" not in lines.getvalue()


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("DEBUG", True, "registry.E005"),
        ("ALLOWED_HOSTS", ["*"], "registry.E006"),
        ("EMAIL_BACKEND", "django.core.mail.backends.console.EmailBackend", "registry.E007"),
    ],
)
def test_production_refuses_what_hands_out_secrets(
    settings: Settings, name: str, value: object, found: str
) -> None:
    setattr(settings, name, value)
    problems = [problem for problem in checks.profile_is_production() if problem.id == found]
    assert [problem.is_serious() for problem in problems] == [True]


def told() -> list[dict[str, str]]:
    """What the ledger says of new passwords."""
    entries = LedgerEntry.objects.filter(kind="user.password_changed").values("pk")
    rows = LedgerPayload.objects.filter(entry__in=entries)
    return [_new(bytes(row.body)) for row in rows]


def _new(body: bytes) -> dict[str, str]:
    found = re.search(rb'"new":\{"by":"([^"]+)"\}', body)
    assert found is not None, body
    return {"by": found.group(1).decode()}


def _lines(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """What the log handler of the settings writes."""
    lines = io.StringIO()
    handler = next(one for one in logging.getLogger().handlers if one.name == "stderr")
    monkeypatch.setattr(handler, "stream", lines)
    return lines
