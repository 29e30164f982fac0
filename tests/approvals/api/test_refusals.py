"""Who may not, and when not: each refusal names its rule, and nothing is stored."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from rest_framework.test import APIClient

from approvals.events import ApprovalEvent
from approvals.models import Signature, SigningChallenge
from evidence import clock
from evidence.actors import Channel
from evidence.models import LedgerEntry
from registry import runs
from registry.access import grants, people, tokens
from registry.access.principals import Principal
from registry.access.roles import Permission, Role
from registry.models import ApiToken, RoleGrant, Run
from tests.approvals.api.conftest import BASE, REASON, Desk, give, opened, problem
from tests.cast import PASSWORD
from tests.world import admit_run

WithToken = Callable[..., APIClient]
SIGNING = {
    "/stages/1/view": {},
    "/stages/1/signatures": {},
    "/stages/1/decline": {},
    "/reject": {},
    "/release": {},
    "/request-changes": {"reason": REASON},
}


def end_grants(desk: Desk, account: str) -> None:
    """The person's grants ended an hour ago."""
    hour = timedelta(hours=1)
    RoleGrant.objects.filter(user=desk.cast[account]).update(
        valid_from=clock.now() - 2 * hour, valid_to=clock.now() - hour
    )


def test_a_stage_is_signed_by_its_role_alone(submitted: Desk) -> None:
    shown = submitted.get("tobias", "/stages/1/view").json()
    assert shown["may_sign"] is False
    assert shown["refusal"]["code"] == "role_missing"
    refused = problem(submitted.post("tobias", "/stages/1/view"), 403, "signing_refused")
    assert refused["reason_code"] == "role_missing"


