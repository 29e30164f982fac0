"""T11 and T12: a live release is stopped at once by any reviewer, and comes back only by signatures."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals import acting, attestations, conditions, emergency, states
from approvals.errors import TransitionRefused
from approvals.events import ApprovalEvent
from approvals.holding import lock, move, tell
from approvals.ledger_facts import of_outcome
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from approvals.notes import note
from approvals.periodic_review import next_review
from approvals.revisions import Occasion, next_revision
from approvals.signing import require_reason
from approvals.states import Action, State
from evidence import clock
from evidence.actors import SYSTEM
from registry.access.principals import Principal


@transaction.atomic
def suspend(release: Release, *, reason: str, principal: Principal) -> Release:
    """T11: stop a live release with a reason; no second person is needed to stop."""
    acting.require(Action.SUSPEND, release, principal)
    require_reason(reason)
    release = lock(release)
    move(release, states.after(release.state, Action.SUSPEND))
    note(release, Action.SUSPEND, reason, principal=principal)
    tell(
        ApprovalEvent.RELEASE_SUSPENDED,
        release,
        principal.actor,
        reason=reason,
        new={"state": release.state},
    )
    return release


@transaction.atomic
def propose_reinstatement(release: Release, *, cause: str, principal: Principal) -> ReleaseRevision:
    """T12: record the cause and freeze what owner, validator and compliance sign again; every gate passes."""
    acting.require(Action.PROPOSE_REINSTATEMENT, release, principal)
    require_reason(cause)
    release = lock(release)
    to = states.after(release.state, Action.PROPOSE_REINSTATEMENT)
    if emergency.is_unreviewed(release):
        raise TransitionRefused(
            f"{release.human_id} went live in an emergency and was never reviewed",
            next_step="Begin its review after the fact.",
            state=release.state,
        )
    conditions.refuse_overdue(
        release,
        undone="reinstatement was not proposed",
        next_step="Have it settled by a reviewer of its stage first.",
    )
    occasion = Occasion(
        purpose=Purpose.REINSTATEMENT, event=ApprovalEvent.REINSTATEMENT_PROPOSED, cause=cause
    )
    return next_revision(release, occasion, to=to, principal=principal)


def reinstate(release: Release, revision: ReleaseRevision, *, principal: Principal) -> None:
    """All three have signed: live again, until the next review."""
    release.review_at = next_review(release, clock.now())
    move(release, states.after(release.state, Action.REINSTATE))
    decision = attestations.attest_decision(release, revision, Action.REINSTATE)
    tell(
        ApprovalEvent.RELEASE_REINSTATED,
        release,
        principal.actor,
        reason=revision.cause,
        new=of_outcome(release, decision),
        record=revision.manifest_id,
        statement=decision.statement_id,
    )


def suspend_overdue_emergencies(moment: datetime) -> int:
    """Suspend each emergency release whose hours are over; the number of releases."""
    due = Release.objects.filter(state=State.EMERGENCY_RELEASED, emergency_ends_at__lte=moment)
    return sum(_suspend_overdue(pk, moment) for pk in list(due.values_list("pk", flat=True)))


@transaction.atomic
def _suspend_overdue(pk: UUID, moment: datetime) -> bool:
    release = lock(Release(pk=pk))
    ends = release.emergency_ends_at
    if release.state != State.EMERGENCY_RELEASED or ends is None or ends > moment:
        return False  # reviewed or suspended since it was found
    move(release, states.after(release.state, Action.EMERGENCY_OVERDUE))
    tell(
        ApprovalEvent.RELEASE_SUSPENDED,
        release,
        SYSTEM,
        reason=f"The emergency release ended on {ends:%d %b %Y, %H:%M} UTC without a full review",
        new={"state": release.state},
    )
    return True
