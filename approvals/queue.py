"""What waits for a person, in a fixed number of queries for any number of releases; it only reads.

Asks the same rules as a decision view (`separation.refusal`), so that the queue never promises more.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals import separation
from approvals.decision_view import rule_of
from approvals.duty_facts import duties_of_all
from approvals.models import Release, Signature, Stage
from approvals.models.signatures import StageState
from approvals.separation import Candidate, Refusal
from approvals.states import SIGNED_STATES, Action, State
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role
from registry.models import Project, RoleGrant, User

OPEN_STATES: Final = sorted(SIGNED_STATES | {State.DRAFT, State.CHANGES_REQUESTED})
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


@dataclass(frozen=True)
class _Roles:
    """A person's grants: roles in force by project, and when `admin` was last held."""

    now: Mapping[UUID, frozenset[str]]
    admin_until: Mapping[UUID, datetime | None]

    def was_admin(self, release: Release) -> bool:
        """Whether the person held `admin` at any time since the release was opened."""
        if release.project_id not in self.admin_until:
            return False
        until = self.admin_until[release.project_id]
        return until is None or until > release.opened_at


def queue_of(user: User, *, project: Project | None = None) -> Queue:
    """The person's queue over all visible projects, or in one; most urgent first."""
    roles = _roles_of(user)
    wanted = [pk for pk in roles.now if project is None or pk == project.pk]
    releases = _releases(wanted)
    stages = _stages(releases)
    mine = [release for release in releases if user.pk in (release.opened_by_id, release.owner_id)]
    held = _held(stages, roles)
    later = [row for row in held if row.state == StageState.PENDING]
    return Queue(
        waiting_for_me=_waiting(user, [row for row in held if row.state == StageState.OPEN], roles),
        later=_later(later, stages),
        returned=[
            QueueItem(release)
            for release in releases
            if release.state == State.CHANGES_REQUESTED and roles.now[release.project_id] & SUBMITTERS
        ],
        mine=[QueueItem(release) for release in mine],
    )


def _roles_of(user: User) -> _Roles:
    grants = RoleGrant.objects.filter(user=user)
    now: dict[UUID, frozenset[str]] = {}
    for project, role in grants.in_force().values_list("project_id", "role"):
        now[project] = now.get(project, frozenset()) | {role}
    ends: dict[UUID, datetime | None] = {}
    for project, until in grants.filter(role=Role.ADMIN).values_list("project_id", "valid_to"):
        known = ends.get(project, until)
        ends[project] = None if known is None or until is None else max(known, until)
    return _Roles(now=now, admin_until=ends)


def _releases(projects: Sequence[UUID]) -> list[Release]:
    return list(
        Release.objects.filter(project__in=projects, state__in=OPEN_STATES)
        .select_related("project", "deployment", "model_version__model", "policy", "criteria")
        .select_related("owner", "opened_by")
        .order_by("-pk")
    )


def _stages(releases: Sequence[Release]) -> list[Stage]:
    """Stages of current revisions that can still be signed, in order, each with its release."""
    by_id = {release.pk: release for release in releases if release.state in SIGNED_STATES}
    rows = Stage.objects.filter(revision__release__in=list(by_id)).select_related("revision")
    found = []
    for row in rows:
        release = by_id[row.revision.release_id]
        row.revision.release = release
        if row.revision.number == release.revision:
            found.append(row)
    return found


def _held(stages: Sequence[Stage], roles: _Roles) -> list[Stage]:
    return [row for row in stages if row.role in roles.now[row.revision.release.project_id]]


def _waiting(user: User, rows: Sequence[Stage], roles: _Roles) -> list[QueueItem]:
    signed = _signed(user, rows)
    duties = duties_of_all([row.revision.release for row in rows])
    items = []
    for row in rows:
        release = row.revision.release
        given = signed.get(release.pk, [])
        if row.pk in [stage for stage, _ in given]:
            continue
        person = _candidate(user, release, roles, [code for _, code in given])
        refusal = separation.refusal(person, rule_of(row.code), duties[release.pk])
        items.append(QueueItem(release, row, refusal))
    return sorted(items, key=_urgency)


def _candidate(user: User, release: Release, roles: _Roles, codes: Iterable[str]) -> Candidate:
    return Candidate(
        user=user,
        roles=roles.now[release.project_id],
        was_admin=roles.was_admin(release),
        signed_codes=frozenset(codes),
    )


def _signed(user: User, rows: Sequence[Stage]) -> dict[UUID, list[tuple[UUID, str]]]:
    """Release → stages (row, code) the person signed; a declined stage is no duty."""
    releases = {row.revision.release_id for row in rows}
    found: dict[UUID, list[tuple[UUID, str]]] = {}
    given = Signature.objects.filter(
        release__in=releases, signer=user, end__isnull=True, action__in=[Action.SIGN, Action.RELEASE]
    )
    for release, stage, code in given.values_list("release_id", "stage_id", "stage__code"):
        found.setdefault(release, []).append((stage, code))
    return found


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
