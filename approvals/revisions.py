"""Freeze a release: the manifest of the moment becomes the next revision, with stages to sign."""

from __future__ import annotations

from approvals import stages
from approvals.assessment import Assessment
from approvals.events import ApprovalEvent
from approvals.holding import move, tell
from approvals.models import Release, ReleaseRevision
from approvals.states import State
from evidence import clock, records
from registry.access.principals import Principal


def freeze(
    release: Release, found: Assessment, *, to: State, principal: Principal, reason: str = ""
) -> ReleaseRevision:
    """Store the manifest as the next revision with its stages; the caller holds the lock."""
    records.store(found.manifest.scope)
    revision = ReleaseRevision.objects.create(
        release=release,
        number=release.revision,
        manifest_id=records.store(found.manifest.body),
        submitted_at=clock.now(),
        submitted_by=principal.user,
        gates=[gate.as_dict() for gate in found.gates],
    )
    move(release, to)
    tell(
        ApprovalEvent.GATES_EVALUATED,
        release,
        principal.actor,
        new={gate.code + " " + gate.name: str(gate.state) for gate in found.gates},
    )
    tell(
        ApprovalEvent.RELEASE_SUBMITTED,
        release,
        principal.actor,
        reason=reason,
        new={"revision": revision.number, "state": release.state},
        record=revision.manifest_id,
    )
    stages.prepare(revision, actor=principal.actor)
    return revision
