"""Questions of the challenge log that wait for a person: an answer, or the closing by who asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from approvals.candidates import Candidate
from approvals.models import Challenge, Release
from approvals.models.challenges import ReplyKind
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role
from registry.models import User


@dataclass(frozen=True)
class WaitingQuestion:
    """An open question, and what is to be done about it."""

    challenge: Challenge
    waits_for: str
    """`answer`, of the release's side; `closing`, by who asked."""


def questions_of(
    user: User,
    releases: Sequence[Release],
    questions: Mapping[UUID, Sequence[Challenge]],
    people: Mapping[UUID, Candidate],
) -> list[WaitingQuestion]:
    """What of the open questions of these releases waits for this person, oldest first; no query."""
    found = []
    for release in releases:
        for row in questions.get(release.pk, ()):
            row.release = release
            waits_for = "closing" if row.last_word == ReplyKind.ANSWER else "answer"
            if _is_for(user, row, people[release.pk], waits_for):
                found.append(WaitingQuestion(row, waits_for))
    return sorted(found, key=lambda one: one.challenge.asked_at)


def _is_for(user: User, challenge: Challenge, person: Candidate, waits_for: str) -> bool:
    if waits_for == "closing":
        return user.pk in challenge.askers
    return user.pk not in challenge.askers and (
        challenge.release.owner_id == user.pk or may_write(person.roles)
    )


def may_write(roles: frozenset[str]) -> bool:
    """Whether one of these roles writes the release."""
    return any(Permission.RELEASE_WRITE in ROLE_PERMISSIONS[Role(role)] for role in roles)