def test_an_expired_grant_hides_the_project(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    end_grants(submitted, "ines")
    problem(submitted.post("ines", "/stages/1/signatures", body), 404, "not_found")
    problem(submitted.get("ines"), 404, "not_found")
    assert not Signature.objects.exists()


def test_an_expired_role_beside_another_grant_is_forbidden(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    end_grants(submitted, "ines")
    give(submitted, submitted.cast["ines"], Role.AUDITOR)
    refused = problem(submitted.post("ines", "/stages/1/signatures", body), 403, "permission_missing")
    assert refused["permission"] == "release:sign"


def test_a_grant_that_starts_later_signs_nothing_yet(submitted: Desk) -> None:
    give(submitted, submitted.cast["gus"], Role.SUBMITTER, starts_at=clock.now() + timedelta(days=1))
    problem(submitted.post("gus", "/stages/1/view"), 404, "not_found")


def test_a_stranger_learns_nothing(submitted: Desk) -> None:
    known = problem(submitted.get("mallory"), 404, "not_found")
    unknown = problem(
        submitted.client("mallory").get("/api/v1/projects/NOSUCH/releases/NOSUCH-REL-2026-0001"),
        404,
        "not_found",
    )
    assert known.keys() == unknown.keys()
    assert known["detail"].replace("HARBOR", "NOSUCH") == unknown["detail"]
    for path, body in SIGNING.items():
        problem(submitted.post("mallory", path, body), 404, "not_found")


def test_nobody_signed_in_gets_401(submitted: Desk) -> None:
    client = Client()
    for path in ("", "/gates", "/stages", "/links", "/packs"):
        problem(client.get(submitted.address + path), 401, "not_authenticated")
    problem(client.get("/api/v1/me/queue"), 401, "not_authenticated")


def test_a_superuser_without_a_grant_sees_nothing(submitted: Desk) -> None:
    problem(submitted.get("sue"), 404, "not_found")
    for path, body in SIGNING.items():
        problem(submitted.post("sue", path, body), 404, "not_found")


def test_a_superuser_with_an_auditor_grant_reads_and_never_signs(submitted: Desk) -> None:
    give(submitted, submitted.cast["sue"], Role.AUDITOR)
    assert submitted.get("sue").status_code == 200
    for path, body in SIGNING.items():
        problem(submitted.post("sue", path, body), 403, "permission_missing")


def test_who_administered_the_project_does_not_sign(submitted: Desk) -> None:
    submitted.signed("1", "2")
    maren = submitted.cast["maren"]
    adam = submitted.cast.principal("adam")
    held = grants.give(
        project=submitted.world.project, user=maren, role=Role.ADMIN, reason="Stand-in", principal=adam
    )
    grants.revoke(held, reason="Stand-in ended", principal=adam)
    refused = problem(submitted.post("maren", "/stages/3/view"), 403, "signing_refused")
    assert refused["reason_code"] == "conflict_admin"


def test_stages_are_signed_in_order(submitted: Desk) -> None:
    refused = problem(submitted.post("maren", "/stages/3/view"), 409, "stage_closed")
    assert refused["detail"] == "Waiting for stage 1 Submitter."
    assert refused["state"] == "pending"


def test_nobody_signs_twice(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    assert submitted.post("ines", "/stages/1/signatures", body).status_code == 201
    refused = problem(submitted.post("ines", "/stages/1/view"), 409, "stage_closed")
    assert refused["reason_code"] == "signed_already"
    problem(submitted.post("ines", "/stages/1/signatures", body), 409, "challenge_spent")
    assert Signature.objects.count() == 1


def test_two_dialogs_give_one_signature(submitted: Desk) -> None:
    first, second = submitted.dialog("ines", "1"), submitted.dialog("ines", "1")
    assert submitted.post("ines", "/stages/1/signatures", first).status_code == 201
    problem(submitted.post("ines", "/stages/1/signatures", second), 409, "stage_closed")


def test_who_uploaded_does_not_validate(submitted: Desk) -> None:
    submitted.signed("1", "2")
    give(submitted, submitted.cast["ines"], Role.VALIDATOR)
    refused = problem(submitted.post("ines", "/stages/3/view"), 403, "signing_refused")
    assert refused["reason_code"] == "conflict_uploader"


def test_who_stands_behind_an_uploading_token_does_not_validate(linked: Desk) -> None:
    maren = linked.cast["maren"]
    give(linked, maren, Role.SUBMITTER)
    pipeline = people.make_service_account(
        account="pipeline",
        printed_name="Pipeline",
        project=linked.world.project,
        principal=linked.cast.principal("maren"),
    )
    give(linked, pipeline, Role.SUBMITTER)
    issued = tokens.issue(
        project=linked.world.project,
        user=pipeline,
        name="CI",
        scopes=[Permission.RUN_SUBMIT, Permission.ARTIFACT_UPLOAD],
        expires_at=clock.now() + timedelta(days=1),
        principal=linked.cast.principal("maren"),
    )
    sender = Principal(user=pipeline, token=issued.token, channel=Channel.API)
    run = admit_run(linked.world, k=350, by=sender)
    linked.post("ines", "/links", {"slot": "private_evaluation", "run": run.human_id})
    RoleGrant.objects.filter(user=maren, role=Role.SUBMITTER).update(valid_to=clock.now())
    give(linked, linked.cast["gus"], Role.VALIDATOR)
    assert linked.post("ines", "/submit").status_code == 200
    linked.signed("1", "2")
    refused = problem(linked.post("maren", "/stages/3/view"), 403, "signing_refused")
    assert refused["reason_code"] == "conflict_uploader"
    assert run.human_id in refused["detail"]


def test_a_wrong_password_signs_nothing_and_the_third_locks(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    for _ in range(3):
        wrong = {**body, "password": "wrong"}
        problem(submitted.post("ines", "/stages/1/signatures", wrong), 403, "credentials_refused")
    locked = problem(submitted.post("ines", "/stages/1/signatures", body), 403, "signing_locked")
    assert locked["opens_at"] > ""
    problem(submitted.post("ines", "/stages/1/view"), 403, "signing_locked")
    kinds = LedgerEntry.objects.filter(kind__startswith="signature.").values_list("kind", flat=True)
    assert sorted(kinds) == [
        ApprovalEvent.SIGNING_LOCKED,
        ApprovalEvent.SIGNING_REFUSED,
        ApprovalEvent.SIGNING_REFUSED,
    ]
    assert not Signature.objects.exists()


def test_another_persons_account_name_signs_nothing(submitted: Desk) -> None:
    body = {**submitted.dialog("ines", "1"), "account": "tobias", "password": PASSWORD}
    problem(submitted.post("ines", "/stages/1/signatures", body), 403, "credentials_refused")


def test_spaces_of_a_password_count(submitted: Desk) -> None:
    body = {**submitted.dialog("ines", "1"), "password": f" {PASSWORD}"}
    problem(submitted.post("ines", "/stages/1/signatures", body), 403, "credentials_refused")


@pytest.mark.parametrize(("account", "stage"), [("ines", "1"), ("tobias", "2")])
def test_a_view_from_before_a_voided_run_is_refused_with_what_changed(
    submitted: Desk, account: str, stage: str
) -> None:
    if stage == "2":
        submitted.signed("1")
    body = submitted.dialog(account, stage)
    run = Run.objects.get()
    runs.void(run, reason="The wrong checkpoint was evaluated.", principal=submitted.world.engineer)
    path = f"/stages/{stage}/signatures"
    refused = problem(submitted.post(account, path, body), 409, "view_changed")
    evidence = [change for change in refused["diff"] if change["section"] == "evidence"]
    assert evidence == [
        {
            "section": "evidence",
            "slot": "private_evaluation",
            "id": str(run.pk),
            "signed": run.record_id,
            "now": None,
        }
    ]
    revision = submitted.get("audra", "/revisions/1").json()
    stopped = [one for each in revision["stages"] for one in each["signatures"]]
    assert [one["effect"] for one in stopped] == ["stopped"] * len(stopped)
    assert all(one["diff"] and one["stopped_why"] for one in stopped)


def test_a_token_never_signs_whatever_its_scopes(submitted: Desk, with_token: WithToken) -> None:
    client = with_token("ines")
    dialog = submitted.dialog("ines", "1")
    for path, body in SIGNING.items():
        response = client.post(submitted.address + path, {**dialog, **body}, format="json")
        problem(response, 403, "session_required")
    shown = client.get(f"{submitted.address}/stages/1/view").json()
    assert shown["may_sign"] is False
    assert shown["refusal"]["code"] == "session_required"
    assert not Signature.objects.exists()


def test_a_token_beside_a_session_is_still_a_token(submitted: Desk, with_token: WithToken) -> None:
    client = with_token("ines")
    client.force_login(submitted.cast["ines"], backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(f"{submitted.address}/stages/1/view", {}, format="json")
    problem(response, 403, "session_required")


def test_a_token_submits_with_its_scope_and_not_without(linked: Desk, with_token: WithToken) -> None:
    narrow = with_token("ines", Permission.PROJECT_READ)
    refused = problem(narrow.post(f"{linked.address}/submit", {}, format="json"), 403, "scope_missing")
    assert refused["scope"] == "release:submit"
    wide = with_token("ines", Permission.RELEASE_SUBMIT)
    assert wide.post(f"{linked.address}/submit", {}, format="json").status_code == 200


def test_an_expired_token_is_nobody(submitted: Desk, with_token: WithToken) -> None:
    client = with_token("ines")
    ApiToken.objects.update(expires_at=clock.now())
    problem(client.get(submitted.address), 401, "token_invalid")


def test_a_token_of_another_project_sees_nothing_here(submitted: Desk) -> None:
    mallory = submitted.cast["mallory"]
    give(submitted, mallory, Role.AUDITOR)
    issued = tokens.issue(
        project=submitted.cast.elsewhere,
        user=mallory,
        name="test",
        scopes=[Permission.PROJECT_READ, Permission.PACK_READ],
        expires_at=clock.now() + timedelta(days=1),
        principal=submitted.cast.principal("mallory"),
    )
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {issued.text}")
    problem(client.get(submitted.address), 404, "not_found")


def test_a_session_without_csrf_token_signs_nothing(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    client = Client(enforce_csrf_checks=True)
    client.force_login(submitted.cast["ines"], backend="django.contrib.auth.backends.ModelBackend")
    response = client.post(f"{submitted.address}/stages/1/signatures", body, content_type="application/json")
    problem(response, 403, "csrf_failed")
    assert not Signature.objects.exists()


def test_a_challenge_belongs_to_one_person_stage_and_view(submitted: Desk) -> None:
    submitted.signed("1")
    foreign = submitted.dialog("tobias", "2")
    give(submitted, submitted.cast["gus"], Role.MODEL_OWNER)
    own = submitted.dialog("gus", "2")
    path = "/stages/2/signatures"
    mixed = {**own, "challenge": foreign["challenge"]}
    problem(submitted.post("gus", path, mixed), 409, "challenge_spent")
    other = {**own, "view_digest": foreign["view_digest"]}
    problem(submitted.post("gus", path, other), 409, "challenge_spent")
    declined = {**own, "reason": REASON}
    problem(submitted.post("gus", "/stages/2/decline", declined), 409, "challenge_spent")
    assert submitted.post("gus", path, own).status_code == 201


def test_a_challenge_ends_after_two_minutes(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    SigningChallenge.objects.update(expires_at=clock.now())
    problem(submitted.post("ines", "/stages/1/signatures", body), 409, "challenge_spent")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"view_digest": "x" * 100}, "/view_digest"),
        ({"challenge": "no uuid"}, "/challenge"),
        ({"password": None}, "/password"),
        ({"comment": "a" * 4001}, "/comment"),
        ({"comment": "nul \x00"}, "/comment"),
        ({"signer": "tobias"}, "/signer"),
    ],
)
def test_a_malformed_sign_request_names_its_field(
    submitted: Desk, change: dict[str, Any], pointer: str
) -> None:
    body = {**submitted.dialog("ines", "1"), **change}
    refused = problem(submitted.post("ines", "/stages/1/signatures", body), 422, "fields_invalid")
    assert [error["pointer"] for error in refused["errors"]] == [pointer]


def test_stage_6_is_signed_by_releasing_alone(approved: Desk) -> None:
    body = approved.dialog("pia", "6")
    refused = problem(approved.post("pia", "/stages/6/signatures", body), 409, "stage_closed")
    assert refused["next_step"].endswith("/release.")
    wrong = approved.post("pia", "/stages/6/view", {"action": "sign"})
    assert problem(wrong, 409, "stage_closed")["reason_code"] == "signed_by_release"
    other = approved.post("pia", "/stages/5/view", {"action": "release"})
    problem(other, 409, "stage_closed")
    problem(approved.post("ruth", "/release", body), 403, "permission_missing")
    assert approved.post("pia", "/release", body).status_code == 201


def test_releasing_before_the_approval_is_refused(submitted: Desk) -> None:
    problem(submitted.post("pia", "/stages/6/view"), 409, "stage_closed")


def test_a_release_supersedes_the_one_before(approved: Desk) -> None:
    assert approved.post("pia", "/release", approved.dialog("pia", "6")).status_code == 201
    first = approved.release
    approved.release = opened(approved, title="Second")
    run = Run.objects.get()
    for body in (
        {"slot": "private_evaluation", "run": run.human_id},
        {"slot": "rollback", "rollback": approved.world.rollback.name},
        {"slot": "monitoring", "signal": approved.world.signal.name},
    ):
        assert approved.post("ines", "/links", body).status_code == 201
    approved.post("ines", "/submit")
    approved.signed("1", "2", "3", "4b", "5")
    assert approved.post("pia", "/release", approved.dialog("pia", "6")).status_code == 201
    states = {
        item["human_id"]: item["state"]
        for item in approved.client("pia").get(f"{BASE}/releases").json()["items"]
    }
    assert states == {first: "superseded", approved.release: "released"}


def test_who_may_not_write_opens_nothing(desk: Desk) -> None:
    client = desk.client("ruth")
    for path in ("/deployments", "/releases"):
        refused = problem(
            client.post(BASE + path, {}, content_type="application/json"), 403, "permission_missing"
        )
        assert refused["permission"] == "release:write"
    problem(desk.post("ruth", "/links", {}), 403, "permission_missing")
    problem(desk.post("ruth", "/submit"), 403, "permission_missing")
    problem(desk.post("ruth", "/withdraw", {"reason": REASON}), 403, "permission_missing")


def test_an_unknown_stage_or_release_is_not_found(submitted: Desk) -> None:
    problem(submitted.get("ines", "/stages/9/view"), 404, "not_found")
    problem(submitted.post("ines", "/stages/9/view"), 404, "not_found")
    problem(submitted.client("ines").get(f"{BASE}/releases/HARBOR-REL-2026-9999"), 404, "not_found")
    problem(submitted.get("ines", f"/revisions/{10**30}"), 404, "not_found")
    problem(submitted.get("ines", "/stages/1/view", action="eat"), 422, "fields_invalid")


def test_a_link_is_removed_once(linked: Desk) -> None:
    link = linked.get("ines", "/links").json()["items"][0]["id"]
    path, body = f"/links/{link}/remove", {"reason": "No longer needed"}
    assert linked.post("ines", path, body).status_code == 200
    problem(linked.post("ines", path, body), 409, "conflict")
    problem(linked.post("ines", f"/links/{Run.objects.get().pk}/remove", body), 404, "not_found")
