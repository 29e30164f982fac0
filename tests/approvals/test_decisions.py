"""Signing, its order, its separation of duties, and what ends a signature."""

from datetime import timedelta

import pytest

from approvals import decisions, linking, operations, policy, releases, separation, signing
from approvals.assessment import assess
from approvals.candidates import candidate
from approvals.errors import (
    ChallengeSpent,
    CredentialsRefused,
    EvidenceFrozen,
    GatesFail,
    SessionRequired,
    SigningLocked,
    SigningRefused,
    StageClosed,
    TransitionRefused,
    ViewChanged,
)
from approvals.models import Signature, SignatureEnd, SigningFailure
from approvals.states import Action, State
from evidence import clock, records
from evidence.models import LedgerEntry
from evidence.signing import KeyUse, active_key
from evidence.statements import verify_envelope
from registry import history, runs
from registry.access import grants, people, tokens
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import ApiToken, RoleGrant
from tests.cast import PASSWORD
from tests.releases import (
    HIGH,
    LOW,
    approved,
    draft,
    go_live,
    intent,
    link_all,
    reread,
    sign,
    submitted,
    typed,
)
from tests.world import World, admit_run, revise

pytestmark = pytest.mark.django_db
REASON = "Checked again: the file was wrong."


def test_people_sign_in_order_until_the_release_is_live(world: World) -> None:
    release = approved(world)
    assert release.state == State.APPROVED
    go_live(world, release)
    assert reread(release).state == State.RELEASED
    assert Signature.objects.filter(release=release).count() == 6


def test_a_signature_is_an_attested_statement_on_exactly_what_was_shown(world: World) -> None:
    release = submitted(world)
    signature = sign(world, release, "1")
    key = active_key(KeyUse.ATTEST)
    statement = verify_envelope(
        bytes(signature.statement.envelope), {str(key["key_id"]): str(key["public_key_pem"])}
    )
    revision = release.revisions.get(number=1)
    assert statement["subject"] == [
        {"name": release.human_id, "digest": {"sha256": revision.manifest_id.removeprefix("sha256:")}}
    ]
    predicate = statement["predicate"]
    assert isinstance(predicate, dict)
    assert predicate["signer"] == {"id": str(world.cast["ines"].pk), "printed_name": "Ines Example"}
    assert predicate["view"] == signature.view_id
    assert predicate["covers"] == records.load(revision.manifest_id)["section_digests"]
    assert LedgerEntry.objects.filter(kind="stage.signed", subject=f"release:{release.pk}").count() == 1


def test_submitting_is_refused_while_a_gate_fails(world: World) -> None:
    release = draft(world)
    with pytest.raises(GatesFail) as refused:
        releases.submit(release, principal=world.engineer)
    codes = {gate["code"] for gate in refused.value.extra["gates"]}  # type: ignore[attr-defined]
    assert codes == {
        "GATE_CRITERIA",
        "GATE_PRIVATE_EVAL",
        "GATE_EVIDENCE",
        "GATE_ROLLBACK",
        "GATE_MONITORING",
    }
    assert reread(release).state == State.DRAFT


def test_public_evidence_alone_never_passes(world: World) -> None:
    release = draft(world)
    run = admit_run(world, public=True)
    linking.link(release, run, slot="public_evidence", principal=world.engineer)
    linking.link(release, world.rollback, slot="rollback", principal=world.engineer)
    linking.link(release, world.signal, slot="monitoring", principal=world.engineer)
    with pytest.raises(GatesFail) as refused:
        releases.submit(release, principal=world.engineer)
    assert "GATE_PRIVATE_EVAL" in {gate["code"] for gate in refused.value.extra["gates"]}  # type: ignore[attr-defined]


def test_a_stage_waits_for_the_stage_below(world: World) -> None:
    release = submitted(world)
    with pytest.raises(StageClosed, match="Waiting for stage 1 Submitter"):
        sign(world, release, "5")


def test_nobody_signs_a_stage_twice(world: World) -> None:
    release = submitted(world, answers=HIGH)
    for code in ("1", "2", "3"):
        sign(world, release, code)
    sign(world, release, "4a")
    with pytest.raises(StageClosed, match="signed this stage already"):
        sign(world, release, "4a")


