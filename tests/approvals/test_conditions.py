"""Conditions of signatures: an approval under them (T8), who settles them, and what their date does (T11)."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from approvals import condition_outcomes, conditions, lifecycle, suspension
from approvals.conditions import ConditionState
from approvals.errors import (
    ConditionInvalid,
    ConditionSettled,
    ConditionsOverdue,
    SessionRequired,
    SigningRefused,
)
from approvals.models import Condition, ConditionEvent, Release
from approvals.models.conditions import ConditionStep
from approvals.states import State
from evidence import clock, records
from evidence.models import LedgerEntry
from evidence.statements import payload_of
from registry import history, runs
from registry.access.principals import Principal
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import Run
from tests.conditions import CHECK, FINDING, TEXT, conditional, settle, sign_with, terms
from tests.database_owner import owner_of_the_database
from tests.releases import go_live, released, reread, sign, submitted
from tests.world import World, revise


def kinds(condition: Condition) -> list[str]:
    entries = LedgerEntry.objects.filter(subject=f"condition:{condition.pk}").order_by("pk")
    return list(entries.values_list("kind", flat=True))


def state(condition: Condition, moment: Any = None) -> ConditionState:
    return conditions.state_of(condition_outcomes.reread(condition), moment or clock.now())


def live(world: World) -> tuple[Release, Condition]:
    release, condition = conditional(world)
    go_live(world, release)
    return reread(release), condition


def test_the_last_quorum_approves_under_the_conditions_that_signers_set(world: World) -> None:
    release, condition = conditional(world)
    assert release.state == State.APPROVED_CONDITIONAL
    decision = release.revisions.get().decisions.get()
    assert decision.action == "approve_conditionally"
    said = json.loads(payload_of(bytes(decision.statement.envelope)))["predicate"]
    assert said["conditions"] == [
        {"signature": condition.signature.statement_id, **conditions.as_stated(condition)}
    ]
    assert kinds(condition) == ["condition.set"]


def test_a_condition_is_part_of_the_signed_statement(world: World) -> None:
    _, condition = conditional(world)
    said = json.loads(payload_of(bytes(condition.signature.statement.envelope)))["predicate"]
    assert said["conditions"] == [
        {
            "number": 1,
            "text": TEXT,
            "measurable_check": CHECK,
            "owner": {"id": str(world.cast["tobias"].pk), "printed_name": world.cast["tobias"].printed_name},
            "due_at": said["conditions"][0]["due_at"],
        }
    ]


def test_a_later_signer_is_shown_them_and_a_parallel_one_is_not(world: World) -> None:
    release, _ = conditional(world)
    shown = {
        str(one.stage.code): records.load(one.view_id).get("conditions", [])
        for one in release.signatures.select_related("stage")
    }
    assert [one["text"] for one in shown["5"]] == [TEXT]
    assert shown["5"][0]["state"] == "open"
    assert shown["5"][0]["stage"] == "4b"
    assert not any(shown[code] for code in ("1", "2", "3", "4b"))


def test_what_is_met_before_the_last_signature_binds_no_approval(world: World) -> None:
    release = submitted(world)
    for stage in ("1", "2"):
        sign(world, release, stage)
    signature = sign_with(world, release, "3", terms(world))
    settle(world, signature.conditions.get(), by="maren")
    for stage in ("4b", "5"):
        sign(world, release, stage)
    assert reread(release).state == State.APPROVED


def test_a_release_goes_live_under_its_conditions(world: World) -> None:
    release, condition = live(world)
    assert release.state == State.RELEASED
    assert state(condition) == ConditionState.OPEN
    settle(world, condition)
    assert state(condition) == ConditionState.MET
    assert kinds(condition) == ["condition.set", "condition.met"]


@pytest.mark.parametrize("stage", ["1", "2"])
def test_who_made_or_owns_a_release_sets_no_conditions(world: World, stage: str) -> None:
    release = submitted(world)
    if stage == "2":
        sign(world, release, "1")
    with pytest.raises(ConditionInvalid, match=f"Stage {stage} sets no conditions"):
        sign_with(world, release, stage, terms(world, owner="maren"))
    assert not Condition.objects.exists()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"text": "Too short"}, "/conditions/1/text"),
        ({"measurable_check": " " * 20}, "/conditions/1/measurable_check"),
        ({"days": 0}, "/conditions/1/due_at"),
        ({"days": 367}, "/conditions/1/due_at"),
        ({"owner": "mallory"}, "/conditions/1/owner"),
    ],
)
def test_what_cannot_be_set_is_refused_with_its_place(
    world: World, changes: dict[str, Any], pointer: str
) -> None:
    release = submitted(world)
    for stage in ("1", "2"):
        sign(world, release, stage)
    with pytest.raises(ConditionInvalid) as refused:
        sign_with(world, release, "3", terms(world), terms(world, **changes))
    assert refused.value.pointer == pointer
    assert not release.signatures.filter(stage__code="3").exists()


def test_a_signature_sets_ten_at_most(world: World) -> None:
    release = submitted(world)
    for stage in ("1", "2"):
        sign(world, release, stage)
    with pytest.raises(ConditionInvalid, match="10 conditions at most"):
        sign_with(world, release, "3", *[terms(world)] * 11)
    signature = sign_with(world, release, "3", *[terms(world)] * 10)
    assert [one.number for one in signature.conditions.all()] == list(range(1, 11))


def test_a_signer_may_name_nobody_who_does_not_sign_but_only_people_of_the_project(world: World) -> None:
    release = submitted(world)
    for stage in ("1", "2"):
        sign(world, release, stage)
    assert sign_with(world, release, "3", terms(world, owner="audra")).conditions.get().owner_name


# --- settling ---


@pytest.mark.parametrize("account", ["ines", "tobias", "maren", "fay", "ruth", "pia"])
def test_only_who_holds_the_role_of_its_stage_settles_it(world: World, account: str) -> None:
    _, condition = conditional(world)
    with pytest.raises(SigningRefused) as refused:
        settle(world, condition, by=account)
    expected = "conflict_condition_owner" if account == "tobias" else "role_missing"
    assert refused.value.extra["reason_code"] == expected
    assert state(condition) == ConditionState.OPEN


@pytest.mark.parametrize("account", ["audra", "adam"])
def test_who_signs_nothing_settles_nothing(world: World, account: str) -> None:
    _, condition = conditional(world)
    with pytest.raises(PermissionMissing):
        settle(world, condition, by=account)


def test_a_stranger_finds_nothing_to_settle(world: World) -> None:
    _, condition = conditional(world)
    with pytest.raises(NotFound):
        settle(world, condition, by="mallory")


def test_its_owner_never_judges_it(world: World) -> None:
    release = submitted(world)
    for stage in ("1", "2", "3"):
        sign(world, release, stage)
    condition = sign_with(world, release, "4b", terms(world, owner="olu")).conditions.get()
    with pytest.raises(SigningRefused, match="another person says"):
        settle(world, condition, by="olu")


def test_a_token_settles_nothing(world: World) -> None:
    _, condition = conditional(world)
    world.cast.token("tobias", "project:read")
    tobias = world.cast["tobias"]
    by_token = Principal(user=tobias, token=tobias.tokens.get())
    with pytest.raises(SessionRequired):
        condition_outcomes.settle(condition, ConditionStep.MET, finding=FINDING, principal=by_token)


def test_a_finding_is_needed(world: World) -> None:
    _, condition = conditional(world)
    with pytest.raises(FieldsInvalid):
        settle(world, condition, finding="Fine.")


@pytest.mark.parametrize("step", [ConditionStep.MET, ConditionStep.LIFTED])
def test_it_is_settled_once(world: World, step: ConditionStep) -> None:
    _, condition = conditional(world)
    settle(world, condition, step=step)
    with pytest.raises(ConditionSettled):
        settle(world, condition)
    with (
        pytest.raises(IntegrityError, match=r"condition_settled_once|approvals_conditionevent"),
        transaction.atomic(),
    ):
        ConditionEvent.objects.create(
            condition=condition,
            step=ConditionStep.LIFTED,
            finding="Once more.",
            by=world.cast["olu"],
            at=clock.now(),
        )


# --- the date ---


def test_an_overdue_condition_suspends_what_is_live_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, condition = live(world)
    monkeypatch.setattr(clock, "now", lambda: condition.due_at - timedelta(microseconds=1))
    lifecycle.run()
    assert reread(release).state == State.RELEASED
    monkeypatch.setattr(clock, "now", lambda: condition.due_at)
    assert lifecycle.run() == 1
    assert reread(release).state == State.SUSPENDED
    assert state(condition) == ConditionState.OVERDUE
    assert lifecycle.run() == 0
    assert kinds(condition) == ["condition.set", "condition.overdue"]
    told = LedgerEntry.objects.filter(subject=f"release:{release.pk}").latest("pk")
    assert told.kind == "release.suspended"
    assert list(history.faults()) == []


def test_an_overdue_condition_stops_the_release_until_it_is_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, condition = conditional(world)
    monkeypatch.setattr(clock, "now", lambda: condition.due_at)
    with pytest.raises(ConditionsOverdue) as refused:
        go_live(world, release)
    assert refused.value.extra["conditions"] == [TEXT]
    condition_outcomes.stop_overdue(condition.due_at)
    assert reread(release).state == State.APPROVED_CONDITIONAL  # nothing is live that could be stopped
    settle(world, condition, step=ConditionStep.LIFTED)
    go_live(world, release)
    assert reread(release).state == State.RELEASED


def test_it_comes_back_only_once_the_condition_is_settled(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, condition = live(world)
    monkeypatch.setattr(clock, "now", lambda: condition.due_at)
    lifecycle.run()
    cause = "The share of the traffic was never limited; the gateway now does."
    with pytest.raises(ConditionsOverdue):
        suspension.propose_reinstatement(release, cause=cause, principal=world.cast.principal("ruth"))
    settle(world, condition)
    suspension.propose_reinstatement(release, cause=cause, principal=world.cast.principal("ruth"))
    for stage in ("2", "3", "5"):
        sign(world, release, stage)
    assert reread(release).state == State.RELEASED


# --- signatures that stop counting ---


def test_before_release_it_falls_with_its_signature(world: World) -> None:
    release, condition = conditional(world)
    runs.void(Run.objects.get(), reason="The prompts were those of another model.", principal=world.engineer)
    assert reread(release).state == State.IN_REVIEW
    assert state(condition) == ConditionState.FALLEN
    with pytest.raises(ConditionSettled):
        settle(world, condition)


def test_what_is_live_stays_bound_when_its_signatures_stop_counting(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release, condition = live(world)
    revise(world, world.signal, threshold="2.5")
    assert not release.signatures.filter(end__isnull=True).exists()
    assert state(condition) == ConditionState.OPEN
    monkeypatch.setattr(clock, "now", lambda: condition.due_at)
    lifecycle.run()
    assert reread(release).state == State.SUSPENDED


def test_what_is_superseded_is_bound_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release, condition = live(world)
    released(world, deployment=release.deployment)
    assert reread(release).state == State.SUPERSEDED
    assert state(condition) == ConditionState.FALLEN
    assert condition_outcomes.stop_overdue(condition.due_at) == 0


# --- the log ---


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        ("UPDATE approvals_condition SET text = 'Nothing has to be done.'", "text is"),
        ("UPDATE approvals_condition SET text = 'Nothing has to be done.'", "conditions is"),
        ("UPDATE approvals_condition SET owner_name = 'Somebody'", "conditions is"),
        ("UPDATE approvals_condition SET due_at = '2099-01-01 00:00:00'", "due_at is"),
        ("DELETE FROM approvals_conditionevent", "met is null"),
        ("UPDATE approvals_conditionevent SET finding = 'It went well.'", "findings is"),
        ("UPDATE approvals_conditionevent SET step = 'lifted'", "lifted is"),
    ],
)
def test_what_is_changed_behind_the_log_is_found(world: World, sql: str, said: str) -> None:
    _, condition = conditional(world)
    settle(world, condition)
    assert list(history.faults()) == []
    with owner_of_the_database() as owner:
        owner.execute(sql)
        assert any(said in str(fault) for fault in history.faults())
