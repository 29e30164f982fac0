"""What waits for whom, and that lists take the same few queries for any number of rows."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from approvals import decision_view
from approvals.models import Release
from approvals.queue import queue_of
from registry.access.roles import Permission, Role
from tests.approvals.api.conftest import BASE, REASON, Desk, give, opened
from tests.approvals.api.test_refusals import WithToken
from tests.world import revise


def queue(desk: Desk, account: str) -> Any:
    """The person's queue over HTTP."""
    response = desk.client(account).get("/api/v1/me/queue")
    assert response.status_code == 200, response.content
    return response.json()


def more(desk: Desk, count: int) -> None:
    """Further submitted releases with the same evidence."""
    run = desk.get("ines", "/links").json()["items"][-1]["target"]["id"]
    first = desk.release
    for number in range(count):
        desk.release = opened(desk, title=f"Release {number}")
        for body in (
            {"slot": "private_evaluation", "run": run},
            {"slot": "rollback", "rollback": desk.world.rollback.name},
            {"slot": "monitoring", "signal": desk.world.signal.name},
        ):
            assert desk.post("ines", "/links", body).status_code == 201
        assert desk.post("ines", "/submit").status_code == 200
    desk.release = first


@contextmanager
def at_most(count: int) -> Iterator[CaptureQueriesContext]:
    """No more queries than that."""
    with CaptureQueriesContext(connection) as found:
        yield found
    assert len(found) <= count, "\n".join(query["sql"][:200] for query in found.captured_queries)


def test_the_open_stage_waits_for_its_role(submitted: Desk) -> None:
    item = queue(submitted, "ines")["waiting_for_me"][0]
    assert (item["stage"]["code"], item["may_sign"], item["refusal"]) == ("1", True, None)
    assert item["due_at"] == item["stage"]["due_at"]
    assert item["release"]["tier"] == "moderate"
    maren = queue(submitted, "maren")
    assert maren["waiting_for_me"] == []
    assert maren["later"][0]["waits_for"] == "Waiting for stage 1 Submitter."
    submitted.signed("1")
    assert queue(submitted, "ines")["waiting_for_me"] == []
    assert queue(submitted, "tobias")["waiting_for_me"][0]["stage"]["code"] == "2"


def test_an_approved_release_waits_for_the_release_manager(approved: Desk) -> None:
    item = queue(approved, "pia")["waiting_for_me"][0]
    assert (item["stage"]["code"], item["may_sign"]) == ("6", True)


def test_a_conflict_is_said_in_the_queue(submitted: Desk) -> None:
    submitted.signed("1", "2")
    give(submitted, submitted.cast["ines"], Role.VALIDATOR)
    item = queue(submitted, "ines")["waiting_for_me"][0]
    assert item["may_sign"] is False
    assert item["refusal"]["code"] == "conflict_uploader"


def test_the_queue_answers_as_the_decision_view_does(submitted: Desk) -> None:
    world = submitted.world
    for account, role in (("tobias", Role.VALIDATOR), ("gus", Role.VALIDATOR), ("ines", Role.VALIDATOR)):
        give(submitted, submitted.cast[account], role)
    revise(world, world.criteria, criteria=[*world.criteria.criteria], by="tobias")
    submitted.signed("1", "2")
    release = Release.objects.get()
    for account in ("maren", "tobias", "gus", "ines"):
        principal = world.cast.principal(account)
        shown = decision_view.show(release, "3", action="sign", principal=principal).refusal
        found = [item.refusal for item in queue_of(principal.user).waiting_for_me]
        assert found == [shown], account


def test_what_came_back_waits_for_its_submitters(submitted: Desk) -> None:
    submitted.post("tobias", "/request-changes", {"reason": REASON})
    back = queue(submitted, "ines")
    assert [item["release"]["human_id"] for item in back["returned"]] == [submitted.release]
    assert back["waiting_for_me"] == []
    assert queue(submitted, "maren")["returned"] == []


def test_own_drafts_are_mine(desk: Desk) -> None:
    assert [item["release"]["state"] for item in queue(desk, "ines")["mine"]] == ["draft"]
    assert [item["release"]["state"] for item in queue(desk, "tobias")["mine"]] == ["draft"]
    assert queue(desk, "maren")["mine"] == []


def test_a_queue_knows_no_project_without_a_grant(submitted: Desk) -> None:
    names = ("waiting_for_me", "later", "returned", "mine", "questions")
    empty: dict[str, list[Any]] = {name: [] for name in names}
    assert queue(submitted, "mallory") == empty
    assert queue(submitted, "sue") == empty


def test_a_token_sees_the_queue_of_its_project(submitted: Desk, with_token: WithToken) -> None:
    client = with_token("ines", Permission.PROJECT_READ)
    assert len(client.get("/api/v1/me/queue").json()["waiting_for_me"]) == 1


def test_lists_take_few_queries_for_any_number_of_rows(submitted: Desk) -> None:
    counts = []
    for extra in (0, 4):
        more(submitted, extra)
        for account, path, most in (
            ("ines", "/api/v1/me/queue", 14),
            ("audra", f"{BASE}/releases", 8),
            ("audra", f"{BASE}/deployments", 8),
        ):
            client = submitted.client(account)
            client.get(path)
            with at_most(most) as found:
                assert client.get(path).status_code == 200
            counts.append(len(found))
    assert counts[:3] == counts[3:]