def _give(world: World, account: str, role: Role, **when: object) -> RoleGrant:
    adam = Principal(user=world.cast["adam"])
    return grants.write(
        project=world.project,
        user=world.cast[account],
        role=role,
        reason="Test",
        granted_by=adam,
        **when,  # type: ignore[arg-type]
    )


def test_the_uploader_cannot_validate(world: World) -> None:
    _give(world, "ines", Role.VALIDATOR)
    release = submitted(world)
    sign(world, release, "1")
    sign(world, release, "2")
    with pytest.raises(SigningRefused, match="so you cannot validate this release") as refused:
        sign(world, release, "3", by="ines")
    assert refused.value.extra["reason_code"] == "conflict_uploader"


def test_the_person_behind_the_uploading_token_cannot_validate(world: World) -> None:
    _give(world, "maren", Role.SUBMITTER)
    _give(world, "dora", Role.VALIDATOR)
    maren = world.cast.principal("maren")
    robot = people.make_service_account(
        account="ci-claims", printed_name="Claims pipeline", project=world.project, principal=maren
    )
    world.cast.people["ci-claims"] = robot
    _give(world, "ci-claims", Role.SUBMITTER)
    issued = tokens.issue(
        project=world.project,
        user=robot,
        name="CI",
        scopes=["run:submit", "artifact:upload"],
        expires_at=clock.now() + timedelta(days=1),
        principal=maren,
    )
    release = draft(world)
    run = admit_run(world, by=Principal(user=robot, token=issued.token))
    link_all(world, release, run)
    releases.submit(release, principal=world.engineer)
    sign(world, release, "1")
    sign(world, release, "2")
    with pytest.raises(SigningRefused, match="answered for its upload"):
        sign(world, release, "3")


def test_a_service_account_signs_nothing(world: World) -> None:
    robot = people.make_service_account(
        account="ci-notes", printed_name="Pipeline", project=world.project, principal=world.engineer
    )
    release = submitted(world)
    rule = policy.rules_of(release.policy).stage("1")
    found = separation.refusal(candidate(robot, release), rule, assess(release).duties)
    assert found is not None
    assert found.code == "not_a_person"


def test_the_owner_cannot_validate(world: World) -> None:
    _give(world, "tobias", Role.VALIDATOR)
    release = submitted(world)
    sign(world, release, "1")
    sign(world, release, "2", by="tobias")
    with pytest.raises(SigningRefused, match="You own"):
        sign(world, release, "3", by="tobias")


def test_one_person_signs_one_stage(world: World) -> None:
    _give(world, "olu", Role.COMPLIANCE_REVIEWER)
    release = submitted(world)
    for code in ("1", "2", "3", "4b"):
        sign(world, release, code)
    with pytest.raises(SigningRefused, match="one person signs one stage"):
        sign(world, release, "5", by="olu")


def test_in_the_low_tier_the_owner_may_also_release(world: World) -> None:
    _give(world, "tobias", Role.RELEASE_MANAGER)
    release = approved(world, answers=LOW)
    wanted = intent(world, release, "6", by="tobias", action=Action.RELEASE)
    operations.release_now(release, wanted, typed=typed("tobias"), principal=world.cast.principal("tobias"))
    assert reread(release).state == State.RELEASED


def test_who_administered_since_the_release_was_opened_cannot_sign(world: World) -> None:
    grant = _give(world, "ruth", Role.ADMIN)
    _give(world, "dora", Role.COMPLIANCE_REVIEWER)
    release = submitted(world)
    grants.revoke(grant, reason="Test", principal=Principal(user=world.cast["adam"]))
    for code in ("1", "2", "3", "4b"):
        sign(world, release, code)
    with pytest.raises(SigningRefused, match="administered") as refused:
        sign(world, release, "5")
    assert refused.value.extra["reason_code"] == "conflict_admin"


def test_an_expired_grant_signs_nothing(world: World) -> None:
    release = submitted(world)
    RoleGrant.objects.filter(user=world.cast["ines"]).update(
        valid_from=clock.now() - timedelta(days=2), valid_to=clock.now() - timedelta(days=1)
    )
    with pytest.raises(NotFound):
        sign(world, release, "1")


def test_a_role_without_the_stage_signs_nothing(world: World) -> None:
    release = submitted(world)
    with pytest.raises(SigningRefused, match="do not hold the role submitter"):
        sign(world, release, "1", by="maren")


def test_an_auditor_has_no_part_in_signing(world: World) -> None:
    release = submitted(world)
    with pytest.raises(PermissionMissing):
        sign(world, release, "1", by="audra")


