"""Close a question as satisfied or withdrawn; with the last one, a review that waited only for it goes on."""

from __future__ import annotations

from django.db import transaction

from approvals import acting, candidates, challenge_replies, challenge_rules, challenges, outcomes, stages
from approvals.assessment import Assessment, assess
from approvals.errors import ChallengeRefused
from approvals.events import ApprovalEvent
from approvals.holding import current_revision, lock
from approvals.ledger_facts import of_challenge_closing
from approvals.models import Challenge, ChallengeClosing, Release
from approvals.models.challenges import Closing
from approvals.signing import require_reason
from evidence import clock
from registry.access.principals import Principal
from registry.access.roles import Permission


@transaction.atomic
def close(
    challenge: Challenge, outcome: Closing, *, reason: str = "", principal: Principal
) -> ChallengeClosing:
    """The asker, or another who could sign in the same role, closes it; nobody who answered does."""
    acting.require_person(Permission.RELEASE_SIGN, challenge.release.project, principal)
    reason = challenge_rules.require_text(reason, "/reason") if reason.strip() else ""
    if outcome == Closing.WITHDRAWN:
        require_reason(reason)
    release = lock(challenge.release)
    challenge = challenges.reread(challenge)
    challenge_rules.require_open(challenge, release)
    found = assess(release)
    person = candidates.candidate(principal.user, release)
    challenge_replies.refuse(challenge_rules.against_closing(challenge, person, found.duties))
    if outcome == Closing.SATISFIED and not challenge_rules.answers_of(challenge):
        raise ChallengeRefused(
            f"Nobody answered question {challenge.number} yet",
            reason_code="challenge_unanswered",
            next_step="Wait for an answer, or withdraw the question with a reason.",
        )
    closing = ChallengeClosing.objects.create(
        challenge=challenge,
        outcome=outcome,
        reason=reason,
        by=principal.user,
        printed_name=principal.user.printed_name,
        at=clock.now(),
    )
    challenges.tell(
        ApprovalEvent.CHALLENGE_CLOSED,
        challenge,
        principal.actor,
        reason=reason,
        new=of_challenge_closing(closing),
    )
    _go_on(release, found, principal=principal)
    return closing


def _go_on(release: Release, found: Assessment, *, principal: Principal) -> None:
    """All stages may be signed already: then the decision follows from the answer, as from a signature."""
    revision = current_revision(release)
    if revision is None or release.state not in challenge_rules.ASKED_IN:
        return
    fits = revision.takes_signatures(release.state) and found.manifest.digest == revision.manifest_id
    if fits and stages.approval_complete(revision):
        outcomes.reach(release, revision, found, principal=principal)
