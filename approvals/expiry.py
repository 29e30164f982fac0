"""T16: an approval that was not released in time expires."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals import states
from approvals.events import ApprovalEvent
from approvals.holding import lock, move, tell
from approvals.models import Release
from approvals.states import Action, State
from evidence.actors import SYSTEM

APPROVED = (State.APPROVED, State.APPROVED_CONDITIONAL)


def expire_approvals(moment: datetime) -> int:
    """Expire each approval whose `valid_until` has passed; the number of releases."""
    due = Release.objects.filter(state__in=APPROVED, valid_until__lte=moment).values_list("pk", flat=True)
    return sum(_expire(pk, moment) for pk in list(due))


@transaction.atomic
def _expire(pk: UUID, moment: datetime) -> bool:
    release = lock(Release(pk=pk))
    if release.state not in APPROVED or release.valid_until is None or release.valid_until > moment:
        return False  # signed or reopened since it was found
    move(release, states.after(release.state, Action.EXPIRE))
    tell(
        ApprovalEvent.RELEASE_EXPIRED,
        release,
        SYSTEM,
        reason=f"The approval ended on {release.valid_until:%d %b %Y, %H:%M} UTC",
        new={"state": release.state},
    )
    return True
