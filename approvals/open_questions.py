"""What the open questions of a release stop: stages of their role, and the decision of the review.

About the stage, not the person: whoever would sign is told the same. A no is always possible.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final
from uuid import UUID

from django.urls import reverse

from approvals.models import Challenge, Release, ReleaseRevision, Stage
from approvals.models.releases import Purpose
from approvals.separation import Refusal
from approvals.states import Action
from registry.access.roles import Role

STOPPED: Final = frozenset({Action.ATTEST, Action.SIGN, Action.RELEASE})
"""Acts that wait for an answer; declining, rejecting and asking for changes do not."""

LONGEST_QUOTE: Final = 120


def of_release(release: Release) -> list[Challenge]:
    """The open questions of a release, oldest first."""
    return of_releases([release.pk]).get(release.pk, [])


def of_releases(releases: Collection[UUID]) -> dict[UUID, list[Challenge]]:
    """The same for many releases, by release, in one query; each with its `last_word`."""
    found: dict[UUID, list[Challenge]] = {}
    rows = Challenge.objects.open().with_last_word().filter(release__in=releases)
    for row in rows.select_related("delegation__delegator").order_by("number"):
        found.setdefault(row.release_id, []).append(row)
    return found


def against(stage: Stage, questions: Iterable[Challenge], *, action: str = Action.SIGN) -> Refusal | None:
    """Why this stage is not signed by anybody now: the oldest open question of its role."""
    if action not in STOPPED:
        return None
    asked = next((row for row in questions if row.role == stage.role), None)
    if asked is None:
        return None
    thread = f"{reverse('release', args=[stage.revision.release.human_id])}#question-{asked.number}"
    return Refusal("challenge_open", sentence(asked), next_step=f"Read question {asked.number}", page=thread)


def hold(revision: ReleaseRevision, questions: Sequence[Challenge]) -> bool:
    """Whether the decision waits: any open question, but in an emergency, which is reviewed afterwards."""
    return bool(questions) and revision.purpose != Purpose.EMERGENCY


def sentence(question: Challenge) -> str:
    """`Question 2 of Ada Example (validator) is open: “Why is …?”.`."""
    role = Role(question.role).label.lower()
    return f"Question {question.number} of {question.names} ({role}) is open: “{quote(question.text)}”."


def quote(text: str) -> str:
    """The beginning of a question in one line."""
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 1].rstrip()}…"
