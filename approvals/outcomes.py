"""What the last signature of a revision leads to, by the purpose the revision was frozen for."""

from __future__ import annotations

from approvals import afterwards, approval, emergency, suspension
from approvals.assessment import Assessment
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from registry.access.principals import Principal


def reach(release: Release, revision: ReleaseRevision, found: Assessment, *, principal: Principal) -> None:
    """Move on, unless a gate that matters for this purpose fails now; the caller holds the locks."""
    is_emergency = revision.purpose == Purpose.EMERGENCY
    if emergency.against(found) if is_emergency else found.blocking:
        return
    _STEPS[Purpose(revision.purpose)](release, revision, principal=principal)


_STEPS = {
    Purpose.REVIEW: approval.approve,
    Purpose.EMERGENCY: emergency.release_in_emergency,
    Purpose.AFTERWARDS: afterwards.complete,
    Purpose.REINSTATEMENT: suspension.reinstate,
}
