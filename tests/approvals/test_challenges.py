"""The challenge log: who asks, answers and closes, and what an open question stops."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

import pytest
from django.db import IntegrityError, transaction

from approvals import challenge_closing, challenge_replies, challenges, decisions, suspension
from approvals.challenges import Question
from approvals.errors import (
    ChallengeInvalid,
    ChallengeNotYours,
    ChallengeRefused,
    SessionRequired,
    SigningRefused,
    StageClosed,
)
from approvals.models import Challenge, ChallengeReply, Release
from approvals.models.challenges import Closing
from approvals.queue import queue_of
from approvals.states import Action, State
from evidence.errors import LedgerImmutable
from evidence.ids import uuid7
from evidence.models import LedgerEntry
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import ApiToken, Run, User
from tests.approvals.deputising import accepted
from tests.challenges import BECAUSE, REASON, WHY, answered, asked, closed, settled
from tests.releases import approved, draft, go_live, intent, reread, sign, signed, submitted, typed
from tests.world import World


@pytest.fixture
def release(world: World) -> Release:
    """In review; the validator's stage is open."""
    return signed(world, submitted(world), "1", "2")


def code_of(refused: pytest.ExceptionInfo[Any]) -> str:
    return str(refused.value.extra["reason_code"])


def kinds(question: Challenge) -> list[str]:
    rows = LedgerEntry.objects.filter(subject=f"challenge:{question.pk}").order_by("pk")
    return list(rows.values_list("kind", flat=True))


def test_a_question_is_asked_answered_and_closed_and_each_is_told(world: World, release: Release) -> None:
    question = settled(world, release)
    question = challenges.reread(question)
    assert (question.number, question.stage, question.role, question.revision) == (1, "3", "validator", 1)
    (answer,) = question.replies.all()
    assert answer.text == BECAUSE
    assert answer.record_name == Run.objects.get().human_id
    assert answer.record_id == Run.objects.get().record_id
    assert question.closed is not None
    assert question.closed.outcome == "satisfied"
    assert kinds(question) == ["challenge.asked", "challenge.answered", "challenge.closed"]


def test_further_rounds_are_one_thread(world: World, release: Release) -> None:
    question = asked(world, release)
    answered(world, question)
    maren = world.cast.principal("maren")
    challenge_replies.ask_further(question, text="How many transcripts?", principal=maren)
    answered(world, question, by="ines")
    kinds_of = [str(reply.kind) for reply in challenges.reread(question).replies.all()]
    assert kinds_of == ["answer", "question", "answer"]
    assert "challenge.asked_further" in kinds(question)


# What an open question stops


def test_nobody_signs_the_stage_until_it_is_closed(world: World, release: Release) -> None:
    question = asked(world, release)
    answered(world, question)
    with pytest.raises(StageClosed, match=r"Question 1 of Maren .* is open: “Why does") as refused:
        sign(world, release, "3")
    assert code_of(refused) == "challenge_open"
    closed(world, question)
    assert sign(world, release, "3").stage.code == "3"


def test_another_of_the_same_role_does_not_sign_either(world: World, release: Release) -> None:
    world.cast.give("gus", "validator")
    asked(world, release)
    with pytest.raises(StageClosed) as refused:
        sign(world, release, "3", by="gus")
    assert code_of(refused) == "challenge_open"


def test_a_question_asked_after_the_page_was_opened_stops_the_signature(
    world: World, release: Release
) -> None:
    wanted = intent(world, release, "3", by="maren")
    world.cast.give("gus", "validator")
    asked(world, release, by="gus")
    with pytest.raises(StageClosed) as refused:
        decisions.sign(release, wanted, typed=typed("maren"), principal=world.cast.principal("maren"))
    assert code_of(refused) == "challenge_open"


def test_a_stage_of_another_role_is_signed(world: World) -> None:
    release = signed(world, submitted(world), "1")
    asked(world, release)
    assert sign(world, release, "2").stage.code == "2"


@pytest.mark.parametrize(("act", "step"), [("decline", decisions.decline), ("reject", decisions.reject)])
def test_a_no_is_always_possible(world: World, release: Release, act: str, step: Callable[..., Any]) -> None:
    asked(world, release)
    wanted = intent(world, release, "3", by="maren", action=Action(act), comment=REASON)
    assert step(release, wanted, typed=typed("maren"), principal=world.cast.principal("maren"))


def test_a_stage_that_comes_later_waits_too(world: World) -> None:
    release = submitted(world)
    question = asked(world, release, by="ruth")
    codes = [code for code in release.revisions.get().stages.values_list("code", flat=True) if code < "5"]
    signed(world, release, *codes)
    with pytest.raises(StageClosed) as refused:
        sign(world, release, "5")
    assert code_of(refused) == "challenge_open"
    answered(world, question)
    closed(world, question, by="ruth")
    sign(world, release, "5")
    assert reread(release).state == State.APPROVED


