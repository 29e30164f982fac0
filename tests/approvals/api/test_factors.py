"""Fresh credentials with a second factor: what a tier asks, what counts as proof, and what locks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.cache import cache
from fido2.utils import websafe_decode
from rest_framework.test import APIClient

from approvals import accountability, lock_alerts
from approvals.models import Acceptance, Policy, Release, Signature, SigningFailure
from evidence import jobs
from evidence.actors import SYSTEM
from evidence.models import Job, LedgerEntry
from evidence.statements import payload_of
from registry.access import people, recoveries
from registry.access.roles import Role
from registry.models import Run
from tests.approvals.api.conftest import ANSWERS, Desk, give, linked, opened, problem
from tests.cast import PASSWORD
from tests.codes import code_of, enrol, wrong_code
from tests.soft_passkey import PRESENT, SoftPasskey

__all__ = ["linked"]
SIGN = "/stages/1/signatures"
VIEW = "/stages/1/view"
HIGH = ANSWERS | {"domain": "insurance"}


@pytest.fixture
def high(linked: Desk) -> Desk:
    """A release of tier High that waits for Ines, who has no second factor yet."""
    return linked.world.reached("high desk", lambda: _high(linked), given=linked.release)


def _high(linked: Desk) -> Desk:
    assert linked.client("ines").patch(
        linked.address, {"tier_answers": HIGH}, content_type="application/json"
    ).status_code in (200, 204)
    assert linked.post("ines", "/submit").status_code == 200
    assert Release.objects.get().tier == "high"
    return linked


@pytest.fixture
def ines(high: Desk) -> Desk:
    """The same; Ines has an authenticator."""
    enrol(high.cast["ines"])
    return high


def methods(signature_id: str) -> list[dict[str, str]]:
    """The authentication that the statement tells of."""
    statement = json.loads(payload_of(bytes(Signature.objects.get(pk=signature_id).statement.envelope)))
    found: list[dict[str, str]] = statement["predicate"]["authentication"]
    return found


def test_a_tier_asks_for_password_and_code_and_the_statement_tells_of_both(ines: Desk) -> None:
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["ines"])}
    signed = ines.post("ines", SIGN, body)
    assert signed.status_code == 201, signed.content
    signature = signed.json()["signature"]
    assert signature["methods"] == ["account-and-password", "totp"]
    told = methods(signature["id"])
    assert [one["method"] for one in told] == ["account-and-password", "totp"]
    assert all(set(one) == {"method", "at"} for one in told)
    assert not SigningFailure.objects.exists()


def test_a_lower_tier_does_not_ask(linked: Desk) -> None:
    assert linked.post("ines", "/submit").status_code == 200
    opened_dialog = linked.post("ines", VIEW).json()
    assert opened_dialog["credentials"] == {
        "components": ["account", "password"],
        "series": None,
        "passkey": None,
    }
    assert linked.sign("ines", "1").json()["signature"]["methods"] == ["account-and-password"]


def test_a_policy_recorded_before_does_not_ask(high: Desk) -> None:
    policy = Policy.objects.get()
    older = {
        tier: {k: v for k, v in rules.items() if k != "second_factor"} for tier, rules in policy.tiers.items()
    }
    Policy.objects.update(tiers=older)
    assert high.sign("ines", "1").status_code == 201


def test_without_a_factor_the_dialog_says_where_to_add_one(high: Desk) -> None:
    shown = high.get("ines", VIEW).json()
    assert shown["may_sign"] is False
    assert shown["refusal"]["code"] == "factor_missing"
    assert shown["refusal"]["page"] == "/accounts/2fa/"
    refused = problem(high.post("ines", VIEW), 403, "signing_refused")
    assert (refused["reason_code"], refused["page"]) == ("factor_missing", "/accounts/2fa/")


def test_a_factor_removed_while_the_dialog_is_open_is_missed(ines: Desk) -> None:
    passkey = SoftPasskey().belongs_to(ines.cast["ines"])
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["ines"])}
    Authenticator.objects.all().delete()
    problem(ines.post("ines", SIGN, body), 403, "credentials_refused")
    passkey.belongs_to(ines.cast["ines"])
    assert not Signature.objects.exists()


@pytest.mark.parametrize(
    ("left_out", "missing"),
    [
        (["code"], ["second_factor"]),
        (["password"], ["password"]),
        (["account"], ["account"]),
        (["account", "password", "code"], ["account", "password", "second_factor"]),
    ],
)
def test_what_is_left_out_is_named_and_is_no_failure(
    ines: Desk, left_out: list[str], missing: list[str]
) -> None:
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["ines"])}
    sent = {name: value for name, value in body.items() if name not in left_out}
    refused = problem(ines.post("ines", SIGN, sent), 403, "credentials_incomplete")
    assert refused["missing"] == missing
    assert not SigningFailure.objects.exists()
    assert ines.post("ines", SIGN, body).status_code == 201


@pytest.mark.parametrize("wrong", [{"code": wrong_code()}, {"password": "wrong"}, {"account": "tobias"}])
def test_a_wrong_component_is_a_failure_and_is_not_named(ines: Desk, wrong: dict[str, str]) -> None:
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["ines"])}
    refused = problem(ines.post("ines", SIGN, body | wrong), 403, "credentials_refused")
    assert "account name or the password or the code is wrong" in refused["detail"]
    assert SigningFailure.objects.count() == 1
    assert LedgerEntry.objects.filter(kind="signature.refused").count() == 1
    # The right code was not used up by a wrong password: typed again, it signs.
    assert ines.post("ines", SIGN, body).status_code == 201


def test_a_code_does_not_sign_twice(ines: Desk) -> None:
    code = code_of(ines.cast["ines"])
    assert ines.post("ines", SIGN, ines.dialog("ines", "1") | {"code": code}).status_code == 201
    next_release(ines)
    body = ines.dialog("ines", "1") | {"code": code}
    assert "counts once" in problem(ines.post("ines", SIGN, body), 403, "credentials_refused")["next_step"]


def test_a_code_that_logged_in_does_not_sign(ines: Desk) -> None:
    cache.clear()  # where the login library counts attempts and codes
    code = code_of(ines.cast["ines"])
    client = ines.client("ines")
    client.logout()
    client.post("/accounts/login/", {"login": "ines", "password": PASSWORD})
    assert client.post("/accounts/2fa/authenticate/", {"code": code})["Location"] == "/queue/"
    body = ines.dialog("ines", "1") | {"code": code}
    problem(ines.post("ines", SIGN, body), 403, "credentials_refused")


def test_a_code_of_somebody_else_does_not_sign(ines: Desk) -> None:
    enrol(ines.cast["maren"], "MZXW6YTBOI======")
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["maren"])}
    problem(ines.post("ines", SIGN, body), 403, "credentials_refused")


def test_a_recovery_code_does_not_sign(ines: Desk) -> None:
    client = ines.client("ines")
    client.post("/accounts/reauthenticate/", {"password": PASSWORD, "next": "/"})
    client.post("/accounts/2fa/recovery-codes/generate/")
    row = Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)
    code = row.wrap().get_unused_codes()[0]
    problem(ines.post("ines", SIGN, ines.dialog("ines", "1") | {"code": code}), 403, "credentials_refused")
    Authenticator.objects.filter(type=Authenticator.Type.TOTP).delete()
    assert high_refusal(ines) == "factor_missing"


def test_a_passkey_signs_in_the_place_of_a_code(high: Desk) -> None:
    passkey = SoftPasskey().belongs_to(high.cast["ines"])
    body, challenge = asked(high)
    signed = high.post("ines", SIGN, body | {"passkey": passkey.assertion(challenge)})
    assert signed.status_code == 201, signed.content
    assert signed.json()["signature"]["methods"] == ["account-and-password", "passkey"]


def test_a_passkey_answers_for_one_dialog(high: Desk) -> None:
    passkey = SoftPasskey().belongs_to(high.cast["ines"])
    _, first = asked(high)
    body, second = asked(high)
    assert first != second
    refused = high.post("ines", SIGN, body | {"passkey": passkey.assertion(first)})
    assert "passkey" in problem(refused, 403, "credentials_refused")["detail"]
    assert high.post("ines", SIGN, body | {"passkey": passkey.assertion(second)}).status_code == 201


def test_a_passkey_without_its_user_verified_does_not_sign(high: Desk) -> None:
    passkey = SoftPasskey().belongs_to(high.cast["ines"])
    body, challenge = asked(high)
    answer = passkey.assertion(challenge, flags=PRESENT)
    problem(high.post("ines", SIGN, body | {"passkey": answer}), 403, "credentials_refused")


def test_a_passkey_alone_is_not_enough_outside_a_series(high: Desk) -> None:
    passkey = SoftPasskey().belongs_to(high.cast["ines"])
    body, challenge = asked(high)
    sent = {name: body[name] for name in ("view_digest", "challenge")}
    refused = high.post("ines", SIGN, sent | {"passkey": passkey.assertion(challenge)})
    assert problem(refused, 403, "credentials_incomplete")["missing"] == ["account", "password"]


def test_three_failures_lock_and_the_administrators_of_the_project_are_told(ines: Desk) -> None:
    body = ines.dialog("ines", "1")
    for _ in range(3):
        problem(ines.post("ines", SIGN, body | {"code": wrong_code()}), 403, "credentials_refused")
    right = body | {"code": code_of(ines.cast["ines"])}
    problem(ines.post("ines", SIGN, right), 403, "signing_locked")
    assert LedgerEntry.objects.filter(kind="signature.locked").count() == 1
    job = Job.objects.get(task=lock_alerts.TASK)
    with jobs.taken(str(job.pk)) as lease:
        assert lease is not None
        lock_alerts.tell(lease)
    assert [one.to for one in mail.outbox] == [["adam@example.org"]]
    assert "Ines Example (ines)" in mail.outbox[0].body


def test_no_token_opens_a_dialog_signs_or_accepts(ines: Desk, with_token: Callable[..., APIClient]) -> None:
    token = with_token("ines")
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["ines"])}
    for address in (ines.address + SIGN, ines.address + VIEW, "/api/v1/me/accountability"):
        problem(token.post(address, body, format="json"), 403, "session_required")
    problem(token.get("/api/v1/me/accountability"), 403, "session_required")


def test_a_recovery_waits_for_an_administrator(ines: Desk) -> None:
    recoveries.after_recovery_code(ines.cast["ines"], actor=SYSTEM)
    assert high_refusal(ines) == "recovery_unconfirmed"
    refused = problem(ines.post("ines", VIEW), 403, "signing_refused")
    assert refused["reason_code"] == "recovery_unconfirmed"
    assert "administrator" in refused["next_step"]


def test_an_open_dialog_signs_no_more_after_a_recovery_began(ines: Desk) -> None:
    body = ines.dialog("ines", "1") | {"code": code_of(ines.cast["ines"])}
    recoveries.after_recovery_code(ines.cast["ines"], actor=SYSTEM)
    refused = problem(ines.post("ines", SIGN, body), 403, "signing_refused")
    assert refused["reason_code"] == "recovery_unconfirmed"


def test_the_statement_is_accepted_once_before_the_first_signature(ines: Desk) -> None:
    vera = people.make_person(
        account="vera", printed_name="Vera Example", email="vera@example.org", password=PASSWORD, actor=SYSTEM
    )
    ines.cast.people["vera"] = vera
    give(ines, vera, Role.SUBMITTER)
    enrol(vera)
    refused = problem(ines.post("vera", VIEW), 403, "signing_refused")
    assert (refused["reason_code"], refused["page"]) == ("accountability_missing", "/account/accountability/")
    client = ines.client("vera")
    shown = client.get("/api/v1/me/accountability").json()
    assert shown == {"version": accountability.VERSION, "text": accountability.TEXT, "accepted_at": None}
    for _ in range(2):
        body = {"version": shown["version"]}
        accepted = client.post("/api/v1/me/accountability", body, content_type="application/json")
        assert accepted.status_code == 201
    assert Acceptance.objects.get(user=vera).text == accountability.TEXT
    entries = LedgerEntry.objects.filter(kind="user.accountability_accepted", subject=f"user:{vera.pk}")
    assert entries.count() == 1
    assert ines.post("vera", VIEW).status_code == 200


def test_another_version_is_not_accepted(ines: Desk) -> None:
    body = {"version": accountability.VERSION + 1}
    answer = ines.client("ines").post("/api/v1/me/accountability", body, content_type="application/json")
    assert problem(answer, 403, "signing_refused")["reason_code"] == "accountability_outdated"


def next_release(desk: Desk, answers: dict[str, Any] = HIGH) -> None:
    """Another release on the same evidence, submitted."""
    desk.release = opened(desk, title="Another one", tier_answers=answers)
    for body in (
        {"slot": "private_evaluation", "run": Run.objects.get().human_id},
        {"slot": "rollback", "rollback": desk.world.rollback.name},
        {"slot": "monitoring", "signal": str(desk.world.signal.pk)},
    ):
        assert desk.post("ines", "/links", body).status_code == 201
    assert desk.post("ines", "/submit").status_code == 200


def high_refusal(desk: Desk) -> str:
    """Why Ines may not sign stage 1."""
    code: str = desk.get("ines", VIEW).json()["refusal"]["code"]
    return code


def asked(desk: Desk) -> tuple[dict[str, Any], bytes]:
    """A dialog of Ines's: what she sends, and what her passkey is asked."""
    shown = desk.post("ines", VIEW).json()
    body = {
        "view_digest": shown["digest"],
        "challenge": shown["challenge"]["id"],
        "account": "ines",
        "password": PASSWORD,
    }
    return body, websafe_decode(shown["credentials"]["passkey"]["publicKey"]["challenge"])
