"""The workflow of two organisations from first evidence to the end, as their people go through it."""

from __future__ import annotations

from typing import Any

import pytest

from approvals import decisions, linking, operations, releases, suspension
from approvals.conditions import Terms
from approvals.errors import GatesFail, SigningRefused, StageClosed, TransitionRefused
from approvals.models import Condition, Release, Signature
from approvals.states import Action, State
from registry import history, runs
from registry.access.roles import Role
from registry.models import Run
from tests.codes import enrol
from tests.conditions import settle, sign_with, terms
from tests.releases import HIGH, MODERATE, draft, go_live, intent, link_all, reread, sign, typed
from tests.world import World, admit_run

CRITICAL: dict[str, Any] = MODERATE | {"reach": "rights_or_safety", "domain": "health"}


def sign_all(
    world: World, release: Release, *, s3: str = "", s5: str = "", pilot: Terms | None = None
) -> None:
    """Every stage up to compliance by the cast, with a second validator and a second of compliance.

    The domain reviewer may ask for a pilot first.
    """
    current = reread(release)
    stages = current.revisions.get(number=current.revision).stages.exclude(code="6")
    for code in stages.values_list("code", flat=True):
        if code == "4a" and pilot is not None:
            sign_with(world, release, code, pilot, by="dora")
        else:
            sign(world, release, code)
        second = {"3": s3, "5": s5}.get(code, "")
        if second:
            sign(world, release, code, by=second)


def test_harborsure_chooses_a_model_for_claims_notes(world: World) -> None:
    """Public scores alone do not get anywhere; neither does a signature out of order or of one's own work."""
    release = draft(world, answers=HIGH)
    linking.link(release, admit_run(world, public=True), slot="public_evidence", principal=world.engineer)
    linking.link(release, world.rollback, slot="rollback", principal=world.engineer)
    linking.link(release, world.signal, slot="monitoring", principal=world.engineer)
    with pytest.raises(GatesFail) as blocked:
        releases.submit(release, principal=world.engineer)
    assert "GATE_PRIVATE_EVAL" in str(blocked.value.extra["gates"])
    private = admit_run(world)
    linking.link(reread(release), private, slot="private_evaluation", principal=world.engineer)
    releases.submit(reread(release), principal=world.engineer)
    for stage in ("1", "2"):
        sign(world, release, stage)
    with pytest.raises(StageClosed, match="Waiting for stage 3"):
        sign(world, release, "5")
    world.cast.give("ines", Role.VALIDATOR)
    with pytest.raises(SigningRefused, match=f"You uploaded {private.human_id}|You opened"):
        sign(world, release, "3", by="ines")
    for stage in ("3", "4a", "4b", "5"):
        sign(world, release, stage)
    assert reread(release).state == State.APPROVED
    go_live(world, release)
    assert reread(release).state == State.RELEASED
    assert list(history.faults()) == []


def test_pineward_signs_again_after_a_raw_file_was_replaced(world: World) -> None:
    """Tier Critical: two validators, every field, two of three of compliance; then the evidence falls."""
    for account, role in (("gus", Role.VALIDATOR), ("audra", Role.COMPLIANCE_REVIEWER)):
        world.cast.give(account, role)
        enrol(world.cast[account])
    release = draft(world, answers=CRITICAL)
    first = link_all(world, release)
    refuse_for_quorum(world, release)
    world.cast.give("paul", Role.COMPLIANCE_REVIEWER)
    releases.submit(reread(release), principal=world.engineer)
    sign_all(world, release, s3="gus", s5="audra")
    assert reread(release).state == State.APPROVED

    runs.void(first, reason="One raw output file was replaced.", principal=world.engineer)
    assert reread(release).state == State.IN_REVIEW
    stopped = Signature.objects.filter(release=release)
    assert {one.counts for one in stopped} == {False}
    assert all(one.end.manifest_digest != one.manifest_digest and one.end.diff for one in stopped)
    with pytest.raises(TransitionRefused):
        go_live_anyway(world, release)

    maren = world.cast.principal("maren")
    decisions.request_changes(reread(release), reason="Send the outputs again.", items=[], principal=maren)
    linking.link(
        reread(release), admit_run(world, k=350), slot="private_evaluation", principal=world.engineer
    )
    take_out(world, release, first)
    releases.submit(reread(release), principal=world.engineer)
    sign_all(world, release, s3="gus", s5="audra", pilot=terms(world))  # 5 % of the traffic for 14 days
    assert reread(release).state == State.APPROVED_CONDITIONAL
    go_live(world, release)
    settle(world, Condition.objects.get(), by="dora")

    olu = world.cast.principal("olu")
    suspension.suspend(reread(release), reason="The p95 is 3.4 s for half an hour.", principal=olu)
    assert reread(release).state == State.SUSPENDED
    tobias = world.cast.principal("tobias")
    cause = "A neighbour of the model used the same machine."
    suspension.propose_reinstatement(reread(release), cause=cause, principal=tobias)
    for stage in ("2", "3", "5"):
        sign(world, release, stage)
    assert reread(release).state == State.RELEASED
    assert list(history.faults()) == []


def refuse_for_quorum(world: World, release: Release) -> None:
    """Two of three need three who could."""
    with pytest.raises(GatesFail) as blocked:
        releases.submit(reread(release), principal=world.engineer)
    assert "GATE_QUORUM" in str(blocked.value.extra["gates"])


def go_live_anyway(world: World, release: Release) -> None:
    """Pia tries to release what is in review again."""
    wanted = intent(world, release, "6", by="pia", action=Action.RELEASE)
    operations.release_now(release, wanted, typed=typed("pia"), principal=world.cast.principal("pia"))


def take_out(world: World, release: Release, run: Run) -> None:
    """The link of a void run."""
    row = release.links.get(run=run)
    linking.unlink(row, reason="The run is void.", principal=world.engineer)
