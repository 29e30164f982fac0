"""Freeze a release: the manifest of the moment becomes the next revision, with stages to sign."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from approvals import stages
from approvals.assessment import Assessment, assess
from approvals.endings import end_signatures
from approvals.errors import GatesFail
from approvals.events import ApprovalEvent
from approvals.gate import Gate
from approvals.holding import move, tell
from approvals.ledger_facts import of_revision
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from approvals.states import State
from evidence import clock, records
from registry.access.principals import Principal


@dataclass(frozen=True)
class Occasion:
    """Why a revision is frozen: its purpose, and what its signers are told of it."""

    purpose: Purpose = Purpose.REVIEW
    event: ApprovalEvent = ApprovalEvent.RELEASE_SUBMITTED
    cause: str = ""
    incident: str = ""
    hours: int | None = None


REVIEW: Final = Occasion()


def every_gate(found: Assessment) -> list[Gate]:
    """What stands against a usual review: every gate that fails."""
    return found.blocking


def next_revision(
    release: Release,
    occasion: Occasion,
    *,
    to: State,
    principal: Principal,
    against: Callable[[Assessment], list[Gate]] = every_gate,
) -> ReleaseRevision:
    """Freeze the release as it stands; signatures of earlier revisions end. The caller holds the lock.

    Raises `GatesFail` (409) with what `against` names.
    """
    earlier = list(release.revisions.all())
    release.revision = 1 + max((revision.number for revision in earlier), default=0)
    found = assess(release)
    refuse_blocked(release, against(found))
    for revision in earlier:
        reason = f"Revision {release.revision} was submitted"
        end_signatures(revision, found.manifest, reason=reason, actor=principal.actor)
    return freeze(release, found, occasion, to=to, principal=principal)


def freeze(
    release: Release, found: Assessment, occasion: Occasion = REVIEW, *, to: State, principal: Principal
) -> ReleaseRevision:
    """Store the manifest as a revision with its stages; the caller holds the lock."""
    records.store(found.manifest.scope)
    revision = ReleaseRevision.objects.create(
        release=release,
        number=release.revision,
        manifest_id=records.store(found.manifest.body),
        submitted_at=clock.now(),
        submitted_by=principal.user,
        purpose=occasion.purpose,
        cause="" if occasion.purpose == Purpose.REVIEW else occasion.cause,
        incident=occasion.incident,
        hours=occasion.hours,
        gates=[gate.as_dict() for gate in found.gates],
    )
    rows = stages.make(revision, has_waiver=found.facts.has_waiver)
    move(release, to)
    tell(
        ApprovalEvent.GATES_EVALUATED,
        release,
        principal.actor,
        new={gate.code + " " + gate.name: str(gate.state) for gate in found.gates},
    )
    tell(
        occasion.event,
        release,
        principal.actor,
        reason=occasion.cause,
        new={"state": release.state, **of_revision(revision, rows)},
        record=revision.manifest_id,
    )
    stages.open_next(revision, actor=principal.actor)
    return revision


def refuse_blocked(release: Release, blocking: list[Gate]) -> None:
    """`GatesFail` (409) with each gate that stands against the step."""
    if blocking:
        raise GatesFail(
            f"{len(blocking)} gates stand against {release.human_id}",
            next_step=blocking[0].next_step,
            gates=[gate.as_dict() for gate in blocking],
        )
