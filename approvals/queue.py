"""What waits for a person, in a fixed number of queries for any number of releases; it only reads.

Asks the same rules as a decision view (`separation`, then `standing`), so that the queue never promises more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals import candidates, separation, standing
from approvals.decision_view import rule_of
from approvals.duty_facts import duties_of_all
from approvals.models import Release, Stage
from approvals.models.signatures import StageState
from approvals.separation import Refusal
from approvals.states import SIGNED_STATES, State
from registry.access.roles import ROLE_PERMISSIONS, Permission
from registry.models import Project, RoleGrant, User

OPEN_STATES: Final = sorted(
    SIGNED_STATES | {State.DRAFT, State.CHANGES_REQUESTED, State.EMERGENCY_RELEASED, State.SUSPENDED}
)
SUBMITTERS: Final = frozenset(r for r, held in ROLE_PERMISSIONS.items() if Permission.RELEASE_SUBMIT in held)


@dataclass(frozen=True)
class QueueItem:
    """One release and what is to be done about it: a stage to sign, or a revision to send."""

    release: Release
    stage: Stage | None = None
    refusal: Refusal | None = None
    waits_for: str = ""

    @property
    def may_sign(self) -> bool:
        """Whether the person may sign the stage now."""
        return self.stage is not None and self.refusal is None and not self.waits_for

    @property
    def due_at(self) -> datetime | None:
        """When the stage should be closed."""
        return self.stage.due_at if self.stage else None


@dataclass(frozen=True)
class Queue:
    """Stages open for the person, stages that come later, releases sent back, releases of one's own."""

    waiting_for_me: list[QueueItem]
    later: list[QueueItem]
    returned: list[QueueItem]
    mine: list[QueueItem]


def queue_of(user: User, *, project: Project | None = None) -> Queue:
    """The person's queue over all visible projects, or in one; most urgent first."""
    roles = _roles_of(user)
    wanted = [pk for pk in roles if project is None or pk == project.pk]
    releases = _releases(wanted)
    stages = _stages(releases)
    mine = [release for release in releases if user.pk in (release.opened_by_id, release.owner_id)]
    held = _held(stages, roles)
    later = [row for row in held if row.state == StageState.PENDING]
    return Queue(
        waiting_for_me=_waiting(user, [row for row in held if row.state == StageState.OPEN]),
        later=_later(later, stages),
        returned=[
            QueueItem(release)
            for release in releases
            if release.state == State.CHANGES_REQUESTED and roles[release.project_id] & SUBMITTERS
        ],
        mine=[QueueItem(release) for release in mine],
    )


def _roles_of(user: User) -> Mapping[UUID, frozenset[str]]:
    """Project → roles in force."""
    found: dict[UUID, frozenset[str]] = {}
    for project, role in RoleGrant.objects.in_force().filter(user=user).values_list("project_id", "role"):
        found[project] = found.get(project, frozenset()) | {role}
    return found


def _releases(projects: Sequence[UUID]) -> list[Release]:
    return list(
        Release.objects.filter(project__in=projects, state__in=OPEN_STATES)
        .select_related("project", "deployment", "model_version__model", "policy", "criteria")
        .select_related("owner", "opened_by")
        .order_by("-pk")
    )


def _stages(releases: Sequence[Release]) -> list[Stage]:
    """Stages of current revisions that can still be signed, in order, each with its release."""
    by_id = {release.pk: release for release in releases}
    rows = Stage.objects.filter(revision__release__in=list(by_id)).select_related("revision")
    found = []
    for row in rows:
        release = by_id[row.revision.release_id]
        row.revision.release = release
        if row.revision.number == release.revision and row.revision.takes_signatures(release.state):
            found.append(row)
    return found


def _held(stages: Sequence[Stage], roles: Mapping[UUID, frozenset[str]]) -> list[Stage]:
    return [row for row in stages if row.role in roles[row.revision.release.project_id]]


def _waiting(user: User, rows: Sequence[Stage]) -> list[QueueItem]:
    releases = [row.revision.release for row in rows]
    people = candidates.of_person(user, releases)
    stands = standing.of(user)
    duties = duties_of_all(releases)
    items = []
    for row in rows:
        release = row.revision.release
        person = people[release.pk]
        if row.code not in person.signed_codes:
            against = separation.refusal(person, rule_of(release, row.code), duties[release.pk])
            items.append(QueueItem(release, row, against or standing.refusal(stands, release)))
    return sorted(items, key=_urgency)


def _later(rows: Sequence[Stage], stages: Sequence[Stage]) -> list[QueueItem]:
    unsigned: dict[UUID, list[Stage]] = {}
    for stage in stages:
        if stage.state not in (StageState.SIGNED, StageState.SKIPPED):
            unsigned.setdefault(stage.revision_id, []).append(stage)
    return [
        QueueItem(row.revision.release, row, waits_for=_waits_for(row, unsigned[row.revision_id]))
        for row in rows
    ]


def _waits_for(row: Stage, unsigned: Sequence[Stage]) -> str:
    before = [other for other in unsigned if other.order < row.order]
    if not before:
        return "The stage is not open yet."
    return f"Waiting for stage {before[0].code} {before[0].name}."


def _urgency(item: QueueItem) -> tuple[Any, ...]:
    return (item.refusal is not None, item.due_at is None, item.due_at, str(item.release.pk))
