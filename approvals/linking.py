"""Step 5: link what a release rests on, and take links out; a link that was taken out stays as history."""

from __future__ import annotations

from typing import Final

from django.db import transaction

from approvals.consequences import recheck
from approvals.errors import EvidenceFrozen, LinkInvalid
from approvals.events import ApprovalEvent
from approvals.holding import lock, tell
from approvals.ledger_facts import of_link
from approvals.models import EvidenceLink, Release
from approvals.models.releases import Slot
from approvals.models.signatures import StageState
from approvals.states import EDITABLE, State
from evidence import clock
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import Conflict
from registry.models import DatasetVersion, MonitoringSignal, RollbackArtifact, Run

GATHERING: Final = frozenset({State.EMERGENCY_RELEASED, State.SUSPENDED})
"""States of what went live in which the evidence of its next revision is gathered."""

Target = Run | RollbackArtifact | MonitoringSignal | DatasetVersion


@transaction.atomic
def link(release: Release, target: Target, *, slot: str, principal: Principal) -> EvidenceLink:
    """Make a run, dataset, rollback artifact or signal part of what the release rests on."""
    release = lock(release)
    require_linkable(release, principal)
    field = _field_for(release, target, slot)
    existing = EvidenceLink.objects.filter(
        release=release, slot=slot, unlinked_at__isnull=True, **{field: target}
    )
    if existing.exists():
        raise Conflict(f"{target} is linked already")
    row = EvidenceLink.objects.create(
        release=release, slot=slot, linked_at=clock.now(), linked_by=principal.user, **{field: target}
    )
    tell(
        ApprovalEvent.EVIDENCE_LINKED,
        release,
        principal.actor,
        new={**of_link(row), "target": str(target)},
    )
    _tell_signers(release, f"{target} was linked", principal)
    return row


@transaction.atomic
def unlink(row: EvidenceLink, *, principal: Principal, reason: str) -> EvidenceLink:
    """Take a link out; the row stays as history."""
    release = lock(row.release)
    require_linkable(release, principal)
    row.refresh_from_db(fields=["unlinked_at"])  # another request may have been first
    if row.unlinked_at is not None:
        raise Conflict("The link was removed already")
    row.unlinked_at = clock.now()
    row.unlinked_by = principal.user
    row.save(update_fields=["unlinked_at", "unlinked_by"])
    target = row.run or row.rollback or row.signal or row.dataset
    tell(
        ApprovalEvent.EVIDENCE_UNLINKED,
        release,
        principal.actor,
        reason=reason,
        old={**of_link(row), "target": str(target)},
    )
    _tell_signers(release, reason, principal)
    return row


def require_editable(release: Release, principal: Principal) -> None:
    """`EvidenceFrozen` (409) where the current revision is frozen."""
    access.require(principal, Permission.RELEASE_WRITE, release.project)
    if release.state not in EDITABLE:
        raise EvidenceFrozen(
            f"Revision {release.revision} of {release.human_id} is frozen",
            next_step="A reviewer asks for changes; the next revision can then be edited.",
            state=release.state,
        )


def require_linkable(release: Release, principal: Principal) -> None:
    """As `require_editable`; what went live gets evidence for the revision that is frozen next."""
    if release.state not in GATHERING or _is_signed_now(release):
        require_editable(release, principal)
    access.require(principal, Permission.RELEASE_WRITE, release.project)


def _is_signed_now(release: Release) -> bool:
    current = release.revisions.filter(number=release.revision)
    return current.filter(stages__state=StageState.OPEN).exists()


def _tell_signers(release: Release, reason: str, principal: Principal) -> None:
    if release.state in GATHERING:
        recheck(release, reason=reason, actor=principal.actor)


def _field_for(release: Release, target: Target, slot: str) -> str:
    if target.project_id != release.project_id:
        raise LinkInvalid("This belongs to another project")
    match target:
        case Run():
            return _run_field(release, target, slot)
        case RollbackArtifact():
            field, wanted = "rollback", Slot.ROLLBACK
        case MonitoringSignal():
            field, wanted = "signal", Slot.MONITORING
        case DatasetVersion():
            field, wanted = "dataset", Slot.DATASET
    if slot != wanted:
        raise LinkInvalid(f"{target} fits the slot {wanted}, not {slot}", pointer="/slot")
    return field


def _run_field(release: Release, run: Run, slot: str) -> str:
    if slot not in (Slot.PRIVATE_EVALUATION, Slot.PUBLIC_EVIDENCE):
        raise LinkInvalid("A run is private evaluation or public evidence", pointer="/slot")
    wanted, found = release.model_version, run.model_version
    if (wanted.model_id, wanted.version) != (found.model_id, found.version):
        raise LinkInvalid(f"{run.human_id} measured {found}, the release is for {wanted}", pointer="/run")
    if run.status != "admitted":
        raise LinkInvalid(f"{run.human_id} is void", pointer="/run")
    return "run"
