"""My queue: what waits for the reader, since when, and what stands in the way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from approvals.models import Condition, Release, ReleaseRevision, ReviewNote, Signature, Waiver
from approvals.pages.addresses import release_url
from approvals.presentation import condition_rows, waiver_rows
from approvals.presentation.condition_rows import ConditionRow
from approvals.presentation.queue_rows import queue_rows
from approvals.presentation.waiver_rows import WaiverRow
from approvals.queue import Queue, QueueItem, queue_of
from approvals.states import Action
from evidence import clock
from registry.access.roles import Permission, roles_with
from registry.components import Step
from registry.figures import day
from registry.models import RoleGrant, User
from registry.pages.frame import show
from registry.pages.principal import principal_of

LATELY = 6
MOST_WAIVERS = 50
MOST_CONDITIONS = 50


@login_required
@require_safe
def queue(request: HttpRequest) -> HttpResponse:
    """The reader's own queue over all projects."""
    user = principal_of(request).user
    found = queue_of(user)
    moment = clock.now()
    releases = _releases(found)
    return show(
        request,
        "approvals/queue.html",
        title="Your queue",
        nav="queue",
        queue=queue_rows(found, _gates(releases), moment, _notes(found.returned)),
        questions=found.questions,
        waivers=_waivers(user, moment),
        conditions=_conditions(user, moment),
        lately=_lately(user),
        moment=moment,
    )


def _releases(found: Queue) -> list[Release]:
    items = (*found.waiting_for_me, *found.later, *found.returned, *found.mine)
    return [item.release for item in items]


def _gates(releases: Sequence[Release]) -> dict[UUID, list[str]]:
    """Gates as they were when the current revision was frozen; one query."""
    numbers = {release.pk: release.revision for release in releases}
    rows = ReleaseRevision.objects.filter(release__in=numbers)
    return {
        row.release_id: [gate["state"] for gate in row.gates]
        for row in rows
        if row.number == numbers[row.release_id]
    }


def _notes(items: Sequence[QueueItem]) -> dict[UUID, str]:
    """What was asked for last, release by release; one query."""
    releases = [item.release.pk for item in items]
    rows = ReviewNote.objects.filter(release__in=releases, action=Action.REQUEST_CHANGES).select_related("by")
    return {row.release_id: f"{row.by}: {row.text}" for row in rows.order_by("at")}


def _waivers(user: User, moment: datetime) -> tuple[WaiverRow, ...]:
    """Requests in projects where the person decides on waivers, soonest end first; one query."""
    held = RoleGrant.objects.in_force(moment).filter(user=user, role__in=roles_with(Permission.WAIVER_DECIDE))
    found = Waiver.objects.undecided(moment).filter(project__in=held.values("project"))
    return waiver_rows.rows(found.with_story().order_by("expires_at", "pk")[:MOST_WAIVERS], moment)


def _conditions(user: User, moment: datetime) -> tuple[ConditionRow, ...]:
    """Conditions that the person sees to, soonest due first; two queries."""
    found = Condition.objects.with_story().binding().unsettled().filter(owner=user)
    seen = found.filter(signature__release__in=Release.objects.visible_to(user).values("pk"))
    soonest = seen.order_by("due_at", "pk")[:MOST_CONDITIONS]
    return condition_rows.rows(soonest, moment, roles=(), reader=user)


def _lately(user: User) -> tuple[Step, ...]:
    """What the person signed last, and whether it still counts; one query."""
    rows = Signature.objects.filter(signer=user).select_related("release", "stage__revision", "end")
    return tuple(_signed(row) for row in rows.order_by("-signed_at")[:LATELY])


def _signed(row: Signature) -> Step:
    return Step(
        kind="pass" if row.counts else "voided",
        words=row.release.title,
        note=f"{row.release.human_id}, stage {row.stage.code}, revision {row.stage.revision.number}"
        + ("" if row.counts else ", stopped counting"),
        fact=day(row.signed_at),
        url=release_url(row.release),
    )
