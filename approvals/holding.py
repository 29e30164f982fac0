"""The row of a release in a step: held under its lock, moved along the transition table, told to the log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from approvals.events import ApprovalEvent
from approvals.models import Deployment, Release, ReleaseRevision
from approvals.states import State
from evidence import clock, ledger
from evidence.actors import Actor
from registry.containers import container_of


def lock(release: Release) -> Release:
    """The release row, locked until the transaction ends."""
    return (
        Release.objects.select_for_update(of=("self",))
        .select_related("project", "deployment", "model_version__model", "policy", "criteria", "owner")
        .get(pk=release.pk)
    )


def move(release: Release, to: State) -> None:
    """Store the new state; the caller asked the transition table."""
    release.state = to
    release.state_since = clock.now()
    release.save()


def current_revision(release: Release) -> ReleaseRevision | None:
    """The revision that is being decided, None for a draft that was never submitted."""
    return release.revisions.filter(number=release.revision).select_related("manifest").first()


def subject_of(row: Release | Deployment) -> str:
    """The ledger subject of a release or deployment."""
    return f"{row._meta.model_name}:{row.pk}"


def tell(
    event: ApprovalEvent,
    row: Release | Deployment,
    actor: Actor,
    *,
    reason: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    record: str | None = None,
    statement: str | None = None,
) -> None:
    """Append the entry of a step, in the caller's transaction."""
    note = ledger.Note(reason=reason, old=old or {}, new=new or {}, record=record, statement=statement)
    ledger.append(event, subject_of(row), actor=actor, container=container_of(row.project_id), note=note)
