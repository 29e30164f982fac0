"""Questions of the challenge log made through the real steps: asked by Maren, answered by Tobias."""

from __future__ import annotations

from typing import Any

from approvals import challenge_closing, challenge_replies, challenges
from approvals.challenges import Question
from approvals.models import Challenge, ChallengeClosing, ChallengeReply, Release
from approvals.models.challenges import Closing
from tests.world import World

WHY = "Why does the private set hold no handwritten notes?"
BECAUSE = "Handwritten notes are transcribed before the model sees them; the run covers transcripts."
REASON = "The question was answered in the validation report of March."


def asked(world: World, release: Release, *, by: str = "maren", text: str = WHY, **more: Any) -> Challenge:
    """A question."""
    return challenges.ask(release, Question(text, **more), principal=world.cast.principal(by))


def answered(world: World, question: Challenge, *, by: str = "tobias", evidence: str = "") -> ChallengeReply:
    """An answer."""
    principal = world.cast.principal(by)
    return challenge_replies.answer(question, text=BECAUSE, evidence=evidence, principal=principal)


def closed(
    world: World,
    question: Challenge,
    outcome: Closing = Closing.SATISFIED,
    *,
    by: str = "maren",
    reason: str = "",
) -> ChallengeClosing:
    """Satisfied, or withdrawn."""
    principal = world.cast.principal(by)
    return challenge_closing.close(question, outcome, reason=reason, principal=principal)


def settled(world: World, release: Release, **more: Any) -> Challenge:
    """Asked, answered with the linked run as evidence, and closed by the asker."""
    question = asked(world, release, **more)
    run = release.links.filter(run__isnull=False).values_list("run__human_id", flat=True)[0]
    answered(world, question, evidence=run)
    closed(world, question, by=more.get("by", "maren"))
    return question
