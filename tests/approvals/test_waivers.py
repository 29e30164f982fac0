"""Waivers: one failing gate of one release is set aside until a date, if another person signs it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals import emergency, releases, waiver_decisions, waivers
from approvals.errors import GateNotWaivable, GatesFail, TransitionRefused, WaiverInvalid, WaiverNotNeeded
from approvals.gate import GateState
from approvals.models.waivers import WaiverVerdict
from approvals.states import State
from approvals.waiver_requests import Target
from approvals.waiver_states import TRANSITIONS, WaiverAction, WaiverState, state_of
from evidence import clock, records
from evidence.models import LedgerEntry
from registry import history
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import RoleGrant
from tests.releases import LOW, go_live, reread
from tests.waivers import (
    NO_SIGNAL,
    PASS_RATE,
    REASON,
    approved_with_waiver,
    asked,
    at,
    decided,
    gate_of,
    ruled,
    unwatched,
    waived,
)
from tests.world import World


def test_a_waived_gate_names_its_waiver_and_stops_nothing(world: World) -> None:
    release, waiver = waived(world)
    gate = gate_of(release)
    assert gate.state == GateState.WAIVED
    assert gate.facts["waiver"] == waiver.human_id == f"{release.human_id}-W1"
    assert waiver.human_id in gate.reason
    assert releases.submit(release, principal=world.engineer).gates


def test_compliance_signs_once_more_where_a_waiver_is_present(world: World) -> None:
    release, _ = approved_with_waiver(world)
    assert release.state == State.APPROVED
    stage = release.revisions.get().stages.get(code="5")
    assert (stage.quorum, stage.reason) == (2, "required in tier moderate, waiver present")
    go_live(world, release)
    assert reread(release).state == State.RELEASED


ALLOWED = {
    WaiverState.REQUESTED: {WaiverAction.APPROVE, WaiverAction.REJECT, WaiverAction.CLOSE},
    WaiverState.APPROVED: {WaiverAction.BEGIN, WaiverAction.CLOSE},
    WaiverState.ACTIVE: {WaiverAction.RENEW, WaiverAction.CLOSE, WaiverAction.EXPIRE},
    WaiverState.EXPIRED: {WaiverAction.RENEW},
    WaiverState.REJECTED: set(),
    WaiverState.CLOSED: set(),
}


@pytest.mark.parametrize("state", WaiverState)
@pytest.mark.parametrize("action", WaiverAction)
def test_the_table_of_states_is_this_one(state: WaiverState, action: WaiverAction) -> None:
    assert ((state, action) in TRANSITIONS) == (action in ALLOWED[state])


def test_a_waiver_goes_through_its_states(world: World) -> None:
    """Requested, approved, active, expired: by a signature and by the clock."""
    release = unwatched(world)
    begins = clock.now() + timedelta(days=2)
    waiver = asked(world, release, starts_at=begins)
    states = [state_of(waiver, clock.now())]
    decided(world, waiver)
    waiver = waivers.reread(waiver)
    moments = (clock.now(), begins, at(waiver, microseconds=-1), at(waiver))
    states += [state_of(waiver, moment) for moment in moments]
    assert [str(state) for state in states] == ["requested", "approved", "active", "active", "expired"]
    assert gate_of(release).state == GateState.FAIL  # it has not begun


def test_what_nobody_decided_in_time_is_closed(world: World) -> None:
    waiver = asked(world, unwatched(world))
    assert state_of(waiver, at(waiver)) == WaiverState.CLOSED


def test_a_waiver_ends_with_its_release(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    _, waiver = waived(world)
    waiver = waivers.reread(waiver)
    waiver.release.state = State.WITHDRAWN
    assert state_of(waiver, clock.now()) == WaiverState.CLOSED
    waiver.release.save()
    with pytest.raises(TransitionRefused):
        asked(world, waiver.release)


@pytest.mark.parametrize(
    "gate", ["GATE_OWNER", "GATE_QUORUM", "GATE_EVIDENCE", "GATE_PRIVATE_EVAL", "GATE_X"]
)
def test_some_gates_are_never_waived(world: World, gate: str) -> None:
    with pytest.raises(GateNotWaivable):
        asked(world, unwatched(world), Target(gate))


def test_the_policy_lists_what_can_be_waived(world: World) -> None:
    release = unwatched(world)
    ruled(release, waivable=["GATE_CRITERIA", "GATE_OWNER"])
    for target in (NO_SIGNAL, Target("GATE_OWNER")):
        with pytest.raises(GateNotWaivable):
            asked(world, release, target)


def test_what_the_tier_no_longer_lets_be_waived_fails_again(world: World) -> None:
    release, _ = waived(world)
    ruled(release, waivable=["GATE_CRITERIA"])
    assert gate_of(release).state == GateState.FAIL


def test_a_gate_that_passes_needs_no_waiver(world: World) -> None:
    with pytest.raises(WaiverNotNeeded, match="does not fail"):
        asked(world, unwatched(world), PASS_RATE)


def test_a_criterion_is_named_exactly(world: World) -> None:
    with pytest.raises(WaiverInvalid, match=r"Lower 95% bound at least 0\.8") as refused:
        asked(world, unwatched(world), Target("GATE_CRITERIA", "pass rate"))
    assert refused.value.pointer == "/criterion"


def test_one_request_waits_for_one_gate(world: World) -> None:
    release = unwatched(world)
    asked(world, release)
    with pytest.raises(WaiverNotNeeded, match="W1 for the same gate is requested"):
        asked(world, release)


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"days": 90.01}, "/expires_at"),
        ({"days": 0}, "/expires_at"),
        ({"starts_at": datetime.max.replace(tzinfo=clock.now().tzinfo)}, "/starts_at"),
        ({"owner": "mallory"}, "/owner"),
    ],
)
def test_terms_have_bounds(world: World, changes: dict[str, Any], pointer: str) -> None:
    with pytest.raises(WaiverInvalid) as refused:
        asked(world, unwatched(world), **changes)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("name", ["measure", "reason"])
def test_measure_and_reason_are_sentences(world: World, name: str) -> None:
    changes: dict[str, Any] = {name: "Later."}
    with pytest.raises(FieldsInvalid):
        asked(world, unwatched(world), **changes)


@pytest.mark.parametrize("account", ["maren", "ruth", "pia", "audra", "adam"])
def test_who_only_reviews_asks_for_nothing(world: World, account: str) -> None:
    with pytest.raises(PermissionMissing):
        asked(world, unwatched(world), by=account)


def test_a_stranger_sees_nothing_to_waive(world: World) -> None:
    release, waiver = waived(world)
    mallory = world.cast.principal("mallory")
    with pytest.raises(NotFound):
        asked(world, release, PASS_RATE, by="mallory")
    with pytest.raises(NotFound):
        waivers.close(waiver, reason=REASON, principal=mallory)
    with pytest.raises(NotFound):
        waiver_decisions.open_dialog(waiver, WaiverVerdict.APPROVE, principal=mallory)


def test_the_request_is_a_record_and_its_decision_a_signed_statement(world: World) -> None:
    _, waiver = waived(world)
    body = records.load(waiver.record_id)
    assert body["covers"]["gate"] == "GATE_MONITORING"
    assert body["finding"]["state"] == "fail"
    assert body["owner"]["account"] == "tobias"
    (entry,) = LedgerEntry.objects.filter(kind="waiver.approved")
    assert entry.subject == f"waiver:{waiver.pk}"
    decision = waivers.reread(waiver).decided
    assert decision is not None
    assert decision.statement.subject_digest == waiver.record_id


def test_an_emergency_does_not_rest_on_a_waived_way_back(world: World) -> None:
    release, _ = waived(world)
    with pytest.raises(GatesFail) as refused:
        emergency.declare(
            release, incident="INC-1", cause=REASON, hours=24, principal=world.cast.principal("pia")
        )
    gates: Any = refused.value.extra["gates"]
    assert [gate["code"] for gate in gates] == ["GATE_MONITORING"]


def test_a_low_release_with_a_waiver_is_signed_by_compliance(world: World) -> None:
    release, _ = waived(world, answers=LOW)
    revision = releases.submit(release, principal=world.engineer)
    stage = revision.stages.get(code="5")
    assert (stage.quorum, stage.eligible, stage.reason) == (1, 1, "waiver present")


def test_too_few_reviewers_fail_the_quorum_gate(world: World) -> None:
    release, _ = waived(world)
    RoleGrant.objects.filter(user=world.cast["gus"]).update(valid_to=clock.now())
    gate = gate_of(release, "GATE_QUORUM")
    assert (gate.state, "5 Compliance: 1 of 2" in gate.reason) == (GateState.FAIL, True)


def test_the_log_is_complete(world: World) -> None:
    _, waiver = approved_with_waiver(world)
    waivers.close(waivers.reread(waiver), reason=REASON, principal=world.cast.principal("ruth"))
    assert [str(fault) for fault in history.faults()] == []
