"""From draft to released through HTTP, each person in a session of their own."""

from typing import Any

from approvals.events import ApprovalEvent
from approvals.models import Release
from evidence.digests import digest_of
from evidence.models import LedgerEntry
from tests.approvals.api.conftest import BASE, MODERATE, Desk, opened, problem
from tests.world import admit_run

MARKUP = '<script>alert(1)</script><svg onload="x"/> file:///etc/passwd &amp; "quoted"'


def test_a_release_goes_from_draft_to_released(linked: Desk) -> None:
    assert linked.get("ines", "/gates").json()["passes"] is True
    submitted = linked.post("ines", "/submit").json()
    assert (submitted["state"], submitted["revision"]) == ("submitted", 1)
    for stage, account in MODERATE.items():
        decided = linked.sign(account, stage).json()
        assert decided["signature"]["effect"] == "counts"
        assert decided["stage_state"] == "signed"
    assert linked.get("pia").json()["state"] == "approved"
    body = linked.dialog("pia", "6")
    released = linked.post("pia", "/release", {**body, "comment": "Window of Sunday night"})
    assert released.status_code == 201
    assert released.json()["state"] == "released"
    kinds = list(LedgerEntry.objects.values_list("kind", flat=True))
    assert kinds.count(ApprovalEvent.STAGE_SIGNED) == 6
    assert kinds.count(ApprovalEvent.RELEASE_RELEASED) == 1
    deployments = linked.client("audra").get(f"{BASE}/deployments").json()["items"]
    assert deployments[0]["live"]["human_id"] == linked.release


def test_the_view_that_is_signed_is_the_one_shown(submitted: Desk) -> None:
    shown = submitted.get("ines", "/stages/1/view").json()
    assert shown["may_sign"] is True
    assert shown["refusal"] is None
    assert digest_of(shown["view"]) == shown["digest"]
    signature = submitted.sign("ines", "1").json()["signature"]
    assert signature["view"] == shown["digest"]
    assert signature["signer"]["account"] == "ines"


def test_a_revision_shows_manifest_gates_stages_and_signatures(submitted: Desk) -> None:
    submitted.signed("1", "2")
    revision = submitted.get("audra", "/revisions/1").json()
    assert digest_of(revision["manifest"]) == revision["digest"]
    assert {gate["code"] for gate in revision["gates"]} >= {"GATE_OWNER", "GATE_QUORUM"}
    signatures = [one for stage in revision["stages"] for one in stage["signatures"]]
    assert [one["stage"] for one in signatures] == ["1", "2"]
    assert {one["effect"] for one in signatures} == {"counts"}
    problem(submitted.get("audra", "/revisions/2"), 404, "not_found")


def test_a_draft_names_the_stages_that_submitting_makes(desk: Desk) -> None:
    stages = desk.get("audra", "/stages").json()
    assert stages["is_frozen"] is False
    assert [stage["code"] for stage in stages["stages"]] == [*MODERATE, "6"]


def test_failing_gates_stop_a_submission_and_say_what_to_do(desk: Desk) -> None:
    refused = problem(desk.post("ines", "/submit"), 409, "gates_fail")
    assert "GATE_EVIDENCE" in {gate["code"] for gate in refused["gates"]}
    assert refused["next_step"]
    gates = desk.get("ines", "/gates").json()
    failing = [gate for gate in gates["gates"] if gate["state"] == "fail"]
    assert failing == refused["gates"]


def test_changes_are_requested_and_a_second_revision_resubmitted(submitted: Desk) -> None:
    submitted.signed("1", "2")
    reason = "The dataset does not cover motor claims at all."
    sent = submitted.post("maren", "/request-changes", {"reason": reason, "items": ["Add motor claims"]})
    assert sent.status_code == 201
    assert sent.json()["state"] == "changes_requested"
    release = submitted.get("ines").json()
    assert release["notes"][0]["items"] == ["Add motor claims"]
    run = admit_run(submitted.world, k=360)
    link = {"slot": "private_evaluation", "run": run.human_id}
    assert submitted.post("ines", "/links", link).status_code == 201
    refused = problem(submitted.post("ines", "/submit"), 409, "transition_refused")
    assert refused["state"] == "changes_requested"
    assert "resubmit" in refused["allowed"]
    assert submitted.post("ines", "/resubmit").json()["revision"] == 2
    submitted.signed("1")
    assert [one["number"] for one in submitted.get("ines").json()["revisions"]] == [1, 2]


def test_evidence_is_frozen_after_submitting(submitted: Desk) -> None:
    link = submitted.get("ines", "/links").json()["items"][0]["id"]
    body = {"reason": "No longer needed"}
    problem(submitted.post("ines", f"/links/{link}/remove", body), 409, "evidence_frozen")
    patched = submitted.client("ines").patch(
        submitted.address, {"title": "Other"}, content_type="application/json"
    )
    problem(patched, 409, "evidence_frozen")


def test_a_removed_link_stays_as_history(linked: Desk) -> None:
    links = linked.get("ines", "/links").json()["items"]
    removed = linked.post("ines", f"/links/{links[0]['id']}/remove", {"reason": "No longer needed"})
    assert removed.json()["unlinked_by"] == "ines"
    assert len(linked.get("ines", "/links").json()["items"]) == 2
    assert len(linked.get("ines", "/links", history="true").json()["items"]) == 3