def test_a_superuser_is_a_stranger_without_a_grant(world: World) -> None:
    release = submitted(world)
    with pytest.raises(NotFound):
        sign(world, release, "1", by="sue")


def test_a_superuser_with_a_grant_has_that_role_and_nothing_more(world: World) -> None:
    _give(world, "sue", Role.AUDITOR)
    release = submitted(world)
    with pytest.raises(PermissionMissing):
        sign(world, release, "1", by="sue")


def test_a_token_never_signs(world: World) -> None:
    release = submitted(world)
    wanted = intent(world, release, "1", by="ines")
    token = ApiToken(
        project=world.project, user=world.cast["ines"], issued_by=world.cast["ines"], scopes=["release:sign"]
    )
    with pytest.raises(SessionRequired):
        decisions.sign(
            release, wanted, typed=typed("ines"), principal=Principal(user=world.cast["ines"], token=token)
        )


def test_a_wrong_password_is_recorded_and_three_lock_signing(world: World) -> None:
    release = submitted(world)
    wanted = intent(world, release, "1", by="ines")
    principal = world.cast.principal("ines")
    for _ in range(3):
        with pytest.raises(CredentialsRefused):
            decisions.sign(release, wanted, typed=typed("ines", "wrong"), principal=principal)
    with pytest.raises(SigningLocked):
        decisions.sign(release, wanted, typed=typed("ines"), principal=principal)
    assert SigningFailure.objects.count() == 3
    assert LedgerEntry.objects.filter(kind="signature.locked").count() == 1
    assert not Signature.objects.exists()


def test_another_persons_account_name_does_not_sign(world: World) -> None:
    release = submitted(world)
    wanted = intent(world, release, "1", by="ines")
    with pytest.raises(CredentialsRefused):
        decisions.sign(
            release, wanted, typed=typed("tobias", PASSWORD), principal=world.cast.principal("ines")
        )