def test_the_question_of_a_signed_stage_holds_the_approval(world: World) -> None:
    """Closing it is the last thing that was missing: the approval follows from it."""
    release = submitted(world)
    codes = [code for code in release.revisions.get().stages.values_list("code", flat=True) if code != "6"]
    release = signed(world, release, *codes[:-1])
    question = asked(world, release, by="maren")  # she signed stage 3
    sign(world, release, "5")
    assert reread(release).state == State.IN_REVIEW
    answered(world, question)
    assert reread(release).state == State.IN_REVIEW
    closed(world, question)
    assert reread(release).state == State.APPROVED


def test_a_question_outlives_the_revision(world: World, release: Release) -> None:
    question = asked(world, release)
    maren = world.cast.principal("maren")
    decisions.request_changes(release, reason=REASON, items=[], principal=maren)
    assert answered(world, question).number == 1
    assert Challenge.objects.open().get() == question


def test_a_question_in_a_reinstatement_stops_it(world: World) -> None:
    release = approved(world)
    go_live(world, release)
    suspension.suspend(release, reason=REASON, principal=world.cast.principal("maren"))
    with pytest.raises(ChallengeRefused) as refused:  # nothing is in review yet
        asked(world, release)
    assert code_of(refused) == "nothing_in_review"
    suspension.propose_reinstatement(release, cause=REASON, principal=world.cast.principal("tobias"))
    asked(world, release)
    with pytest.raises(StageClosed):
        sign(world, reread(release), "3")


def test_the_queue_says_what_stops_the_stage(world: World, release: Release) -> None:
    asked(world, release)
    (item,) = queue_of(world.cast["maren"]).waiting_for_me
    assert item.refusal is not None
    assert item.refusal.code == "challenge_open"


# Who asks


Case = tuple[type[Exception], str, Callable[[World, Release], Any]]

ASKED_BY: Final[dict[str, Case]] = {
    "an auditor": (PermissionMissing, "", lambda w, r: asked(w, r, by="audra")),
    "an administrator": (PermissionMissing, "", lambda w, r: asked(w, r, by="adam")),
    "a stranger": (NotFound, "", lambda w, r: asked(w, r, by="mallory")),
    "in a role of somebody else": (
        SigningRefused,
        "role_missing",
        lambda w, r: asked(w, r, by="maren", stage="5"),
    ),
    "in no stage": (SigningRefused, "stage_unknown", lambda w, r: asked(w, r, stage="9")),
    "who sent the run": (
        SigningRefused,
        "conflict_uploader",
        lambda w, r: (w.cast.give("ines", "validator"), asked(w, r, by="ines", stage="3")),
    ),
    "about a run that is not linked": (
        ChallengeInvalid,
        "",
        lambda w, r: asked(w, r, record="HARBOR-RUN-2026-9999"),
    ),
    "about no gate": (ChallengeInvalid, "", lambda w, r: asked(w, r, gate="GATE_X")),
    "about two things": (
        ChallengeInvalid,
        "",
        lambda w, r: asked(w, r, gate="GATE_OWNER", record=w.signal.record_id),
    ),
    "in no words": (FieldsInvalid, "", lambda w, r: asked(w, r, text="  ")),
    "in too many words": (FieldsInvalid, "", lambda w, r: asked(w, r, text="x" * 4001)),
}


@pytest.mark.django_db
@pytest.mark.parametrize("case", ASKED_BY)
def test_who_may_not_sign_a_stage_does_not_ask(world: World, release: Release, case: str) -> None:
    error, code, act = ASKED_BY[case]
    with pytest.raises(error) as refused:
        act(world, release)
    assert not code or code_of(refused) == code
    assert not Challenge.objects.exists()


ROLES: Final = ("ines", "tobias", "maren", "olu", "ruth", "pia")


@pytest.mark.parametrize("who", ROLES)
def test_every_role_of_the_review_asks(world: World, release: Release, who: str) -> None:
    question = asked(world, release, by=who, gate="GATE_ROLLBACK", wants_evidence=True)
    assert question.gate == "GATE_ROLLBACK"
    assert question.role in world.cast[who].grants.values_list("role", flat=True)


def test_a_record_is_named_by_id_digest_or_name(world: World, release: Release) -> None:
    signal = world.signal
    names = (str(signal.pk), signal.record_id, signal.name)
    assert {asked(world, release, record=name).record_id for name in names} == {signal.record_id}


def test_a_delegate_asks_for_the_delegator(world: World, release: Release) -> None:
    accepted(world, "maren", "dora", "3")
    question = asked(world, release, by="dora", stage="3")
    assert question.names.endswith(f" for {world.cast['maren'].printed_name}")
    world.cast.give("maren", "model_owner")
    with pytest.raises(ChallengeNotYours):
        answered(world, question, by="maren")


@pytest.mark.parametrize("make", [draft, approved])
def test_nothing_is_asked_where_nothing_is_in_review(world: World, make: Callable[[World], Release]) -> None:
    release = make(world)
    with pytest.raises(ChallengeRefused) as refused:
        asked(world, release)
    assert code_of(refused) == "nothing_in_review"


