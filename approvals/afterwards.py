"""T15: the full review of an emergency release, after the fact and with true dates."""

from __future__ import annotations

from django.db import transaction

from approvals import acting, attestations, emergency, states
from approvals.errors import TransitionRefused
from approvals.events import ApprovalEvent
from approvals.holding import lock, move, tell
from approvals.ledger_facts import of_outcome
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from approvals.periodic_review import next_review
from approvals.revisions import Occasion, next_revision
from approvals.states import Action
from evidence import clock
from registry.access.principals import Principal


@transaction.atomic
def begin(release: Release, *, principal: Principal) -> ReleaseRevision:
    """Freeze the evidence as it is now for the stages of its tier; every gate must pass."""
    acting.require(Action.BEGIN_AFTERWARDS, release, principal)
    release = lock(release)
    to = states.after(release.state, Action.BEGIN_AFTERWARDS)
    if not emergency.is_unreviewed(release):
        raise TransitionRefused(
            f"{release.human_id} was not released in an emergency, so nothing is reviewed after the fact",
            next_step="Propose its reinstatement.",
            state=release.state,
        )
    incident = _emergency_of(release)
    occasion = Occasion(
        purpose=Purpose.AFTERWARDS,
        event=ApprovalEvent.AFTERWARDS_BEGUN,
        cause=f"Review after the fact of the emergency release for {incident}",
    )
    return next_revision(release, occasion, to=to, principal=principal)


def complete(release: Release, revision: ReleaseRevision, *, principal: Principal) -> None:
    """The last stage is signed: released as if it had been reviewed before, from now on without a limit."""
    moment = clock.now()
    to = states.after(release.state, Action.REVIEW_AFTERWARDS)
    release.approved_at = moment
    release.review_at = next_review(release, moment)
    release.emergency_ends_at = release.afterwards_due_at = None
    move(release, to)
    decision = attestations.attest_decision(release, revision, Action.REVIEW_AFTERWARDS)
    tell(
        ApprovalEvent.REVIEWED_AFTERWARDS,
        release,
        principal.actor,
        new=of_outcome(release, decision),
        record=revision.manifest_id,
        statement=decision.statement_id,
    )


def _emergency_of(release: Release) -> str:
    return release.revisions.filter(purpose=Purpose.EMERGENCY).latest("number").incident
