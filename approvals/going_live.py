"""A release becomes the live one of its deployment; what was live before is superseded with it."""

from __future__ import annotations

from django.db.models import Q

from approvals import attestations, states
from approvals.events import ApprovalEvent
from approvals.holding import lock, move, tell
from approvals.ledger_facts import of_dates, of_outcome
from approvals.models import Deployment, Release, ReleaseRevision
from approvals.states import LIVE, Action, State
from evidence import clock
from registry.access.principals import Principal


def go_live(release: Release, revision: ReleaseRevision, *, to: State, principal: Principal) -> None:
    """Supersede what is live, move the release, attest the decision; the caller holds both locks."""
    supersede(release, principal=principal)
    release.released_at = clock.now()
    move(release, to)
    decision = attestations.attest_decision(release, revision, Action.RELEASE)
    tell(
        ApprovalEvent.RELEASE_RELEASED,
        release,
        principal.actor,
        new=of_outcome(release, decision),
        record=revision.manifest_id,
        statement=decision.statement_id,
    )


def live_release(deployment: Deployment) -> Release | None:
    """The live release of a deployment."""
    return Release.objects.filter(deployment=deployment, state__in=sorted(LIVE)).first()


def lock_with_live(release: Release) -> Release:
    """The release, and what is live beside it, locked in one order for everybody.

    The deployment comes first: two releases of it go live one after the other, never neither. Then
    releases by id, as a change of evidence locks them, so that the two never wait for each other.
    """
    Deployment.objects.select_for_update().get(pk=release.deployment_id)
    beside = Q(pk=release.pk) | Q(deployment=release.deployment_id, state__in=sorted(LIVE))
    for row in Release.objects.filter(beside).order_by("pk"):
        lock(row)
    return lock(release)


def supersede(release: Release, *, principal: Principal) -> None:
    """Supersede what is live on the deployment; the caller holds the locks of both."""
    earlier = live_release(release.deployment)
    if earlier is None or earlier.pk == release.pk:
        return
    earlier = lock(earlier)
    move(earlier, states.after(earlier.state, Action.SUPERSEDE))
    new = {"state": str(State(earlier.state)), "revision": earlier.revision, **of_dates(earlier)}
    reason = f"Superseded by {release.human_id}"
    tell(ApprovalEvent.RELEASE_SUPERSEDED, earlier, principal.actor, reason=reason, new=new)
