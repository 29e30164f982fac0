"""Waivers over HTTP: a pipeline may ask, a person in a session decides."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from evidence import clock
from evidence.canonical import utc_text
from evidence.digests import digest_of
from registry.access.roles import Role
from tests.approvals.api.conftest import BASE, REASON, Desk, give, problem
from tests.cast import PASSWORD
from tests.waivers import MEASURE
from tests.world import admit_run

WAIVERS = f"{BASE}/waivers"


def body(**changes: Any) -> dict[str, Any]:
    """What Tobias asks for."""
    return {
        "gate": "GATE_MONITORING",
        "owner": "tobias",
        "measure": MEASURE,
        "reason": REASON,
        "expires_at": utc_text(clock.now() + timedelta(days=30)),
        **changes,
    }


@pytest.fixture
def unwatched(desk: Desk) -> Desk:
    """A draft that lacks its signal alone."""
    run = admit_run(desk.world)
    for link in (
        {"slot": "private_evaluation", "run": run.human_id},
        {"slot": "rollback", "rollback": desk.world.rollback.name},
    ):
        assert desk.post("ines", "/links", link).status_code == 201
    give(desk, desk.cast["gus"], Role.COMPLIANCE_REVIEWER)
    return desk


def ask(desk: Desk, **changes: Any) -> dict[str, Any]:
    made = desk.post("tobias", "/waivers", body(**changes))
    assert made.status_code == 201, made.content
    answer: dict[str, Any] = made.json()
    assert made["Location"] == f"{WAIVERS}/{answer['human_id']}"
    return answer


def send(desk: Desk, account: str, path: str, sent: dict[str, Any]) -> Any:
    return desk.client(account).post(f"{WAIVERS}/{path}", sent, content_type="application/json")


def decide(desk: Desk, waiver: str, action: str = "approve", *, by: str = "ruth", comment: str = "") -> Any:
    """Open the dialog, then sign what it showed."""
    opened = send(desk, by, f"{waiver}/dialog", {"action": action})
    assert opened.status_code == 200, opened.content
    shown = opened.json()
    assert digest_of(shown["record"]) == shown["digest"]
    assert shown["credentials"]["components"] == ["account", "password"]
    signed = {"account": by, "password": PASSWORD, "challenge": shown["challenge"]["id"]}
    return send(
        desk,
        by,
        f"{waiver}/decision",
        {**signed, "action": action, "record": shown["digest"], "comment": comment},
    )


def test_from_a_failing_gate_to_one_that_is_waived_renewed_and_closed(unwatched: Desk) -> None:
    made = ask(unwatched)
    assert (made["state"], made["decision"], made["finding"]["state"]) == ("requested", None, "fail")
    approved = decide(unwatched, made["human_id"])
    assert approved.status_code == 201, approved.content
    assert (approved.json()["state"], approved.json()["decision"]["signer"]) == ("active", "ruth")
    gates = unwatched.get("ines", "/gates").json()
    assert gates["passes"] is True
    (gate,) = [gate for gate in gates["gates"] if gate["state"] == "waived"]
    assert gate["facts"]["waiver"] == made["human_id"]
    stages = unwatched.get("ines", "/stages").json()["stages"]
    assert {stage["code"]: stage["needed"] for stage in stages}["5"] == 2
    terms = {name: value for name, value in body().items() if name != "gate"}
    renewal = send(unwatched, "tobias", f"{made['human_id']}/renewals", terms).json()
    assert (renewal["renewal"], renewal["renewal_of"]) == (1, made["human_id"])
    decide(unwatched, renewal["human_id"], by="gus")
    closed = send(unwatched, "ruth", f"{renewal['human_id']}/close", {"reason": REASON})
    assert (closed.json()["state"], closed.json()["end"]["by"]) == ("closed", "ruth")
    listed = unwatched.client("audra").get(WAIVERS, {"release": unwatched.release}).json()["items"]
    assert [(row["human_id"], row["state"]) for row in listed] == [
        (renewal["human_id"], "closed"),
        (made["human_id"], "closed"),
    ]


def test_a_rejection_is_signed_with_its_reason(unwatched: Desk) -> None:
    made = ask(unwatched)
    problem(decide(unwatched, made["human_id"], "reject", comment="No."), 422, "fields_invalid")
    rejected = decide(unwatched, made["human_id"], "reject", comment=REASON).json()
    assert (rejected["state"], rejected["decision"]["comment"]) == ("rejected", REASON)


def test_a_token_asks_and_never_decides(unwatched: Desk, with_token: Callable[..., APIClient]) -> None:
    client = with_token("ines", "waiver:request", "project:read")
    made = client.post(f"{unwatched.address}/waivers", body(), format="json")
    assert made.status_code == 201, made.content
    waiver = f"{WAIVERS}/{made.json()['human_id']}"
    for path in ("dialog", "decision", "close"):
        problem(client.post(f"{waiver}/{path}", {}, format="json"), 403, "session_required")


def test_who_asked_is_told_why_another_decides(unwatched: Desk) -> None:
    give(unwatched, unwatched.cast["tobias"], Role.COMPLIANCE_REVIEWER)
    waiver = ask(unwatched)["human_id"]
    refused = problem(
        send(unwatched, "tobias", f"{waiver}/dialog", {"action": "approve"}), 403, "signing_refused"
    )
    assert refused["reason_code"] == "conflict_requester"


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"gate": "GATE_OWNER"}, 422, "fields_invalid"),
        ({"gate": "GATE_ROLLBACK"}, 409, "waiver_not_needed"),
        ({"gate": "GATE_CRITERIA"}, 422, "waiver_invalid"),
        ({"expires_at": "2031-01-01T00:00:00Z"}, 422, "waiver_invalid"),
        ({"owner": "mallory"}, 422, "fields_invalid"),
        ({"measure": "None."}, 422, "fields_invalid"),
    ],
)
def test_what_cannot_be_waived_is_refused_by_code(
    unwatched: Desk, changes: dict[str, Any], status: int, code: str
) -> None:
    problem(unwatched.post("tobias", "/waivers", body(**changes)), status, code)


def test_a_stranger_cannot_tell_it_exists(unwatched: Desk) -> None:
    waiver = ask(unwatched)["human_id"]
    mallory = unwatched.client("mallory")
    for path in ("", f"/{waiver}"):
        problem(mallory.get(WAIVERS + path), 404, "not_found")
    for path in ("dialog", "decision", "renewals", "close"):
        problem(send(unwatched, "mallory", f"{waiver}/{path}", {}), 404, "not_found")


def test_a_list_takes_the_same_queries_for_any_number(unwatched: Desk) -> None:
    made = ask(unwatched)
    decide(unwatched, made["human_id"])
    few = queries_of(unwatched, 1)
    terms = {name: value for name, value in body().items() if name != "gate"}
    send(unwatched, "tobias", f"{made['human_id']}/renewals", terms)
    assert queries_of(unwatched, 2) == few <= 6


def queries_of(desk: Desk, number: int) -> int:
    reader = desk.client("audra")
    with CaptureQueriesContext(connection) as found:
        assert len(reader.get(WAIVERS).json()["items"]) == number
    return len(found)
