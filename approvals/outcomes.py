"""What the last signature of a revision leads to, by the purpose the revision was frozen for."""

from __future__ import annotations

from approvals import afterwards, approval, emergency, open_questions, suspension
from approvals.assessment import Assessment
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from registry.access.principals import Principal


def reach(release: Release, revision: ReleaseRevision, found: Assessment, *, principal: Principal) -> None:
    """Move on, unless a gate that matters for this purpose fails now, or a question of a reviewer is open.

    The caller holds the locks. Closing the last question asks here again (`challenge_closing`).
    """
    if open_questions.hold(revision, open_questions.of_release(release)):
        return
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
