"""The challenge log over HTTP: asked, answered with evidence, closed; strangers learn nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from registry.models import Run
from tests.approvals.api.conftest import Desk
from tests.challenges import BECAUSE, REASON, WHY
from tests.registry.api.conftest import pointers, problem

LIST = "/challenges"
ONE = f"{LIST}/1"


@pytest.fixture
def questioned(submitted: Desk) -> Desk:
    """In review at stage 3; Maren's question is open."""
    submitted.signed("1", "2")
    asked = submitted.post("maren", LIST, {"text": WHY, "gate": "GATE_CRITERIA", "wants_evidence": True})
    assert asked.status_code == 201, asked.content
    return submitted


def test_from_the_question_to_its_end(questioned: Desk) -> None:
    (listed,) = questioned.get("audra", LIST).json()
    assert (listed["state"], listed["role"], listed["gate"]) == ("open", "validator", "GATE_CRITERIA")
    assert listed["names"] == "Maren Example"
    evidence = Run.objects.get().human_id
    answer = questioned.post("tobias", f"{ONE}/answers", {"text": BECAUSE, "evidence": evidence})
    assert answer.status_code == 201, answer.content
    assert answer.json()["replies"][0]["evidence"].startswith("sha256:")
    further = questioned.post("maren", f"{ONE}/questions", {"text": "How many transcripts?"})
    assert [row["kind"] for row in further.json()["replies"]] == ["answer", "question"]
    done = questioned.post("maren", f"{ONE}/close", {"outcome": "satisfied"})
    assert (done.status_code, done.json()["state"], done.json()["closing"]["by"]) == (
        200,
        "satisfied",
        "maren",
    )
    problem(questioned.post("ines", f"{ONE}/answers", {"text": BECAUSE}), 409, "challenge_refused")


def test_the_dialog_of_its_stage_names_the_question(questioned: Desk) -> None:
    refused = problem(questioned.post("maren", "/stages/3/view"), 409, "stage_closed")
    assert refused["reason_code"] == "challenge_open"
    assert WHY in refused["detail"]
    shown = questioned.get("maren", "/stages/3/view").json()
    assert shown["refusal"]["code"] == "challenge_open"
    (item,) = questioned.client("maren").get("/api/v1/me/queue").json()["waiting_for_me"]
    assert (item["may_sign"], item["refusal"]["code"]) == (False, "challenge_open")


def test_who_answers_finds_it_in_the_queue(questioned: Desk) -> None:
    (waiting,) = questioned.client("tobias").get("/api/v1/me/queue").json()["questions"]
    assert (waiting["number"], waiting["text"], waiting["waits_for"]) == (1, WHY, "answer")
    assert questioned.client("maren").get("/api/v1/me/queue").json()["questions"] == []
    questioned.post("tobias", f"{ONE}/answers", {"text": BECAUSE})
    assert questioned.client("tobias").get("/api/v1/me/queue").json()["questions"] == []
    (answered,) = questioned.client("maren").get("/api/v1/me/queue").json()["questions"]
    assert answered["waits_for"] == "closing"
    assert questioned.client("mallory").get("/api/v1/me/queue").json()["questions"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({}, "/text"), ({"text": ""}, "/text"), ({"text": WHY, "severity": "high"}, "/severity")],
)
def test_a_question_is_refused_at_its_field(submitted: Desk, body: dict[str, str], pointer: str) -> None:
    refused = problem(submitted.post("maren", LIST, body), 422, "fields_invalid")
    assert pointers(refused) == [pointer]


@pytest.mark.parametrize(
    ("account", "path", "body", "status", "code"),
    [
        ("audra", LIST, {"text": WHY}, 403, "permission_missing"),
        ("mallory", LIST, {"text": WHY}, 404, "not_found"),
        ("maren", LIST, {"text": WHY, "stage": "5"}, 403, "signing_refused"),
        ("maren", LIST, {"text": WHY, "record": "HARBOR-RUN-2026-9999"}, 422, "challenge_invalid"),
        ("olu", f"{ONE}/answers", {"text": BECAUSE}, 403, "permission_missing"),
        ("mallory", f"{ONE}/answers", {"text": BECAUSE}, 404, "not_found"),
        ("tobias", f"{LIST}/7/answers", {"text": BECAUSE}, 404, "not_found"),
        ("ruth", f"{ONE}/close", {"outcome": "withdrawn", "reason": REASON}, 403, "challenge_not_yours"),
        ("maren", f"{ONE}/close", {"outcome": "satisfied"}, 409, "challenge_refused"),
        ("maren", f"{ONE}/close", {"outcome": "withdrawn"}, 422, "fields_invalid"),
        ("mallory", f"{ONE}/close", {"outcome": "satisfied"}, 404, "not_found"),
        ("ruth", f"{ONE}/questions", {"text": WHY}, 403, "challenge_not_yours"),
        ("mallory", f"{ONE}/questions", {"text": WHY}, 404, "not_found"),
    ],
)
def test_who_may_not_is_told_why(
    questioned: Desk, account: str, path: str, body: dict[str, str], status: int, code: str
) -> None:
    problem(questioned.post(account, path, body), status, code)


def test_a_stranger_reads_nothing(questioned: Desk) -> None:
    assert questioned.get("mallory", LIST).status_code == 404


def test_a_token_reads_and_never_writes(questioned: Desk, with_token: Callable[..., APIClient]) -> None:
    client = with_token("tobias", "project:read")
    address = f"{questioned.address}{LIST}"
    assert client.get(address).status_code == 200
    for path in ("", "/1/answers", "/1/questions", "/1/close"):
        problem(client.post(f"{address}{path}", {"text": WHY}, format="json"), 403, "session_required")
