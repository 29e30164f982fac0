"""T7 and T8: the last quorum of a review approves the release, in the transaction of the last signature."""

from __future__ import annotations

from datetime import timedelta

from approvals import attestations, conditions, stages, states
from approvals.events import ApprovalEvent
from approvals.holding import move, tell
from approvals.ledger_facts import of_outcome
from approvals.models import Release, ReleaseRevision
from approvals.models.signatures import StageState
from approvals.periodic_review import next_review
from approvals.policy import RELEASE_STAGE
from approvals.states import Action
from evidence import clock
from registry.access.principals import Principal


def approve(release: Release, revision: ReleaseRevision, *, principal: Principal) -> None:
    """The quorum is complete and no gate fails; the release manager may act until `valid_until`.

    T8 where a signer set a condition that nobody settled yet, else T7.
    """
    rules = release.policy.tiers[release.tier]
    moment = clock.now()
    action = Action.APPROVE_CONDITIONALLY if conditions.unsettled(release) else Action.APPROVE
    to = states.after(release.state, action)
    release.approved_at = moment
    release.valid_until = moment + timedelta(days=rules["valid_days"])
    release.review_at = next_review(release, moment)
    move(release, to)
    decision = attestations.attest_decision(release, revision, action)
    last = revision.stages.filter(code=RELEASE_STAGE).first()
    if last is not None and last.state == StageState.PENDING:
        last.revision = revision
        stages.open_stage(last, actor=principal.actor)
    tell(
        ApprovalEvent.RELEASE_APPROVED,
        release,
        principal.actor,
        new=of_outcome(release, decision),
        record=revision.manifest_id,
        statement=decision.statement_id,
    )
