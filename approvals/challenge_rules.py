"""Who asks, answers and closes a question of the challenge log; the steps ask here, and pages do.

A question is a reviewer's. The release's side answers it, never who asked; who answered never closes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals import candidates, separation
from approvals.candidates import Candidate, Deputyship
from approvals.decision_view import rule_of
from approvals.errors import ChallengeRefused
from approvals.holding import current_revision
from approvals.models import Challenge, ChallengeReply, Release, ReleaseRevision, Stage
from approvals.models.challenges import LONGEST_TEXT, ReplyKind
from approvals.models.signatures import StageState
from approvals.querysets import OPEN_STATES
from approvals.separation import Capacity, Duties, Refusal
from approvals.states import State
from registry.errors import FieldsInvalid
from registry.models import User

ASKED_IN: Final = frozenset({State.SUBMITTED, State.IN_REVIEW, State.EMERGENCY_RELEASED, State.SUSPENDED})
"""States in which something can be in review; a question is asked while it is."""

UNSIGNED: Final = frozenset({StageState.OPEN, StageState.PENDING, StageState.DECLINED})


@dataclass(frozen=True)
class Asker:
    """The stage in whose role a person asks, and for whom, if for somebody."""

    stage: Stage
    deputyship: Deputyship | None


def reviewed(release: Release) -> ReleaseRevision | None:
    """The revision that is in review now, with stages that are not signed; None where there is none."""
    revision = current_revision(release)
    if revision is None or release.state not in ASKED_IN or not revision.takes_signatures(release.state):
        return None
    return revision if any(stage.state in UNSIGNED for stage in revision.stages.all()) else None


def require_reviewed(release: Release) -> ReleaseRevision:
    """The revision in review, or 409."""
    revision = reviewed(release)
    if revision is None:
        raise ChallengeRefused(
            f"{release.human_id} is {State(release.state).label.lower()}, and no stage of it is open",
            reason_code="nothing_in_review",
            next_step="Ask while the release is in review.",
        )
    return revision


def asker(
    user: User, release: Release, revision: ReleaseRevision, duties: Duties, *, stage: str = ""
) -> tuple[Asker | None, Refusal | None]:
    """The first stage in whose role this person may ask (or this one); else what stands against it.

    Who may ask is who may sign: the rules of separation hold for a question, too.
    """
    against: list[Refusal] = []
    for row, capacity in _capacities(user, release, revision, duties):
        if stage in ("", row.code):
            if capacity.refusal is None:
                return Asker(row, capacity.deputyship), None
            against.append(capacity.refusal)
    # What stands against a role one holds says more than that one lacks another.
    held = [refusal for refusal in against if refusal.code != "role_missing"]
    unknown = Refusal("stage_unknown", f"{release.human_id} has no stage {stage} in this revision.")
    return None, next(iter([*held, *against]), unknown)


def stages_of(user: User, release: Release, revision: ReleaseRevision, duties: Duties) -> list[Stage]:
    """All stages in whose role this person may ask."""
    found = _capacities(user, release, revision, duties)
    return [row for row, capacity in found if capacity.refusal is None]


def _capacities(
    user: User, release: Release, revision: ReleaseRevision, duties: Duties
) -> list[tuple[Stage, Capacity]]:
    person = candidates.candidate(user, release)
    return [
        (row, separation.capacity(person, rule_of(release, row.code), duties))
        for row in revision.stages.all()
    ]


def require_open(challenge: Challenge, release: Release) -> None:
    """409 where the question is closed, or the release it is about came to its end."""
    if challenge.closed is not None:
        raise ChallengeRefused(
            f"Question {challenge.number} was closed already",
            reason_code="challenge_closed",
            next_step="Ask a new question.",
        )
    if release.state not in OPEN_STATES:
        raise ChallengeRefused(
            f"{release.human_id} is {State(release.state).label.lower()}; nothing of it is reviewed any more",
            reason_code="release_over",
        )


def against_answering(challenge: Challenge, user: User) -> Refusal | None:
    """Why this person of the release's side does not answer: it is a question of their own."""
    if user.pk in challenge.askers:
        return Refusal("challenge_own", f"Question {challenge.number} is yours; somebody else answers it.")
    return None


def against_closing(challenge: Challenge, person: Candidate, duties: Duties) -> Refusal | None:
    """Why this person neither asks further nor closes; the asker does, or who could sign in that role."""
    if any(reply.by_id == person.user.pk for reply in answers_of(challenge)):
        return Refusal(
            "challenge_answered_by_you",
            f"You answered question {challenge.number}; the side that asked judges the answer.",
        )
    if person.user.pk in challenge.askers:
        return None
    return separation.refusal(person, rule_of(challenge.release, challenge.stage), duties)


def answers_of(challenge: Challenge) -> list[ChallengeReply]:
    """The answers of a thread, in order."""
    return [reply for reply in challenge.replies.all() if reply.kind == ReplyKind.ANSWER]


def require_text(text: str, pointer: str = "/text") -> str:
    """Words that are there and not too long, without space around them."""
    said = text.strip()
    if said and len(said) <= LONGEST_TEXT:
        return said
    detail = f"Write at most {LONGEST_TEXT} characters." if said else "Write what you want to say."
    code = "too_long" if said else "required"
    raise FieldsInvalid(
        "The words are missing or too many", [{"pointer": pointer, "detail": detail, "code": code}]
    )
