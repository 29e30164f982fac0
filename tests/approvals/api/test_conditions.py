"""Conditions over HTTP: set by a signature, listed for every reader, settled by a person in a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from evidence import clock
from evidence.canonical import utc_text
from tests.approvals.api.conftest import Desk
from tests.conditions import CHECK, FINDING, TEXT
from tests.registry.api.conftest import pointers, problem


def asked(**changes: Any) -> dict[str, Any]:
    due = utc_text(clock.now() + timedelta(days=14))
    return {"text": TEXT, "measurable_check": CHECK, "owner": "tobias", "due_at": due, **changes}


def sign_with(desk: Desk, account: str, stage: str, *given: Any) -> Any:
    body = desk.dialog(account, stage) | {"conditions": list(given)}
    return desk.post(account, f"/stages/{stage}/signatures", body)


@pytest.fixture
def conditional(submitted: Desk) -> Desk:
    """Approved under one condition of Olu's."""
    submitted.signed("1", "2", "3")
    assert sign_with(submitted, "olu", "4b", asked()).status_code == 201
    submitted.signed("5")
    return submitted


def test_a_condition_is_set_shown_and_settled(conditional: Desk) -> None:
    assert conditional.get("ines").json()["state"] == "approved_conditional"
    (listed,) = conditional.get("audra", "/conditions").json()
    assert (listed["state"], listed["stage"], listed["owner"]) == ("open", "4b", "tobias")
    view = conditional.get("pia", "/stages/6/view").json()["view"]
    assert [one["text"] for one in view["conditions"]] == [TEXT]
    done = conditional.post("olu", f"/conditions/{listed['id']}/met", {"finding": FINDING})
    assert done.status_code == 200, done.content
    assert done.json()["state"] == "met"
    assert [(one["step"], one["by"]) for one in done.json()["outcomes"]] == [("met", "olu")]
    again = conditional.post("olu", f"/conditions/{listed['id']}/lifted", {"finding": FINDING})
    problem(again, 409, "condition_settled")


def test_a_condition_is_lifted_with_its_reason(conditional: Desk) -> None:
    (listed,) = conditional.get("ines", "/conditions").json()
    done = conditional.post("olu", f"/conditions/{listed['id']}/lifted", {"finding": FINDING})
    assert done.status_code == 200, done.content
    assert done.json()["state"] == "lifted"
    assert [(one["step"], one["finding"]) for one in done.json()["outcomes"]] == [("lifted", FINDING)]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"owner": "mallory"}, "/conditions/0/owner"),
        ({"text": "Short"}, "/conditions/0/text"),
        ({"due_at": "tomorrow"}, "/conditions/0/due_at"),
        ({"severity": "high"}, "/conditions/0/severity"),
    ],
)
def test_a_condition_that_does_not_fit_is_refused_at_its_field(
    submitted: Desk, changes: dict[str, Any], pointer: str
) -> None:
    submitted.signed("1", "2")
    refused = sign_with(submitted, "maren", "3", asked(**changes))
    assert pointers(problem(refused, 422, "fields_invalid")) == [pointer]


def test_the_signature_that_releases_sets_none(conditional: Desk) -> None:
    body = conditional.dialog("pia", "6", "release") | {"conditions": [asked()]}
    refused = conditional.post("pia", "/release", body)
    assert pointers(problem(refused, 422, "fields_invalid")) == ["/conditions"]


@pytest.mark.parametrize(
    ("account", "status", "code"),
    [
        ("tobias", 403, "signing_refused"),
        ("ruth", 403, "signing_refused"),
        ("audra", 403, "permission_missing"),
        ("adam", 403, "permission_missing"),
        ("mallory", 404, "not_found"),
    ],
)
def test_who_may_not_settle_is_told_why(conditional: Desk, account: str, status: int, code: str) -> None:
    (listed,) = conditional.get("ines", "/conditions").json()
    refused = conditional.post(account, f"/conditions/{listed['id']}/met", {"finding": FINDING})
    problem(refused, status, code)


def test_a_stranger_reads_no_conditions(conditional: Desk) -> None:
    assert conditional.get("mallory", "/conditions").status_code == 404


def test_an_unknown_condition_is_not_found(conditional: Desk) -> None:
    unknown = "00000000-0000-7000-8000-000000000000"
    assert conditional.post("olu", f"/conditions/{unknown}/met", {"finding": FINDING}).status_code == 404


def test_a_token_settles_nothing(conditional: Desk, with_token: Callable[..., APIClient]) -> None:
    (listed,) = conditional.get("ines", "/conditions").json()
    client = with_token("tobias", "project:read")
    address = f"{conditional.address}/conditions"
    assert client.get(address).status_code == 200
    refused = client.post(f"{address}/{listed['id']}/met", {"finding": FINDING}, format="json")
    problem(refused, 403, "session_required")
