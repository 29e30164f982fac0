"""T17: a live release whose review date passed is overdue, and in the higher tiers suspended after a grace.

It comes back by signatures (T12), which set the next review date.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from dateutil.relativedelta import relativedelta
from django.db import transaction

from approvals import states
from approvals.events import ApprovalEvent
from approvals.holding import lock, move, tell
from approvals.models import Release
from approvals.states import Action, State
from evidence.actors import SYSTEM


def next_review(release: Release, moment: datetime) -> datetime:
    """The review date that a decision of this moment sets."""
    return moment + relativedelta(months=release.policy.tiers[release.tier]["review_months"])


def is_overdue(release: Release, moment: datetime) -> bool:
    """Whether it is live and its review date has passed."""
    return release.state == State.RELEASED and release.review_at is not None and release.review_at <= moment


def suspends_at(release: Release) -> datetime | None:
    """When a missed review suspends it; None in a tier whose policy only marks it."""
    grace = release.policy.tiers[release.tier].get("review_grace_days")
    if grace is None or release.review_at is None:
        return None
    return release.review_at + timedelta(days=grace)


def suspend_missed_reviews(moment: datetime) -> int:
    """Suspend each live release whose grace is over; the number of releases."""
    overdue = Release.objects.filter(state=State.RELEASED, review_at__lte=moment).select_related("policy")
    due = [release.pk for release in overdue if _is_due(release, moment)]
    return sum(_suspend(pk, moment) for pk in due)


def _is_due(release: Release, moment: datetime) -> bool:
    ends = suspends_at(release)
    return ends is not None and ends <= moment


@transaction.atomic
def _suspend(pk: UUID, moment: datetime) -> bool:
    release = lock(Release(pk=pk))
    if not (is_overdue(release, moment) and _is_due(release, moment)):
        return False  # reviewed, superseded or suspended since it was found
    move(release, states.after(release.state, Action.REVIEW_OVERDUE))
    tell(
        ApprovalEvent.RELEASE_SUSPENDED,
        release,
        SYSTEM,
        reason=f"The review that was due on {release.review_at:%d %b %Y} was not held",
        new={"state": release.state},
    )
    return True