def test_a_decline_stops_the_review_and_a_rejection_ends_it(submitted: Desk) -> None:
    submitted.signed("1", "2")
    body = submitted.dialog("maren", "3", "decline")
    declined = submitted.post(
        "maren", "/stages/3/decline", {**body, "reason": "The sample is much too small."}
    )
    assert declined.status_code == 201
    assert declined.json()["stage_state"] == "declined"


def test_a_reviewer_rejects_with_a_reason(submitted: Desk) -> None:
    submitted.signed("1", "2")
    body = submitted.dialog("maren", "3", "reject")
    short = {**body, "stage": "3", "reason": "No."}
    problem(submitted.post("maren", "/reject", short), 422, "fields_invalid")
    sent = {**body, "stage": "3", "reason": "The sample is much too small."}
    assert submitted.post("maren", "/reject", sent).json()["state"] == "rejected"


def test_a_withdrawn_release_cannot_be_signed(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    reason = {"reason": "We found a better candidate."}
    assert submitted.post("ines", "/withdraw", reason).json()["state"] == "withdrawn"
    refused = problem(submitted.post("ines", "/stages/1/signatures", body), 409, "transition_refused")
    assert refused["state"] == "withdrawn"
    shown = submitted.get("ines", "/stages/1/view").json()
    assert shown["may_sign"] is False


def test_a_release_changes_while_it_is_a_draft(desk: Desk) -> None:
    client = desk.client("ines")
    change: dict[str, Any] = {"tier_answers": {"reach": "internal", "domain": "none"}}
    partial = client.patch(desk.address, change, content_type="application/json")
    assert "/tier_answers/cost_driven" in str(problem(partial, 422, "fields_invalid")["errors"])
    change = {"title": "Argo-L, second try", "criteria": None, "owner": "pia"}
    changed = client.patch(desk.address, change, content_type="application/json").json()
    assert (changed["title"], changed["criteria"], changed["owner"]) == ("Argo-L, second try", None, "pia")
    unknown = client.patch(desk.address, {"titel": "x"}, content_type="application/json")
    assert problem(unknown, 422, "fields_invalid")["errors"][0]["pointer"] == "/titel"


def test_markup_comes_back_as_the_text_it_is(desk: Desk) -> None:
    client = desk.client("ines")
    change = {"title": MARKUP, "intended_use": MARKUP, "out_of_scope": MARKUP}
    response = client.patch(desk.address, change, content_type="application/json")
    assert response["Content-Type"] == "application/json"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert {response.json()[name] for name in change} == {MARKUP}
    place = {"name": "other", "environment": "test", "description": MARKUP}
    made = client.post(f"{BASE}/deployments", place, content_type="application/json")
    assert made.json()["description"] == MARKUP


def test_comments_reasons_and_items_keep_markup_as_text(submitted: Desk) -> None:
    body = {**submitted.dialog("ines", "1"), "comment": MARKUP}
    signed = submitted.post("ines", "/stages/1/signatures", body)
    assert signed.json()["signature"]["comment"] == MARKUP
    sent = submitted.post("tobias", "/request-changes", {"reason": MARKUP, "items": [MARKUP]})
    assert (sent.json()["reason"], sent.json()["items"]) == (MARKUP, [MARKUP])
    link = submitted.get("ines", "/links").json()["items"][0]["id"]
    assert submitted.post("ines", f"/links/{link}/remove", {"reason": MARKUP}).status_code == 200
    withdrawn = submitted.post("ines", "/withdraw", {"reason": MARKUP})
    assert withdrawn.json()["notes"][0]["text"] == MARKUP


def test_a_repeat_with_the_same_key_opens_one_release(desk: Desk) -> None:
    client = desk.client("ines")
    release = desk.get("ines").json()
    body = {"slot": "rollback", "rollback": desk.world.rollback.name}
    headers = {"Idempotency-Key": "ci-1"}
    first, second = (
        client.post(f"{desk.address}/links", body, content_type="application/json", headers=headers)
        for _ in range(2)
    )
    assert first.status_code == second.status_code == 201
    assert first.json() == second.json()
    assert release["human_id"] == desk.release


def test_references_that_lead_nowhere_name_their_field(desk: Desk) -> None:
    for body in (
        {"slot": "private_evaluation", "run": "HARBOR-RUN-2026-9999"},
        {"slot": "rollback", "rollback": "nothing"},
        {"slot": "monitoring", "signal": "01990000-0000-7000-8000-000000000000"},
        {"slot": "dataset", "dataset": "nothing/1"},
    ):
        refused = problem(desk.post("ines", "/links", body), 422, "reference_unknown")
        assert refused["errors"][0]["pointer"] == f"/{list(body)[1]}"
    problem(desk.post("ines", "/links", {"slot": "rollback"}), 422, "fields_invalid")
    wrong = {"slot": "monitoring", "rollback": desk.world.rollback.name}
    problem(desk.post("ines", "/links", wrong), 422, "link_invalid")


def test_releases_are_listed_newest_first_and_by_state(submitted: Desk) -> None:
    draft = opened(submitted, title="Second")
    client = submitted.client("audra")
    items = client.get(f"{BASE}/releases").json()["items"]
    assert [item["human_id"] for item in items] == [draft, submitted.release]
    found = client.get(f"{BASE}/releases", {"state": "submitted"}).json()["items"]
    assert [item["human_id"] for item in found] == [submitted.release]
    place = client.get(f"{BASE}/releases", {"deployment": "claims-assistant/production"}).json()["items"]
    assert len(place) == 2
    table = client.get(f"{BASE}/releases", {"format": "tsv"})
    assert table["Content-Type"].startswith("text/tab-separated-values")
    assert Release.objects.count() == 2
