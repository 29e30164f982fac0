"""Delegations over HTTP: delegate, accept, sign for somebody, end; strangers learn nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from rest_framework.test import APIClient

from approvals.models import Delegation, Signature
from evidence import clock
from tests.approvals.api.conftest import BASE, Desk, problem
from tests.approvals.deputising import REASON
from tests.cast import PASSWORD

LIST = f"{BASE}/delegations"


def body(desk: Desk, **changes: Any) -> dict[str, Any]:
    """What Maren sends to let Dora validate for a week."""
    ends_at = (clock.now() + timedelta(days=7)).isoformat()
    return {"delegate": "dora", "stage": "3", "ends_at": ends_at, "reason": REASON, **changes}


def post(desk: Desk, account: str, address: str, data: Any = None) -> Any:
    return desk.client(account).post(address, data or {}, content_type="application/json")


def test_from_the_wish_to_the_signature(submitted: Desk) -> None:
    submitted.signed("1", "2")
    made = post(submitted, "maren", LIST, body(submitted, release=submitted.release))
    assert made.status_code == 201, made.content
    one = made.json()
    assert (one["delegator"], one["delegate"], one["state"], one["role"], one["release"]) == (
        "maren",
        "dora",
        "waiting",
        "validator",
        submitted.release,
    )
    accepted = post(submitted, "dora", f"{LIST}/{one['id']}/accept")
    assert (accepted.status_code, accepted.json()["state"]) == (200, "accepted")

    (item,) = submitted.client("dora").get("/api/v1/me/queue").json()["waiting_for_me"]
    assert (item["may_sign"], item["delegation"]["delegator"]) == (True, "maren")
    shown = submitted.get("dora", "/stages/3/view").json()
    assert shown["refusal"]["code"] == "role_missing"
    assert [row["id"] for row in shown["delegations"]] == [one["id"]]

    opened = submitted.post("dora", "/stages/3/view", {"delegation": one["id"]}).json()
    assert opened["view"]["for"]["printed_name"] == "Maren Example"
    sent = {
        "view_digest": opened["digest"],
        "challenge": opened["challenge"]["id"],
        "account": "dora",
        "password": PASSWORD,
        "delegation": one["id"],
    }
    signed = submitted.post("dora", "/stages/3/signatures", sent)
    assert signed.status_code == 201, signed.content
    assert signed.json()["signature"]["on_behalf_of"] == {
        "id": str(submitted.cast["maren"].pk),
        "account": "maren",
        "printed_name": "Maren Example",
        "delegation": one["id"],
    }
    ended = post(submitted, "maren", f"{LIST}/{one['id']}/end", {"reason": REASON})
    assert (ended.status_code, ended.json()["state"], ended.json()["ended_by"]) == (200, "revoked", "maren")
    again = post(submitted, "adam", f"{LIST}/{one['id']}/end", {"reason": REASON})
    assert problem(again, 409, "delegation_closed")["reason_code"] == "delegation_ended"
    assert submitted.get("audra", "/stages").status_code == 200


def test_a_dialog_without_the_delegation_signs_as_oneself(submitted: Desk) -> None:
    submitted.signed("1", "2")
    one = post(submitted, "maren", LIST, body(submitted)).json()
    post(submitted, "dora", f"{LIST}/{one['id']}/accept")
    opened = submitted.post("dora", "/stages/3/view", {"delegation": one["id"]}).json()
    sent = {
        "view_digest": opened["digest"],
        "challenge": opened["challenge"]["id"],
        "account": "dora",
        "password": PASSWORD,
    }
    refused = problem(submitted.post("dora", "/stages/3/signatures", sent), 403, "signing_refused")
    assert refused["reason_code"] == "role_missing"
    assert not Signature.objects.filter(stage__code="3").exists()


def test_a_delegate_releases_with_the_delegation_alone(approved: Desk) -> None:
    one = post(approved, "pia", LIST, body(approved, delegate="fay", stage="6")).json()
    post(approved, "fay", f"{LIST}/{one['id']}/accept")
    asked = {"action": "release", "delegation": one["id"]}
    assert problem(approved.post("fay", "/stages/6/view", {"action": "release"}), 403, "permission_missing")
    opened = approved.post("fay", "/stages/6/view", asked).json()
    sent = {
        "view_digest": opened["digest"],
        "challenge": opened["challenge"]["id"],
        "account": "fay",
        "password": PASSWORD,
    }
    problem(approved.post("fay", "/release", sent), 403, "permission_missing")
    released = approved.post("fay", "/release", {**sent, "delegation": one["id"]})
    assert (released.status_code, released.json()["state"]) == (201, "released")


def test_nobody_finds_accounts_by_delegating(desk: Desk) -> None:
    """Mallory works on another project; for Maren she is as unknown as a name that nobody has."""
    answers = [post(desk, "maren", LIST, body(desk, delegate=name)) for name in ("mallory", "gus", "nobody")]
    assert {answer.status_code for answer in answers} == {422}
    codes = [answer.json()["errors"][0]["code"] for answer in answers]
    assert len(set(codes)) == 1


def test_a_stranger_and_a_wrong_project_get_404(desk: Desk) -> None:
    one = post(desk, "maren", LIST, body(desk)).json()
    elsewhere = f"/api/v1/projects/ELSEWHERE/delegations/{one['id']}"
    for account in ("mallory", "sue", "gus"):
        assert desk.client(account).get(LIST).status_code == 404
        for act in ("accept", "decline", "end"):
            assert post(desk, account, f"{LIST}/{one['id']}/{act}", {"reason": REASON}).status_code == 404
    for act in ("decline", "end"):
        assert post(desk, "mallory", f"{elsewhere}/{act}", {"reason": REASON}).status_code == 404
    assert desk.client("mallory").get("/api/v1/me/delegations").json()["items"] == []
    assert Delegation.objects.get().ended_at is None


def test_each_side_sees_its_own_and_the_project_sees_all(desk: Desk) -> None:
    post(desk, "maren", LIST, body(desk))
    post(desk, "ruth", LIST, body(desk, delegate="fay", stage="5"))
    own = {
        account: [row["stage"] for row in desk.client(account).get("/api/v1/me/delegations").json()["items"]]
        for account in ("maren", "dora", "ruth", "fay", "pia")
    }
    assert own == {"maren": ["3"], "dora": ["3"], "ruth": ["5"], "fay": ["5"], "pia": []}
    assert [row["stage"] for row in desk.client("audra").get(LIST).json()["items"]] == ["5", "3"]


def test_a_token_reads_delegations_and_makes_none(desk: Desk, with_token: Callable[..., APIClient]) -> None:
    post(desk, "maren", LIST, body(desk))
    token = with_token("ines", "project:read")
    assert len(token.get(LIST).json()["items"]) == 1
    assert token.get("/api/v1/me/delegations").json()["items"] == []
    problem(token.post(LIST, body(desk), format="json"), 403, "session_required")


def test_a_delegation_that_was_declined_is_over(desk: Desk) -> None:
    one = post(desk, "maren", LIST, body(desk)).json()
    declined = post(desk, "dora", f"{LIST}/{one['id']}/decline", {"reason": REASON})
    assert (declined.status_code, declined.json()["state"]) == (200, "declined")
    assert post(desk, "dora", f"{LIST}/{one['id']}/accept").status_code == 409
