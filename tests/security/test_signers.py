"""Who could sign where two persons have to, by a way round the rules; each way is closed."""

from datetime import timedelta

import pytest
from django.test import Client

from approvals import credentials
from approvals.demands import Credentials
from approvals.errors import SigningLocked
from approvals.models import Release, Signature, SigningFailure
from evidence import clock
from registry import catalogue
from registry.access import people, tokens
from registry.access.principals import Principal
from registry.access.roles import Permission, Role
from registry.models import CriteriaSet, User
from tests.approvals.api.conftest import MODERATE, REASON, Desk, desk, give, linked, problem, submitted
from tests.cast import PASSWORD

__all__ = ["desk", "linked", "submitted"]


def test_sue_signs_nothing_whatever_roles_she_holds(submitted: Desk) -> None:
    sue = submitted.cast["sue"]
    for role in (Role.SUBMITTER, Role.MODEL_OWNER, Role.VALIDATOR, Role.RELEASE_MANAGER):
        give(submitted, sue, role)
    for path in ("/stages/1/view", "/stages/6/view"):
        refused = problem(submitted.post("sue", path), 403, "signing_refused")
        assert refused["reason_code"] == "conflict_superuser"
    shown = submitted.get("sue", "/stages/1/view").json()
    assert shown["may_sign"] is False
    asked = submitted.post("sue", "/request-changes", {"reason": REASON})
    assert problem(asked, 403, "signing_refused")["reason_code"] == "conflict_superuser"


def test_a_flag_set_while_the_dialog_is_open_counts(submitted: Desk) -> None:
    body = submitted.dialog("ines", "1")
    User.objects.filter(username="ines").update(is_superuser=True)
    refused = problem(submitted.post("ines", "/stages/1/signatures", body), 403, "signing_refused")
    assert refused["reason_code"] == "conflict_superuser"
    assert not Signature.objects.exists()


def test_a_superuser_is_nobody_whom_a_quorum_can_count_on(submitted: Desk) -> None:
    stage = Release.objects.get().revisions.get().stages.get(code="3")
    assert stage.eligible == 1
    User.objects.filter(username="maren").update(is_superuser=True)
    gates = submitted.get("ines", "/gates").json()
    quorum = next(gate for gate in gates["gates"] if "QUORUM" in gate["code"])
    assert quorum["state"] == "fail"


def test_gus_does_not_validate_what_his_pipeline_submitted(linked: Desk) -> None:
    gus = linked.cast["gus"]
    give(linked, gus, Role.SUBMITTER)
    gus_here = linked.cast.principal("gus")
    pipeline = people.make_service_account(
        account="gus-ci", printed_name="CI of Gus", project=linked.world.project, principal=gus_here
    )
    give(linked, pipeline, Role.SUBMITTER)
    token = tokens.issue(
        project=linked.world.project,
        user=pipeline,
        name="CI",
        scopes=[Permission.RELEASE_SUBMIT, Permission.PROJECT_READ],
        expires_at=clock.now() + timedelta(days=1),
        principal=gus_here,
    )
    headers = {"Authorization": f"Bearer {token.text}"}
    sent = Client().post(linked.address + "/submit", {}, content_type="application/json", headers=headers)
    assert sent.status_code == 200, sent.content
    give(linked, gus, Role.VALIDATOR)
    linked.signed("1", "2")
    refused = problem(linked.post("gus", "/stages/3/view"), 403, "signing_refused")
    assert refused["reason_code"] == "conflict_uploader"


def test_gus_does_not_validate_by_a_limit_that_another_revision_hides(linked: Desk) -> None:
    gus = linked.cast["gus"]
    give(linked, gus, Role.SUBMITTER)
    lowered = _revised(linked, linked.world.criteria, by="gus")
    _revised(linked, lowered, by="ines")
    give(linked, gus, Role.VALIDATOR)
    assert linked.post("ines", "/submit").status_code == 200
    linked.signed("1", "2")
    refused = problem(linked.post("gus", "/stages/3/view"), 403, "signing_refused")
    assert refused["reason_code"] == "conflict_editor"


def test_an_approval_that_ended_releases_nothing(submitted: Desk) -> None:
    submitted.signed(*MODERATE)
    body = submitted.dialog("pia", "6")
    Release.objects.update(valid_until=clock.now() - timedelta(seconds=1))
    refused = problem(submitted.post("pia", "/release", body), 409, "stage_closed")
    assert refused["reason_code"] == "approval_expired"
    assert Release.objects.get().state == "approved"


def test_mallory_at_an_unlocked_screen_gets_three_guesses_however_many_are_in_flight(submitted: Desk) -> None:
    release, ines = Release.objects.get(), submitted.cast.principal("ines")
    for _ in range(credentials.LOCK_AFTER):
        credentials._begin_attempt(ines)
    with pytest.raises(SigningLocked):
        credentials.check(Credentials("ines", PASSWORD), release=release, challenge_id="", principal=ines)


def test_a_right_password_leaves_no_failure(submitted: Desk) -> None:
    submitted.signed("1")
    assert not SigningFailure.objects.exists()


def _revised(desk: Desk, row: CriteriaSet, *, by: str) -> CriteriaSet:
    criteria = [{**row.criteria[0], "severity": "flag" if by == "gus" else "block"}, *row.criteria[1:]]
    return catalogue.record(
        CriteriaSet,
        project=desk.world.project,
        values={"name": row.name, "criteria": criteria},
        principal=Principal(user=desk.cast[by]),
        supersedes=row,
        reason="Changed by a test",
    )
