"""Answer a question about a release, or ask further: each adds a reply to the thread, and none changes."""

from __future__ import annotations

from django.db import transaction

from approvals import acting, candidates, challenge_rules, challenges
from approvals.assessment import assess
from approvals.challenge_subjects import Part, find
from approvals.errors import ChallengeNotYours
from approvals.events import ApprovalEvent
from approvals.holding import lock
from approvals.ledger_facts import of_reply
from approvals.models import Challenge, ChallengeReply, Release
from approvals.models.challenges import ReplyKind
from approvals.separation import Refusal
from evidence import clock
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission

TOLD = {
    ReplyKind.ANSWER: ApprovalEvent.CHALLENGE_ANSWERED,
    ReplyKind.QUESTION: ApprovalEvent.CHALLENGE_ASKED_FURTHER,
}


@transaction.atomic
def answer(challenge: Challenge, *, text: str, evidence: str = "", principal: Principal) -> ChallengeReply:
    """The owner, or who may write the release, answers; `evidence` names a run or record it rests on."""
    require_side(challenge.release, principal)
    text = challenge_rules.require_text(text)
    release = lock(challenge.release)
    challenge = challenges.reread(challenge)
    challenge_rules.require_open(challenge, release)
    refuse(challenge_rules.against_answering(challenge, principal.user))
    named = find(assess(release).facts, evidence, pointer="/evidence") if evidence else None
    return _add(challenge, ReplyKind.ANSWER, text, named, principal=principal)


@transaction.atomic
def ask_further(challenge: Challenge, *, text: str, principal: Principal) -> ChallengeReply:
    """The asker, or another who could sign in the same role, asks on."""
    acting.require_person(Permission.RELEASE_SIGN, challenge.release.project, principal)
    text = challenge_rules.require_text(text)
    release = lock(challenge.release)
    challenge = challenges.reread(challenge)
    challenge_rules.require_open(challenge, release)
    person = candidates.candidate(principal.user, release)
    refuse(challenge_rules.against_closing(challenge, person, assess(release).duties))
    return _add(challenge, ReplyKind.QUESTION, text, None, principal=principal)


def require_side(release: Release, principal: Principal) -> None:
    """A person in a session who owns the release, or who may write it."""
    acting.require_person(Permission.PROJECT_READ, release.project, principal)
    if release.owner_id != principal.user.pk:
        access.require(principal, Permission.RELEASE_WRITE, release.project)


def refuse(refusal: Refusal | None) -> None:
    """403 with what stands against this person."""
    if refusal is not None:
        raise ChallengeNotYours(
            refusal.sentence, reason_code=refusal.code, next_step=refusal.next_step or None
        )


def _add(
    challenge: Challenge, kind: ReplyKind, text: str, named: Part | None, *, principal: Principal
) -> ChallengeReply:
    reply = ChallengeReply.objects.create(
        challenge=challenge,
        number=len(challenge.replies.all()) + 1,
        kind=kind,
        text=text,
        record_id=named.record if named else None,
        record_name=named.name if named else "",
        by=principal.user,
        printed_name=principal.user.printed_name,
        at=clock.now(),
    )
    challenges.tell(
        TOLD[kind], challenge, principal.actor, reason=text, new=of_reply(reply), record=reply.record_id
    )
    return reply