def test_a_challenge_works_once_for_its_person_and_two_minutes(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = submitted(world)
    wanted = intent(world, release, "1", by="ines")
    real = clock.now
    monkeypatch.setattr(clock, "now", lambda: real() + timedelta(minutes=3))
    with pytest.raises(ChallengeSpent):
        decisions.sign(release, wanted, typed=typed("ines"), principal=world.cast.principal("ines"))
    monkeypatch.undo()
    decisions.sign(release, wanted, typed=typed("ines"), principal=world.cast.principal("ines"))
    with pytest.raises(ChallengeSpent):
        decisions.sign(release, wanted, typed=typed("ines"), principal=world.cast.principal("ines"))


def test_a_view_from_before_a_change_is_refused_with_the_diff(world: World) -> None:
    release = submitted(world, answers=LOW)
    sign(world, release, "1")
    wanted = intent(world, release, "2", by="tobias")
    revised = revise(world, world.signal, threshold="0.04")
    assert revised.revision == 2
    again = intent(world, release, "1", by="ines")
    stale = signing.Intent(**{**again.__dict__, "view_digest": wanted.view_digest})
    with pytest.raises(ChallengeSpent):
        decisions.sign(release, stale, typed=typed("ines"), principal=world.cast.principal("ines"))


def test_a_newer_flag_makes_the_shown_view_stale(world: World) -> None:
    release = submitted(world, answers=LOW)
    wanted = intent(world, release, "1", by="ines")
    _give(world, "gus", Role.MODEL_OWNER)
    world.cast["tobias"].printed_name = "Tobias Changed"
    world.cast["tobias"].save()
    with pytest.raises(ViewChanged):
        decisions.sign(release, wanted, typed=typed("ines"), principal=world.cast.principal("ines"))


def test_voiding_a_linked_run_stops_signatures_visibly(world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    sign(world, release, "2")
    run = release.links.get(run__isnull=False).run
    assert run is not None
    runs.void(run, reason=REASON, principal=world.engineer)
    release = reread(release)
    assert (release.state, release.revision) == (State.IN_REVIEW, 2)
    ends = SignatureEnd.objects.filter(signature__release=release)
    assert ends.count() == 2
    change = next(entry for entry in ends[0].diff if entry["section"] == "evidence")
    assert change == {
        "section": "evidence",
        "slot": "private_evaluation",
        "id": str(run.pk),
        "signed": run.record_id,
        "now": None,
    }
    assert LedgerEntry.objects.filter(kind="signature.stopped").count() == 2


@pytest.mark.parametrize(
    "what", ["private_dataset", "model", "criteria", "rollback", "signal", "private_benchmark"]
)
def test_a_newer_record_stops_signatures(world: World, what: str) -> None:
    release = approved(world, answers=LOW)
    changes = {
        "private_dataset": {"relevance": "Other words."},
        "model": {"notes": "Other words."},
        "criteria": {"goal": "Other words."},
        "rollback": {"procedure": "Other words."},
        "signal": {"runbook": "Other words."},
        "private_benchmark": {"notes": "Other words."},
    }[what]
    revise(world, getattr(world, what), **changes)
    release = reread(release)
    assert (release.state, release.revision, release.approved_at) == (State.IN_REVIEW, 2, None)
    assert SignatureEnd.objects.count() == 2


def test_a_change_elsewhere_stops_nothing(world: World) -> None:
    release = approved(world, answers=LOW)
    revise(world, world.public_dataset, relevance="Other words.")
    assert reread(release).state == State.APPROVED
    assert not SignatureEnd.objects.exists()


def test_after_a_change_everybody_signs_the_new_revision(world: World) -> None:
    release = approved(world, answers=LOW)
    revise(world, world.signal, runbook="Other words.")
    for code in ("1", "2"):
        sign(world, release, code)
    assert reread(release).state == State.APPROVED
    go_live(world, release)
    assert reread(release).state == State.RELEASED


def test_a_live_release_is_suspended_when_its_evidence_falls(world: World) -> None:
    release = approved(world, answers=LOW)
    go_live(world, release)
    run = release.links.get(run__isnull=False).run
    assert run is not None
    runs.void(run, reason=REASON, principal=world.engineer)
    assert reread(release).state == State.SUSPENDED
    assert list(history.faults()) == []


def test_a_new_release_supersedes_the_live_one(world: World) -> None:
    first = approved(world, answers=LOW)
    go_live(world, first)
    second = approved(world, answers=LOW, deployment=first.deployment)
    go_live(world, second)
    assert reread(first).state == State.SUPERSEDED
    assert reread(second).state == State.RELEASED


def test_changes_are_requested_made_and_resubmitted(world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    with pytest.raises(EvidenceFrozen):
        linking.link(release, admit_run(world), slot="private_evaluation", principal=world.engineer)
    decisions.request_changes(
        release, reason=REASON, items=["Another run"], principal=world.cast.principal("maren")
    )
    assert reread(release).state == State.CHANGES_REQUESTED
    linking.link(release, admit_run(world), slot="private_evaluation", principal=world.engineer)
    revision = releases.submit(release, principal=world.engineer)
    assert (revision.number, reread(release).state) == (2, State.SUBMITTED)
    (end,) = SignatureEnd.objects.filter(signature__release=release)
    assert end.reason == "Revision 2 was submitted"
    assert revision.stages.get(code="1").state == "open"


def test_a_reviewer_rejects_with_a_signature(world: World) -> None:
    release = submitted(world)
    for code in ("1", "2"):
        sign(world, release, code)
    wanted = intent(world, release, "3", by="maren", action=Action.REJECT, comment=REASON)
    decisions.reject(release, wanted, typed=typed("maren"), principal=world.cast.principal("maren"))
    assert reread(release).state == State.REJECTED
    with pytest.raises(TransitionRefused):
        sign(world, release, "3")


def test_a_declined_stage_holds_the_review(world: World) -> None:
    release = submitted(world)
    for code in ("1", "2"):
        sign(world, release, code)
    wanted = intent(world, release, "3", by="maren", action=Action.DECLINE, comment=REASON)
    decisions.decline(release, wanted, typed=typed("maren"), principal=world.cast.principal("maren"))
    assert reread(release).state == State.IN_REVIEW
    with pytest.raises(StageClosed):
        sign(world, release, "4b")


def test_a_short_reason_is_refused(world: World) -> None:
    release = submitted(world)
    with pytest.raises(FieldsInvalid):
        decisions.withdraw(release, reason="no", principal=world.engineer)


def test_withdrawing_ends_the_review(world: World) -> None:
    release = submitted(world)
    decisions.withdraw(release, reason=REASON, principal=world.engineer)
    with pytest.raises(TransitionRefused):
        sign(world, release, "1")
