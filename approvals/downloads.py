"""Who took a pack away: checked and written down before the first byte leaves."""

from __future__ import annotations

from django.db import transaction

from approvals.errors import PackNotIssued
from approvals.events import ApprovalEvent
from approvals.models import Pack, PackScope
from evidence import ledger
from evidence.models import Blob, LedgerEntry
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of


def bytes_of(pack: Pack, *, principal: Principal) -> Blob:
    """The issued bytes; raises `PackNotIssued`, or `PermissionMissing` for private files."""
    access.require(principal, Permission.PACK_READ, pack.project)
    if pack.scope == PackScope.PERIOD:
        access.require(principal, Permission.AUDIT_READ, pack.project)
    if pack.include_private:
        access.require(principal, Permission.PACK_INCLUDE_PRIVATE, pack.project)
    if pack.blob is None:
        state = pack.job.state if pack.job else "unknown"
        raise PackNotIssued(
            f"{pack.human_id} is not issued",
            next_step="Read the pack: its job says how far it is, or why it failed.",
            state=state,
        )
    return pack.blob


@transaction.atomic
def note_download(pack: Pack, *, principal: Principal, start: int = 0) -> None:
    """One entry for each download; a part that continues one which this person began adds none."""
    if start and _told(pack, principal):
        return
    note = ledger.Note(new={"pack": pack.human_id, "zip": pack.blob_id})
    ledger.append(
        ApprovalEvent.PACK_DOWNLOADED,
        f"pack:{pack.pk}",
        actor=principal.actor,
        container=container_of(pack.project_id),
        note=note,
    )


def _told(pack: Pack, principal: Principal) -> bool:
    return LedgerEntry.objects.filter(
        kind=ApprovalEvent.PACK_DOWNLOADED, subject=f"pack:{pack.pk}", actor_id=principal.actor.id
    ).exists()
