"""The end of a waiver: closed by a person, replaced by its renewal, or expired by the clock.

The gate it covered fails again at once, and signatures that rested on it stop counting.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from approvals import acting, waiver_states
from approvals.consequences import recheck
from approvals.events import ApprovalEvent
from approvals.holding import lock
from approvals.ledger_facts import of_waiver_end
from approvals.models import Release, Waiver, WaiverEnd
from approvals.models.waivers import EndKind, WaiverVerdict
from approvals.signing import require_reason
from approvals.waiver_states import WaiverAction
from evidence import clock, ledger
from evidence.actors import SYSTEM, Actor
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.models import User


@transaction.atomic
def close(waiver: Waiver, *, reason: str, principal: Principal) -> WaiverEnd:
    """End a waiver, or take back a request; a live release whose gate fails then is suspended."""
    acting.require_person(Permission.WAIVER_CLOSE, waiver.project, principal)
    require_reason(reason)
    release = lock(waiver.release)
    waiver = reread(waiver)
    waiver_states.after(waiver, WaiverAction.CLOSE, clock.now())
    ended = end(waiver, EndKind.CLOSED, reason=reason, by=principal.user, actor=principal.actor)
    if is_approved(waiver):
        recheck(release, reason=f"{waiver} was closed", actor=principal.actor)
    return ended


def expire_due(moment: datetime) -> int:
    """Record the end of each waiver whose time is over, with what follows for its release; the number."""
    due = Waiver.objects.standing().filter(expires_at__lte=moment).order_by("pk")
    return sum(_expire(pk, release, moment) for pk, release in list(due.values_list("pk", "release_id")))


@transaction.atomic
def _expire(pk: UUID, release_id: UUID, moment: datetime) -> bool:
    release = lock(Release(pk=release_id))
    waiver = Waiver.objects.standing().filter(pk=pk, expires_at__lte=moment).first()
    if waiver is None:
        return False  # closed or renewed since it was found
    reason = f"{waiver} ended on {waiver.expires_at:%d %b %Y, %H:%M} UTC"
    end(waiver, EndKind.EXPIRED, reason=reason, by=None, actor=SYSTEM)
    recheck(release, reason=reason, actor=SYSTEM)
    return True


def end(waiver: Waiver, kind: EndKind, *, reason: str, by: User | None, actor: Actor) -> WaiverEnd:
    """The row and the entry of an end; the caller holds the lock of the release and rechecks it."""
    ended = WaiverEnd.objects.create(waiver=waiver, kind=kind, ended_at=clock.now(), reason=reason, by=by)
    event = ApprovalEvent.WAIVER_EXPIRED if kind == EndKind.EXPIRED else ApprovalEvent.WAIVER_CLOSED
    tell(event, waiver, actor, reason=reason, new=of_waiver_end(ended))
    return ended


def is_approved(waiver: Waiver) -> bool:
    """Whether it was approved, at any time."""
    return waiver.decided is not None and waiver.decided.action == WaiverVerdict.APPROVE


def reread(waiver: Waiver) -> Waiver:
    """The waiver with its story as the database has it under the lock."""
    return Waiver.objects.with_story().get(pk=waiver.pk)


def subject_of(waiver: Waiver) -> str:
    """The ledger subject of a waiver."""
    return f"waiver:{waiver.pk}"


def tell(
    event: ApprovalEvent,
    waiver: Waiver,
    actor: Actor,
    *,
    reason: str,
    new: Mapping[str, Any],
    statement: str | None = None,
) -> None:
    """Append the entry of a step, in the caller's transaction."""
    note = ledger.Note(reason=reason, new=new, record=waiver.record_id, statement=statement)
    ledger.append(
        event, subject_of(waiver), actor=actor, container=container_of(waiver.project_id), note=note
    )
