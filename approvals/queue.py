"""What waits for a person, in a fixed number of queries for any number of releases; it only reads.

Asks the same rules as a decision view (`separation`, then `standing`), so that the queue never promises more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals import candidates, open_questions, separation, standing
from approvals.candidates import Candidate, is_for
from approvals.decision_view import rule_of
from approvals.duty_facts import duties_of_all
from approvals.models import Challenge, Delegation, Release, Stage
from approvals.models.signatures import StageState
from approvals.questions_waiting import WaitingQuestion, questions_of
from approvals.separation import Refusal
from approvals.states import SIGNED_STATES, State
from registry.access.roles import ROLE_PERMISSIONS, Permission
from registry.models import Project, User

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
    delegation: Delegation | None = None
    """Under which the stage is the person's; None where it is by a role of his own."""

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
    """Stages open for the person, stages that come later, releases sent back, of one's own, and questions."""

    waiting_for_me: list[QueueItem]
    later: list[QueueItem]
    returned: list[QueueItem]
    mine: list[QueueItem]
    questions: list[WaitingQuestion] = field(default_factory=list)


def queue_of(user: User, *, project: Project | None = None) -> Queue:
    """The person's queue over all visible projects, or in one; most urgent first."""
    releases = _releases(user, project)
    stages = _stages(releases)
    mine = [release for release in releases if user.pk in (release.opened_by_id, release.owner_id)]
    people = candidates.of_person(user, releases)
    held = _held(stages, people)
    questions = open_questions.of_releases([release.pk for release in releases])
    return Queue(
        waiting_for_me=_waiting(
            user, [one for one in held if one[0].state == StageState.OPEN], people, questions
        ),
        later=_later([one for one in held if one[0].state == StageState.PENDING], stages),
        returned=[
            QueueItem(release)
            for release in releases
            if release.state == State.CHANGES_REQUESTED and people[release.pk].roles & SUBMITTERS
        ],
        mine=[QueueItem(release) for release in mine],
        questions=questions_of(user, releases, questions, people),
    )


def _releases(user: User, project: Project | None) -> list[Release]:
    rows = Release.objects.visible_to(user).filter(state__in=OPEN_STATES)
    if project is not None:
        rows = rows.filter(project=project)
    return list(
        rows.select_related("project", "deployment", "model_version__model", "policy", "criteria")
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


Held = tuple[Stage, Delegation | None]
"""A stage that is the person's, and the delegation by which it is."""


def _held(stages: Sequence[Stage], people: Mapping[UUID, Candidate]) -> list[Held]:
    """Stages of the person's own roles, then those that were delegated: the first delegation of each."""
    found: list[Held] = []
    for row in stages:
        person = people[row.revision.release_id]
        if row.role in person.roles:
            found.append((row, None))
            continue
        rule = rule_of(row.revision.release, row.code)
        given = [one.delegation for one in person.deputyships if is_for(one.delegation, rule)]
        found += [(row, delegation) for delegation in given[:1]]
    return found


def _waiting(
    user: User,
    held: Sequence[Held],
    people: Mapping[UUID, Candidate],
    questions: Mapping[UUID, Sequence[Challenge]],
) -> list[QueueItem]:
    stands = standing.of(user)
    duties = duties_of_all([row.revision.release for row, _ in held])
    items = []
    for row, delegation in held:
        release = row.revision.release
        person = people[release.pk]
        found = separation.capacity(person, rule_of(release, row.code), duties[release.pk])
        is_given = row.code in person.signed_codes or found.is_given
        if not is_given:
            chosen = found.deputyship.delegation if found.deputyship else None
            refused = found.refusal or standing.refusal(stands, release)
            refused = refused or open_questions.against(row, questions.get(release.pk, ()))
            items.append(QueueItem(release, row, refused, delegation=chosen or delegation))
    return sorted(items, key=_urgency)


def _later(held: Sequence[Held], stages: Sequence[Stage]) -> list[QueueItem]:
    unsigned: dict[UUID, list[Stage]] = {}
    for stage in stages:
        if stage.state not in (StageState.SIGNED, StageState.SKIPPED):
            unsigned.setdefault(stage.revision_id, []).append(stage)
    return [
        QueueItem(
            row.revision.release,
            row,
            waits_for=_waits_for(row, unsigned[row.revision_id]),
            delegation=delegation,
        )
        for row, delegation in held
    ]


def _waits_for(row: Stage, unsigned: Sequence[Stage]) -> str:
    before = [other for other in unsigned if other.order < row.order]
    if not before:
        return "The stage is not open yet."
    return f"Waiting for stage {before[0].code} {before[0].name}."


def _urgency(item: QueueItem) -> tuple[Any, ...]:
    return (item.refusal is not None, item.due_at is None, item.due_at, str(item.release.pk))
