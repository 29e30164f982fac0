"""Any people, any acts, in any order: whatever they do, no release is approved or live without a right to be.

What must hold is computed here from the bare rows and from what the test itself saw happen, never by
asking the rules that the steps ask.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import pytest
from django.db import transaction
from django.db.models import Q
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from approvals import (
    afterwards,
    challenge_closing,
    challenge_replies,
    challenges,
    condition_outcomes,
    decisions,
    delegations,
    emergency,
    lifecycle,
    linking,
    operations,
    releases,
    suspension,
)
from approvals.assessment import assess
from approvals.challenges import Question
from approvals.conditions import Terms
from approvals.models import Challenge, Condition, ConditionEvent, Release, ReleaseRevision, Signature
from approvals.models.challenges import Closing
from approvals.models.conditions import ConditionStep
from approvals.signing import Intent
from approvals.states import EDITABLE, LIVE, SIGNED_STATES, Action, State
from evidence import clock
from evidence.errors import BenchsealError
from registry import history, runs
from registry.access import grants
from registry.access.roles import Role
from registry.models import RoleGrant, Run
from tests import releases as made
from tests.approvals import deputising
from tests.cast import ROLES
from tests.world import World, admit_run

PEOPLE: Final = (*ROLES, "gus", "sue")
REASON: Final = "The evidence was read again by the whole team."
STAGES: Final = ("1", "2", "3", "4a", "4b", "4c", "4d", "5", "6", "E1", "E2")
NEVER_BY_SENDERS: Final = frozenset({"3", "5", "6"})
"""Stages that nobody signs who sent anything in."""
PLANNED: Final = {"E1": "pia", "E2": "ruth"} | made.SIGNERS
"""Stage → who of the cast is there for it."""

people = st.sampled_from(PEOPLE)
signing_roles = st.sampled_from([role for role in Role if role not in (Role.AUDITOR, Role.ADMIN)])


class Course(RuleBasedStateMachine):
    """One release after the other on one deployment, and whoever wants something of them."""

    world: World

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.dialogs: list[tuple[str, Intent, Action]] = []
        self.shown: set[tuple[str, str, str]] = set()
        self.senders: dict[UUID, set[str]] = defaultdict(set)
        self.admins = {("adam", clock.now(), datetime.max.replace(tzinfo=UTC))}
        self.now = clock.now
        self.release = made.draft(self.world)
        self.senders[self.release.pk].add("ines")

    def teardown(self) -> None:
        """The log tells the same story; then everything is undone."""
        try:
            assert [str(fault) for fault in history.faults()] == []
        finally:
            clock.now = self.now
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    @initialize(tier=st.sampled_from([made.LOW, made.MODERATE, made.HIGH]), steps=st.integers(0, 10))
    def begin(self, tier: dict[str, Any], steps: int) -> None:
        """A tier, evidence to rest on, and a part of the way that is planned for it."""
        releases.change(self.release, {"tier_answers": tier}, principal=self.world.engineer)
        made.link_all(self.world, self.release)
        self.go_on(steps)

    def attempt(self, step: Any, *args: Any, **kwargs: Any) -> Any:
        """A step, whole or not at all; a refusal is an answer."""
        try:
            with transaction.atomic():
                return step(*args, **kwargs)
        except BenchsealError:
            return None

    def read(self) -> Release:
        """The release now."""
        return made.reread(self.release)

    @rule(by=people)
    def send_evidence(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        run = self.attempt(admit_run, self.world, by=principal)
        if run is None:
            return
        linked = self.attempt(linking.link, self.read(), run, slot="private_evaluation", principal=principal)
        if linked is not None:
            self.senders[self.release.pk].add(by)

    @rule(by=people)
    def link_the_rest(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        for target, slot in ((self.world.rollback, "rollback"), (self.world.signal, "monitoring")):
            self.attempt(linking.link, self.read(), target, slot=slot, principal=principal)

    @rule(by=st.sampled_from(["ines", "tobias", "maren"]))
    def void_a_run(self, by: str) -> None:
        run = Run.objects.filter(links__release=self.release, status="admitted").first()
        if run is not None:
            self.attempt(runs.void, run, reason=REASON, principal=self.world.cast.principal(by))

    @rule(by=people)
    def submit_or_not(self, by: str) -> None:
        self.submit(by)

    def submit(self, by: str) -> None:
        if self.attempt(releases.submit, self.read(), principal=self.world.cast.principal(by)):
            self.senders[self.release.pk].add(by)

    @rule(by=people, stage=st.sampled_from(STAGES), action=st.sampled_from(["sign", "decline", "reject"]))
    def look(self, by: str, stage: str, action: str) -> None:
        self.open_dialog(by, stage, Action(action))

    @rule(by=people, of=people, number=st.integers(0, 3))
    def answer_a_dialog(self, by: str, of: str, number: int) -> None:
        """One's own dialog or somebody else's, fresh or long since stale."""
        known = [one for one in self.dialogs if one[0] == of]
        if known:
            _, intent, action = known[-1 - number % len(known)]
            self.answer(by, intent, action)

    @rule(steps=st.integers(1, 8))
    def as_planned(self, steps: int) -> None:
        self.go_on(steps)

    @rule(steps=st.integers(1, 8))
    def further_as_planned(self, steps: int) -> None:
        """The same once more: of all that can be done, most should lead on."""
        self.go_on(steps)

    @rule(by=people, stage=st.sampled_from(STAGES), steps=st.integers(1, 8))
    def as_planned_but_for_one(self, by: str, stage: str, steps: int) -> None:
        """Somebody else tries the stage that is open."""
        self.go_on(steps)
        self.sign_now(by, self.open_stage() or stage)

    def go_on(self, steps: int) -> None:
        """What the cast is there for: submit, sign what is open, release."""
        for _ in range(steps):
            if self.read().state in EDITABLE:
                self.submit("ines")
            if stage := self.open_stage():
                self.sign_now(PLANNED[stage], stage)

    def open_stage(self) -> str:
        """The first stage that waits for a signature."""
        current = self.revision()
        stage = current.stages.filter(state="open").order_by("code").first() if current else None
        return stage.code if stage else ""

    @rule(by=people, stage=st.sampled_from(STAGES))
    def sign_out_of_turn(self, by: str, stage: str) -> None:
        self.sign_now(by, stage)

    def sign_now(self, by: str, stage: str) -> None:
        intent = self.open_dialog(by, stage, Action.RELEASE if stage == "6" else Action.SIGN)
        if intent is not None:
            self.answer(by, intent, intent.action)

    def open_dialog(self, by: str, stage: str, action: Action) -> Intent | None:
        intent: Intent | None = self.attempt(
            made.intent, self.world, self.read(), stage, by=by, action=action, comment=REASON
        )
        if intent is not None:
            self.dialogs.append((by, intent, action))
            self.shown.add((by, stage, intent.view_digest))
        return intent

    def answer(self, by: str, intent: Intent, action: Action) -> None:
        steps: dict[Action, Any] = {
            Action.SIGN: decisions.sign,
            Action.DECLINE: decisions.decline,
            Action.REJECT: decisions.reject,
            Action.RELEASE: operations.release_now,
        }
        who = self.world.cast.principal(by)
        self.attempt(steps[action], self.read(), intent, typed=made.typed(by), principal=who)

    @rule(owner=people, days=st.sampled_from([0, 2, 30, 400]))
    def sign_under_a_condition(self, owner: str, days: float) -> None:
        """Whose stage is open asks somebody for something with the signature."""
        stage = self.open_stage()
        if stage and stage != "6":
            by = PLANNED[stage]
            asked = Terms(REASON, REASON, self.world.cast[owner], clock.now() + timedelta(days=days))
            intent = self.open_dialog(by, stage, Action.SIGN)
            if intent is not None:
                self.answer(by, replace(intent, conditions=(asked,)), Action.SIGN)

    @rule(by=people, step=st.sampled_from([ConditionStep.MET, ConditionStep.LIFTED]))
    def settle_a_condition(self, by: str, step: ConditionStep) -> None:
        condition = Condition.objects.filter(signature__release=self.release).last()
        if condition is not None:
            principal = self.world.cast.principal(by)
            self.attempt(condition_outcomes.settle, condition, step, finding=REASON, principal=principal)

    @rule(by=people)
    def ask_a_question(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        self.attempt(challenges.ask, self.read(), Question(REASON), principal=principal)

    @rule(answers=people, closes=people, outcome=st.sampled_from(Closing))
    def settle_a_question(self, answers: str, closes: str, outcome: Closing) -> None:
        """Somebody answers and somebody closes, or who asked does."""
        question = Challenge.objects.open().filter(release=self.release).first()
        if question is None:
            return
        for answering in (answers, "tobias"):
            principal = self.world.cast.principal(answering)
            self.attempt(challenge_replies.answer, question, text=REASON, principal=principal)
        for closing in (closes, question.asked_by.username):
            principal = self.world.cast.principal(closing)
            self.attempt(challenge_closing.close, question, outcome, reason=REASON, principal=principal)

    @rule(by=people)
    def request_changes(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        self.attempt(decisions.request_changes, self.read(), reason=REASON, items=["x"], principal=principal)

    @rule(by=people)
    def withdraw(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        self.attempt(decisions.withdraw, self.read(), reason=REASON, principal=principal)

    @rule(by=people)
    def suspend(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        self.attempt(suspension.suspend, self.read(), reason=REASON, principal=principal)

    @rule(by=people)
    def reinstate(self, by: str) -> None:
        principal = self.world.cast.principal(by)
        self.attempt(suspension.propose_reinstatement, self.read(), cause=REASON, principal=principal)

    @rule(by=st.sampled_from(["pia", "ruth", "maren"]), hours=st.integers(1, 72))
    def declare_an_emergency(self, by: str, hours: int) -> None:
        principal = self.world.cast.principal(by)
        self.attempt(
            emergency.declare, self.read(), incident="INC-1", cause=REASON, hours=hours, principal=principal
        )

    @rule(by=people)
    def review_afterwards(self, by: str) -> None:
        if self.attempt(afterwards.begin, self.read(), principal=self.world.cast.principal(by)):
            self.senders[self.release.pk].add(by)

    @rule(to=people, role=signing_roles)
    def give_a_role(self, to: str, role: Role) -> None:
        principal = self.world.cast.principal("adam")
        user = self.world.cast[to]
        self.attempt(
            grants.give, project=self.world.project, user=user, role=role, reason=REASON, principal=principal
        )

    @rule(to=people)
    def make_an_administrator(self, to: str) -> None:
        """For a moment: it is enough to bar from signing."""
        adam, project = self.world.cast.principal("adam"), self.world.project
        user = self.world.cast[to]
        given = self.attempt(
            grants.give, project=project, user=user, role=Role.ADMIN, reason=REASON, principal=adam
        )
        if given is not None:
            since = clock.now()
            self.attempt(grants.revoke, given, reason=REASON, principal=adam)
            self.admins.add((to, since, clock.now()))

    @rule(of=people)
    def take_a_role(self, of: str) -> None:
        held = RoleGrant.objects.in_force().filter(user=self.world.cast[of], project=self.world.project)
        found = held.exclude(role=Role.ADMIN).first()
        if found is not None:
            adam = self.world.cast.principal("adam")
            self.attempt(grants.revoke, found, reason=REASON, principal=adam)

    @rule(to=st.sampled_from(["dora", "fay", "gus", "maren"]))
    def delegate_and_sign(self, to: str) -> None:
        """Whose stage is open gives it to somebody, who signs at once."""
        stage = self.open_stage()
        if stage not in made.SIGNERS:
            return
        principal, wish = self.world.cast.principal(PLANNED[stage]), deputising.wish(self.world, to, stage)
        given = self.attempt(delegations.delegate, self.world.project, wish, principal=principal)
        if given is None:
            return
        one = self.attempt(delegations.accept, given, principal=self.world.cast.principal(to))
        if one is None:
            return
        action = Action.RELEASE if stage == "6" else Action.SIGN
        intent = self.attempt(deputising.intend, self.world, self.read(), one, action=action)
        if intent is not None:
            self.shown.add((to, stage, intent.view_digest))
            self.answer(to, intent, action)

    @rule(days=st.sampled_from([0.01, 1, 4, 40, 120]))
    def time_passes(self, days: float) -> None:
        moment = clock.now() + timedelta(days=days)
        clock.now = lambda: moment
        lifecycle.run()

    @precondition(lambda self: self.read().state not in SIGNED_STATES | EDITABLE)
    @rule()
    def another_release(self) -> None:
        """The next one of the same deployment, on evidence of its own."""
        release = self.attempt(made.draft, self.world, deployment=self.release.deployment)
        if release is not None:
            self.release = release
            self.senders[release.pk].add("ines")
            self.attempt(made.link_all, self.world, release)

    def revision(self) -> ReleaseRevision | None:
        """The revision that is decided now."""
        release = self.read()
        return release.revisions.filter(number=release.revision).first()

    @invariant()
    def nothing_is_approved_without_its_quorum(self) -> None:
        release, revision = self.read(), self.revision()
        if release.state not in (State.APPROVED, State.APPROVED_CONDITIONAL) or revision is None:
            return
        for stage in revision.stages.exclude(code="6"):
            persons = {
                one.on_behalf_of_id or one.signer_id
                for one in counting(release).filter(stage=stage, action="sign")
            }
            assert stage.state == "signed", f"{stage.code} is {stage.state} in an approved release"
            assert len(persons) >= stage.quorum, f"{stage.code} has {len(persons)} of {stage.quorum}"

    @invariant()
    def nobody_signs_what_is_his_own(self) -> None:
        for one in counting(self.release).filter(action__in=["sign", "release"]):
            persons = [one.signer] + ([one.on_behalf_of] if one.on_behalf_of else [])
            for person in persons:
                self.no_conflict(one, person.username)
            holder = one.on_behalf_of or one.signer
            assert holds(holder.pk, one.role, one.signed_at), f"{holder} had no role {one.role}"

    def no_conflict(self, one: Signature, account: str) -> None:
        """What bars a person, as this test saw it happen."""
        code = one.stage.code
        assert account != "sue", "a superuser signed"
        for administrator, since, until in self.admins:
            was = administrator == account and since <= one.signed_at and until > one.release.opened_at
            assert not was, f"{account} administered the project since the release was opened"
        if code in NEVER_BY_SENDERS:
            assert account not in self.senders[one.release_id], f"{account} sent something and signed {code}"
        if code == "3":
            assert account != "tobias", "the owner validated"

    @invariant()
    def one_person_signs_one_stage(self) -> None:
        stages: dict[UUID, set[str]] = defaultdict(set)
        for one in counting(self.release).filter(action__in=["sign", "release"]):
            stages[one.signer_id].add(one.stage.code)
            if one.on_behalf_of_id:
                stages[one.on_behalf_of_id].add(one.stage.code)
        low = self.read().tier == "low"
        for codes in stages.values():
            assert len(codes) == 1 or (low and codes == {"2", "6"}), f"one person signed {sorted(codes)}"

    @invariant()
    def nothing_is_signed_that_was_not_shown(self) -> None:
        for one in Signature.objects.filter(release=self.release).select_related("signer", "stage"):
            assert (one.signer.username, one.stage.code, one.view_id) in self.shown

    @invariant()
    def what_counts_was_signed_on_the_evidence_of_now(self) -> None:
        release = self.read()
        signatures = list(counting(release))
        if release.state not in SIGNED_STATES | LIVE or not signatures:
            return
        digest = assess(release).manifest.digest
        assert {one.manifest_digest for one in signatures} == {digest}

    @invariant()
    def an_approval_says_whether_it_has_conditions(self) -> None:
        release = self.read()
        asked = Condition.objects.filter(signature__in=counting(release))
        if release.state == State.APPROVED:
            assert not unsettled(asked).exists()
        elif release.state == State.APPROVED_CONDITIONAL:
            assert asked.exists()

    @invariant()
    def nothing_stays_released_under_an_overdue_condition(self) -> None:
        release = self.read()
        if release.state in (State.RELEASED, State.EMERGENCY_RELEASED):
            decided = Condition.objects.filter(signature__stage__revision__decisions__isnull=False)
            late = unsettled(decided.filter(signature__release=release, due_at__lte=clock.now()))
            assert not late.exists()

    @invariant()
    def nobody_settles_a_condition_of_his_own(self) -> None:
        for one in ConditionEvent.objects.exclude(by=None).select_related("condition__signature"):
            assert one.by_id != one.condition.owner_id
            assert holds(one.by_id, one.condition.signature.role, one.at)  # type: ignore[arg-type]  # reason: not null

    @invariant()
    def nothing_is_approved_over_an_open_question(self) -> None:
        release = self.read()
        if release.state in (State.APPROVED, State.APPROVED_CONDITIONAL, State.RELEASED):
            assert not Challenge.objects.open().filter(release=release).exists()

    @invariant()
    def nothing_is_signed_over_an_open_question_of_its_role(self) -> None:
        signed = Signature.objects.filter(release=self.release, action__in=["sign", "release"])
        for one in signed:
            earlier = Challenge.objects.filter(
                release=self.release, role=one.role, asked_at__lt=one.signed_at
            )
            later = Q(closing__isnull=True) | Q(closing__at__gt=one.signed_at)
            assert not earlier.filter(later).exists()

    @invariant()
    def nobody_is_on_both_sides_of_a_question(self) -> None:
        for question in Challenge.objects.with_story():
            answered = {one.by_id for one in question.replies.all() if one.kind == "answer"}
            judged = {question.asked_by_id} | ({question.closing.by_id} if question.closed else set())
            assert not answered & judged

    @invariant()
    def at_most_one_release_is_live(self) -> None:
        live = Release.objects.filter(deployment=self.release.deployment_id, state__in=sorted(LIVE))
        assert len(live) <= 1


def counting(release: Release) -> Any:
    """Signatures of a release that nothing ended."""
    rows = Signature.objects.filter(release=release, end__isnull=True)
    return rows.select_related("signer", "on_behalf_of", "stage", "release")


def unsettled(conditions: Any) -> Any:
    """Those of which nobody said that they are met or lifted."""
    settled = ConditionEvent.objects.filter(step__in=["met", "lifted"])
    return conditions.exclude(pk__in=settled.values("condition"))


def holds(user: UUID, role: str, at: datetime) -> bool:
    """Whether a grant gave the person the role at a time."""
    return RoleGrant.objects.in_force(at).filter(user=user, role=role).exists()


@pytest.mark.thorough
def test_no_course_of_events_approves_what_nobody_may(world: World) -> None:
    class Here(Course):
        pass

    Here.world = world
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # a failing course is read as it is; shrinking takes minutes
            suppress_health_check=list(HealthCheck),
        ),
    )
