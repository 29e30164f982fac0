"""T14 and T15: live by two persons for at most 72 hours, then the full review after the fact."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from benchseal.verify import Verdict
from django.db import IntegrityError, transaction

from approvals import afterwards, decisions, emergency, lifecycle, linking, pack_requests
from approvals.errors import (
    EmergencyInvalid,
    EvidenceFrozen,
    GatesFail,
    SessionRequired,
    SigningRefused,
    TransitionRefused,
)
from approvals.models import Decision, Release, ReleaseRevision
from approvals.models.releases import Purpose
from approvals.states import Action, State
from evidence import clock, records
from evidence.models import LedgerEntry
from registry.access.principals import Principal
from registry.access.roles import Role
from registry.errors import FieldsInvalid, PermissionMissing
from registry.models import ApiToken
from tests.approvals.packed import printed, report_of, sealed, unpacked
from tests.releases import approved, draft, go_live, intent, reread, sign, typed
from tests.world import World, admit_run

CAUSE = "The claims queue stands still since the supplier ended the old version."
INCIDENT = "INC-2041"


def declare(world: World, release: Release, *, by: str = "pia", hours: int = 48) -> ReleaseRevision:
    return emergency.declare(
        release, incident=INCIDENT, cause=CAUSE, hours=hours, principal=world.cast.principal(by)
    )


@pytest.fixture
def ready(world: World) -> Release:
    """A draft with a way back and something watched, and no evaluation."""
    release = draft(world)
    linking.link(release, world.rollback, slot="rollback", principal=world.engineer)
    linking.link(release, world.signal, slot="monitoring", principal=world.engineer)
    return release


def test_two_persons_make_it_live_with_an_end(world: World, ready: Release) -> None:
    revision = declare(world, ready)
    assert [stage.code for stage in revision.stages.all()] == ["E1", "E2"]
    sign(world, ready, "E1", by="pia")
    assert reread(ready).state == State.IN_REVIEW
    sign(world, ready, "E2", by="ruth")
    live = reread(ready)
    assert live.state == State.EMERGENCY_RELEASED
    assert live.released_at is not None
    assert live.emergency_ends_at == live.released_at + timedelta(hours=48)
    assert live.afterwards_due_at is not None
    assert live.afterwards_due_at > live.released_at
    assert Decision.objects.get(revision=revision).action == "release_in_emergency"


def test_the_view_says_that_it_is_an_emergency_and_which_gates_fail(world: World, ready: Release) -> None:
    declare(world, ready)
    signature = sign(world, ready, "E1", by="pia")
    view: dict[str, Any] = dict(records.load(signature.view_id))
    assert view["procedure"] == {
        "purpose": "emergency",
        "cause": CAUSE,
        "incident": INCIDENT,
        "hours": 48,
    }
    assert "GATE_PRIVATE_EVAL" in {gate["code"] for gate in view["gates"] if gate["state"] == "fail"}


def test_what_was_live_is_superseded(world: World, ready: Release) -> None:
    before = approved(world, deployment=ready.deployment)
    go_live(world, before)
    declare(world, ready)
    sign(world, ready, "E1", by="pia")
    sign(world, ready, "E2", by="ruth")
    assert reread(before).state == State.SUPERSEDED


def test_one_person_is_not_enough_whatever_roles_they_hold(world: World, ready: Release) -> None:
    world.cast.give("pia", Role.COMPLIANCE_REVIEWER)
    declare(world, ready)
    sign(world, ready, "E1", by="pia")
    with pytest.raises(SigningRefused, match="one person signs one stage") as refused:
        sign(world, ready, "E2", by="pia")
    assert refused.value.extra["reason_code"] == "conflict_other_stage"


def test_who_sent_the_evidence_is_no_second_person(world: World, ready: Release) -> None:
    world.cast.give("ines", Role.COMPLIANCE_REVIEWER)
    declare(world, ready)
    with pytest.raises(SigningRefused, match="opened"):
        sign(world, ready, "E2", by="ines")


@pytest.mark.parametrize("hours", [0, 73, 10_000])
def test_it_ends_within_the_hours_of_the_policy(world: World, ready: Release, hours: int) -> None:
    with pytest.raises(EmergencyInvalid, match="1 to 72 hours"):
        declare(world, ready, hours=hours)


def test_an_incident_is_named_and_the_cause_said(world: World, ready: Release) -> None:
    principal = world.cast.principal("pia")
    with pytest.raises(EmergencyInvalid, match="incident"):
        emergency.declare(ready, incident=" ", cause=CAUSE, hours=1, principal=principal)
    with pytest.raises(FieldsInvalid):
        emergency.declare(ready, incident=INCIDENT, cause="Quick.", hours=1, principal=principal)


def test_no_way_back_no_emergency(world: World) -> None:
    with pytest.raises(GatesFail) as refused:
        declare(world, draft(world))
    gates: Any = refused.value.extra["gates"]
    assert {gate["code"] for gate in gates} == {"GATE_ROLLBACK", "GATE_MONITORING"}


@pytest.mark.parametrize("account", ["ines", "tobias", "maren", "olu"])
def test_who_may_not_declare(world: World, ready: Release, account: str) -> None:
    with pytest.raises(PermissionMissing, match="release:emergency"):
        declare(world, ready, by=account)


def test_no_token_declares(world: World, ready: Release) -> None:
    text = world.cast.token("ines")
    principal = world.cast.principal("pia")
    token = ApiToken.objects.get(public_id=text.split("_")[1])
    with pytest.raises(SessionRequired):
        emergency.declare(
            ready,
            incident=INCIDENT,
            cause=CAUSE,
            hours=1,
            principal=Principal(user=principal.user, token=token),
        )


def test_after_its_hours_it_is_suspended(
    world: World, ready: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = released(world, ready)
    assert lifecycle.run() == 0
    end = live.emergency_ends_at
    assert end is not None
    monkeypatch.setattr(clock, "now", lambda: end)
    assert lifecycle.run() == 1
    assert reread(ready).state == State.SUSPENDED
    assert lifecycle.run() == 0
    told = LedgerEntry.objects.filter(subject=f"release:{ready.pk}").latest("pk")
    assert (told.kind, told.channel) == ("release.suspended", "system")


def test_the_full_review_follows_with_true_dates(world: World, ready: Release) -> None:
    live = released(world, ready)
    with pytest.raises(GatesFail):
        afterwards.begin(live, principal=world.engineer)
    linking.link(live, admit_run(world), slot="private_evaluation", principal=world.engineer)
    assert reread(live).state == State.EMERGENCY_RELEASED
    revision = afterwards.begin(live, principal=world.engineer)
    assert revision.purpose == Purpose.AFTERWARDS
    assert [stage.code for stage in revision.stages.all()] == ["1", "2", "3", "4b", "5"]
    for code in ("1", "2", "3", "4b"):
        sign(world, live, code)
        assert reread(live).state == State.EMERGENCY_RELEASED
    last = sign(world, live, "5")
    done = reread(live)
    assert done.state == State.RELEASED
    assert done.released_at == live.released_at
    assert done.emergency_ends_at is None
    assert done.approved_at is not None
    assert done.approved_at >= last.signed_at > (done.released_at or last.signed_at)


def test_evidence_is_frozen_while_the_review_is_signed(world: World, ready: Release) -> None:
    live = released(world, ready)
    linking.link(live, admit_run(world), slot="private_evaluation", principal=world.engineer)
    afterwards.begin(live, principal=world.engineer)
    with pytest.raises(EvidenceFrozen):
        linking.link(live, admit_run(world), slot="private_evaluation", principal=world.engineer)


def test_the_review_saves_it_also_after_its_hours(
    world: World, ready: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = released(world, ready)
    end = live.emergency_ends_at
    assert end is not None
    monkeypatch.setattr(clock, "now", lambda: end)
    lifecycle.run()
    linking.link(live, admit_run(world), slot="private_evaluation", principal=world.engineer)
    afterwards.begin(live, principal=world.engineer)
    for code in ("1", "2", "3", "4b", "5"):
        sign(world, live, code)
    assert reread(live).state == State.RELEASED


def test_a_usual_release_is_not_reviewed_after_the_fact(world: World) -> None:
    release = approved(world)
    go_live(world, release)
    with pytest.raises(TransitionRefused):
        afterwards.begin(release, principal=world.engineer)


def test_a_reviewer_sends_it_back_to_the_usual_way(world: World, ready: Release) -> None:
    declare(world, ready)
    decisions.request_changes(
        ready, reason="No emergency: the old version runs until May.", items=[], principal=_ruth(world)
    )
    assert reread(ready).state == State.CHANGES_REQUESTED
    linking.link(ready, admit_run(world), slot="private_evaluation", principal=world.engineer)


def test_a_declined_emergency_never_goes_live(world: World, ready: Release) -> None:
    declare(world, ready)
    sign(world, ready, "E1", by="pia")
    no = intent(world, ready, "E2", by="ruth", action=Action.DECLINE, comment=CAUSE)
    decisions.decline(ready, no, typed=typed("ruth"), principal=_ruth(world))
    assert reread(ready).state == State.IN_REVIEW


def test_the_database_knows_no_emergency_without_incident_or_end(world: World, ready: Release) -> None:
    revision = declare(world, ready)
    for values in ({"hours": None}, {"hours": 73}, {"incident": ""}, {"cause": ""}):
        with (
            pytest.raises(IntegrityError, match="emergency_names_incident_and_hours"),
            transaction.atomic(),
        ):
            ReleaseRevision.objects.filter(pk=revision.pk).update(**values)


@pytest.mark.thorough
def test_the_pack_tells_of_the_emergency_and_verifies(
    world: World, ready: Release, key_folder: Path, tmp_path: Path
) -> None:
    live = released(world, ready)
    pack = sealed(pack_requests.request_pack(live, include_private=False, principal=_ruth(world)))
    assert report_of(pack, key_folder).verdict == Verdict.GENUINE
    words = printed(unpacked(pack, tmp_path) / "audit-package.pdf")
    assert "Emergency release, incident INC-2041, at most 48 hours" in words
    assert "in an emergency until" in words
    assert CAUSE.split(maxsplit=1)[0] in words


def released(world: World, release: Release) -> Release:
    declare(world, release)
    sign(world, release, "E1", by="pia")
    sign(world, release, "E2", by="ruth")
    return reread(release)


def _ruth(world: World) -> Principal:
    return world.cast.principal("ruth")
