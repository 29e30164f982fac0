"""Emergency, review after the fact, suspension and reinstatement through HTTP."""

from __future__ import annotations

import pytest

from tests.approvals.api.conftest import MODERATE, Desk, problem
from tests.world import admit_run

pytestmark = pytest.mark.django_db

CAUSE = "The claims queue stands still since the supplier ended the old version."
EMERGENCY = {"incident": "INC-2041", "cause": CAUSE, "hours": 24}


def answered(desk: Desk, account: str, path: str, body: object = None) -> dict[str, object]:
    response = desk.post(account, path, body)
    assert response.status_code == 201, response.content
    found: dict[str, object] = response.json()
    return found


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A draft with a way back and a signal, without an evaluation."""
    for body in (
        {"slot": "rollback", "rollback": desk.world.rollback.name},
        {"slot": "monitoring", "signal": str(desk.world.signal.pk)},
    ):
        assert desk.post("ines", "/links", body).status_code == 201
    return desk


def test_from_an_emergency_to_a_full_review(ready: Desk) -> None:
    declared = answered(ready, "pia", "/emergency", EMERGENCY)
    assert declared["state"] == "in_review"
    assert declared["revisions"][0]["purpose"] == "emergency"  # type: ignore[index]  # reason: JSON
    for account, stage in (("ruth", "E2"), ("pia", "E1")):
        assert ready.sign(account, stage).status_code == 201
    live = ready.get("audra").json()
    assert live["state"] == "emergency_released"
    assert live["emergency_ends_at"] > live["released_at"]
    refused = ready.post("ines", "/review-afterwards")
    problem(refused, 409, "gates_fail")
    run = admit_run(ready.world)
    link = {"slot": "private_evaluation", "run": run.human_id}
    assert ready.post("ines", "/links", link).status_code == 201
    answered(ready, "ines", "/review-afterwards")
    ready.signed(*MODERATE)
    done = ready.get("audra").json()
    assert (done["state"], done["emergency_ends_at"]) == ("released", None)


def test_from_a_stop_to_three_signatures(approved: Desk) -> None:
    dialog = approved.dialog("pia", "6")
    assert approved.post("pia", "/release", dialog).status_code == 201
    assert answered(approved, "olu", "/suspend", {"reason": CAUSE})["state"] == "suspended"
    again = approved.post("olu", "/suspend", {"reason": CAUSE})
    problem(again, 409, "transition_refused")
    proposed = answered(approved, "ruth", "/reinstatement", {"cause": CAUSE})
    assert proposed["state"] == "suspended"
    approved.signed("2", "3", "5")
    assert approved.get("audra").json()["state"] == "released"


@pytest.mark.parametrize(
    "change",
    [
        {"hours": 73},
        {"hours": None},
        {"cause": "Quick."},
        {"incident": " "},
        {"another": 1},
    ],
)
def test_what_is_no_emergency(ready: Desk, change: dict[str, object]) -> None:
    refused = ready.post("pia", "/emergency", {**EMERGENCY, **change})
    problem(refused, 422, "fields_invalid")
    assert ready.get("audra").json()["state"] == "draft"


def test_the_tier_is_raised_by_a_reviewer(ready: Desk) -> None:
    reason = "The summaries reach claimants who cannot object."
    raised = ready.post("maren", "/tier", {"tier": "high", "reason": reason})
    assert (raised.status_code, raised.json()["tier"]) == (200, "high")
    lowered = ready.post("maren", "/tier", {"tier": "low", "reason": reason})
    problem(lowered, 403, "permission_missing")
    problem(ready.post("ruth", "/tier", {"tier": "high", "reason": reason}), 409, "tier_fixed")