def test_no_token_takes_part(world: World, release: Release) -> None:
    question = asked(world, release)
    ines = world.cast.principal("ines")
    token = replace(ines, token=ApiToken(project=world.project, user=ines.user, scopes=["project:read"]))
    with pytest.raises(SessionRequired):
        challenges.ask(release, Question(WHY), principal=token)
    with pytest.raises(SessionRequired):
        challenge_replies.answer(question, text=BECAUSE, principal=token)
    with pytest.raises(SessionRequired):
        challenge_closing.close(question, Closing.WITHDRAWN, reason=REASON, principal=token)


def test_who_administers_everything_takes_no_part(world: World, release: Release) -> None:
    question = asked(world, release)
    User.objects.filter(username__in=["maren", "tobias"]).update(is_superuser=True)
    for account in ("maren", "tobias"):
        world.cast[account].refresh_from_db()
    acts = (lambda: asked(world, release), lambda: answered(world, question), lambda: closed(world, question))
    for act in acts:
        with pytest.raises(SigningRefused):
            act()


# Who answers


def test_nobody_answers_a_question_of_their_own(world: World, release: Release) -> None:
    question = asked(world, release, by="tobias", stage="2")
    with pytest.raises(ChallengeNotYours) as refused:
        answered(world, question, by="tobias")
    assert code_of(refused) == "challenge_own"
    assert answered(world, question, by="ines").number == 1


@pytest.mark.parametrize(("who", "error"), [("olu", PermissionMissing), ("mallory", NotFound)])
def test_only_the_side_of_the_release_answers(
    world: World, release: Release, who: str, error: type[Exception]
) -> None:
    question = asked(world, release)
    with pytest.raises(error):
        answered(world, question, by=who)


def test_the_owner_answers_without_a_right_to_write(world: World, release: Release) -> None:
    Release.objects.filter(pk=release.pk).update(owner=world.cast["audra"])
    question = asked(world, reread(release))
    assert answered(world, question, by="audra").number == 1


def test_evidence_of_an_answer_is_part_of_the_release(world: World, release: Release) -> None:
    question = asked(world, release)
    with pytest.raises(ChallengeInvalid) as refused:
        answered(world, question, evidence="HARBOR-RUN-2026-9999")
    assert refused.value.pointer == "/evidence"


# Who closes


def test_another_of_the_same_role_closes(world: World, release: Release) -> None:
    world.cast.give("gus", "validator")
    question = asked(world, release)
    answered(world, question)
    assert closed(world, question, by="gus").by == world.cast["gus"]


def test_who_holds_another_role_does_not_close(world: World, release: Release) -> None:
    question = asked(world, release)
    answered(world, question)
    with pytest.raises(ChallengeNotYours) as refused:
        closed(world, question, by="ruth")
    assert code_of(refused) == "role_missing"


def test_who_answered_does_not_close(world: World, release: Release) -> None:
    """Whoever holds both sides' roles judges no answer of their own."""
    world.cast.give("gus", "validator")
    world.cast.give("gus", "model_owner")
    question = asked(world, release)
    answered(world, question, by="gus")
    with pytest.raises(ChallengeNotYours) as refused:
        closed(world, question, by="gus")
    assert code_of(refused) == "challenge_answered_by_you"


def test_satisfied_takes_an_answer_and_withdrawn_a_reason(world: World, release: Release) -> None:
    question = asked(world, release)
    with pytest.raises(ChallengeRefused) as refused:
        closed(world, question)
    assert code_of(refused) == "challenge_unanswered"
    with pytest.raises(FieldsInvalid):
        closed(world, question, Closing.WITHDRAWN)
    assert closed(world, question, Closing.WITHDRAWN, reason=REASON).reason == REASON


def test_a_closed_question_stays_closed(world: World, release: Release) -> None:
    question = settled(world, release)
    for act in (lambda: answered(world, question), lambda: closed(world, question)):
        with pytest.raises(ChallengeRefused) as refused:
            act()
        assert code_of(refused) == "challenge_closed"


def test_after_the_end_of_the_release_nothing_is_said(world: World, release: Release) -> None:
    question = asked(world, release)
    decisions.withdraw(release, reason=REASON, principal=world.cast.principal("tobias"))
    with pytest.raises(ChallengeRefused) as refused:
        answered(world, question)
    assert code_of(refused) == "release_over"


# Rows that never change


def test_rows_are_written_once(world: World, release: Release) -> None:
    question = settled(world, release)
    reply = ChallengeReply.objects.get()
    for row in (question, reply, question.closing):
        with pytest.raises(LedgerImmutable):
            row.save()
        with pytest.raises(LedgerImmutable):
            row.delete()


def test_two_numbers_are_never_the_same(world: World, release: Release) -> None:
    question = asked(world, release)
    question.pk, question._state.adding = uuid7(), True
    with pytest.raises(IntegrityError), transaction.atomic():
        question.save()
