"""Ask a question about a release in the role of a stage: that stage waits until the question is closed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from approvals import acting, challenge_rules
from approvals.assessment import assess
from approvals.challenge_subjects import find, gate_called
from approvals.errors import ChallengeInvalid
from approvals.events import ApprovalEvent
from approvals.holding import lock
from approvals.ledger_facts import Facts, of_challenge
from approvals.models import Challenge, Release
from approvals.signing import refuse_person
from evidence import clock, ledger
from evidence.actors import Actor
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import NotFound


@dataclass(frozen=True)
class Question:
    """What a reviewer asks: in words, about one gate or one run or record, if about one."""

    text: str
    gate: str = ""
    record: str = ""
    """Id, digest or name of a linked run, or of a record that the release rests on."""
    wants_evidence: bool = False
    stage: str = ""
    """In whose role it is asked; without one, the first stage that the person may sign."""


@transaction.atomic
def ask(release: Release, question: Question, *, principal: Principal) -> Challenge:
    """A reviewer asks; who may not sign a stage of the revision in review asks nothing."""
    acting.require_person(Permission.RELEASE_SIGN, release.project, principal)
    text = challenge_rules.require_text(question.text)
    release = lock(release)
    revision = challenge_rules.require_reviewed(release)
    found = assess(release)
    asker, against = challenge_rules.asker(
        principal.user, release, revision, found.duties, stage=question.stage
    )
    refuse_person(against)
    assert asker is not None
    about = find(found.facts, question.record, pointer="/record")
    if about is not None and question.gate:
        raise ChallengeInvalid(
            "A question is about a gate or about a record, not both",
            pointer="/record",
            next_step="Ask two questions.",
        )
    challenge = Challenge.objects.create(
        release=release,
        number=release.challenges.count() + 1,
        revision=revision.number,
        stage=asker.stage.code,
        role=asker.stage.role,
        text=text,
        gate=gate_called(found.gates, question.gate),
        record_id=about.record if about else None,
        record_name=about.name if about else "",
        wants_evidence=question.wants_evidence,
        asked_by=principal.user,
        printed_name=principal.user.printed_name,
        delegation=asker.deputyship.delegation if asker.deputyship else None,
        asked_at=clock.now(),
    )
    tell(
        ApprovalEvent.CHALLENGE_ASKED,
        challenge,
        principal.actor,
        reason=text,
        new=of_challenge(challenge),
        record=challenge.record_id,
    )
    return challenge


def numbered(release: Release, number: int) -> Challenge:
    """A question of a release by its number; `NotFound` where there is none."""
    found = Challenge.objects.with_story().filter(release=release, number=number).first()
    if found is None:
        raise NotFound(f"{release.human_id} has no question {number}")
    return found


def reread(challenge: Challenge) -> Challenge:
    """The question with its thread as the database has it under the lock of its release."""
    return Challenge.objects.with_story().get(pk=challenge.pk)


def tell(
    event: ApprovalEvent,
    challenge: Challenge,
    actor: Actor,
    *,
    reason: str,
    new: Facts,
    record: str | None = None,
) -> None:
    """Append the entry of a step, in the caller's transaction."""
    ledger.append(
        event,
        f"challenge:{challenge.pk}",
        actor=actor,
        container=container_of(challenge.release.project_id),
        note=ledger.Note(reason=reason, new=new, record=record),
    )
