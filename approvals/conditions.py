"""Conditions of a signature (T8): what somebody sees to by a date, and how it is measured.

A signer states them with the signature; they are part of the signed statement. Who settles one later is in
`condition_outcomes`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db.models import TextChoices

from approvals.errors import ConditionInvalid, ConditionsOverdue
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_condition
from approvals.models import Condition, Release, ReleaseRevision, Signature, Stage
from approvals.models.conditions import ConditionStep
from approvals.models.releases import Purpose
from evidence import clock, ledger
from evidence.actors import Actor
from evidence.canonical import utc_text
from registry.access import policy as access
from registry.access.roles import Role
from registry.containers import container_of
from registry.errors import NotFound
from registry.models import User

MOST: Final = 10
"""Conditions of one signature at most; who has more to ask for requests changes."""
SHORTEST: Final = 10
LONGEST_TERM: Final = timedelta(days=366)
STATING: Final = frozenset(
    {
        Role.VALIDATOR,
        Role.DOMAIN_REVIEWER,
        Role.SECURITY_REVIEWER,
        Role.PRIVACY_REVIEWER,
        Role.FINOPS_REVIEWER,
        Role.COMPLIANCE_REVIEWER,
    }
)
"""Roles whose signature may set conditions: those that judge what others made."""


@dataclass(frozen=True)
class Terms:
    """One condition as its signer states it."""

    text: str
    measurable_check: str
    owner: User
    due_at: datetime


class ConditionState(TextChoices):
    """What a condition is now; the clock is part of it."""

    OPEN = "open", "Open"
    OVERDUE = "overdue", "Overdue"
    MET = "met", "Met"
    LIFTED = "lifted", "Lifted"
    FALLEN = "fallen", "No longer binding"


def may_state(stage: Stage) -> bool:
    """Whether a signature of this stage may set conditions; an emergency is bounded by its hours instead."""
    return stage.role in STATING and stage.revision.purpose != Purpose.EMERGENCY


def drawn_up(terms: Sequence[Terms], stage: Stage, moment: datetime) -> list[Condition]:
    """Rows of what a signer asks for, not stored yet.

    Raises `ConditionInvalid` (422) with the place of the first that cannot be set.
    """
    _require_statable(terms, stage, moment)
    return [
        Condition(
            number=number,
            text=one.text.strip(),
            measurable_check=one.measurable_check.strip(),
            owner=one.owner,
            owner_name=one.owner.printed_name,
            due_at=one.due_at,
            set_at=moment,
        )
        for number, one in enumerate(terms, start=1)
    ]


def _require_statable(terms: Sequence[Terms], stage: Stage, moment: datetime) -> None:
    if not terms:
        return
    if not may_state(stage):
        raise ConditionInvalid(
            f"Stage {stage.code} sets no conditions", pointer="/conditions", next_step="Sign without them."
        )
    if len(terms) > MOST:
        raise ConditionInvalid(
            f"A signature sets {MOST} conditions at most",
            pointer="/conditions",
            next_step="Request changes where more has to be done first.",
        )
    for number, one in enumerate(terms):
        _require(one, stage.revision.release, moment, pointer=f"/conditions/{number}")


def _require(one: Terms, release: Release, moment: datetime, *, pointer: str) -> None:
    for name, text in (("text", one.text), ("measurable_check", one.measurable_check)):
        if len(text.strip()) < SHORTEST:
            raise ConditionInvalid(f"Give {SHORTEST} characters or more", pointer=f"{pointer}/{name}")
    latest = moment + LONGEST_TERM
    if not moment < one.due_at <= latest:
        raise ConditionInvalid(
            f"A condition is due after now and by {latest:%d %b %Y, %H:%M} UTC", pointer=f"{pointer}/due_at"
        )
    owner = one.owner
    if not access.is_answerable(owner, release.project):
        raise ConditionInvalid(
            f"{owner.username} is no person with an open account and a role on {release.project.key}",
            pointer=f"{pointer}/owner",
            next_step="Name somebody of the project who will see to it.",
        )


def store(signature: Signature, rows: Iterable[Condition], *, actor: Actor) -> None:
    """The drawn up conditions of a signature with their entries, in the transaction that signs."""
    for row in rows:
        row.signature = signature
        row.save()
        tell(ApprovalEvent.CONDITION_SET, row, actor, new=of_condition(row), statement=signature.statement_id)


def state_of(condition: Condition, moment: datetime) -> ConditionState:
    """Settled by a person, or open until its date; fallen with its signature unless it binds what is live.

    Asks no database where the condition was loaded `with_story()`.
    """
    settled = next((event for event in condition.events.all() if event.step != ConditionStep.OVERDUE), None)
    if settled is not None:
        return ConditionState(settled.step)
    if not condition.binds:  # type: ignore[attr-defined]  # reason: annotated by with_story()
        return ConditionState.FALLEN
    return ConditionState.OVERDUE if condition.due_at <= moment else ConditionState.OPEN


def of_release(release: Release) -> list[Condition]:
    """Every condition that a signature of the release ever set, in their order."""
    return list(Condition.objects.with_story().filter(signature__release=release))


def find(release: Release, pk: UUID) -> Condition:
    """One of them; `NotFound` where the release has none such."""
    found = Condition.objects.with_story().filter(signature__release=release, pk=pk).first()
    if found is None:
        raise NotFound(f"{release.human_id} has no condition {pk}")
    return found


def unsettled(release: Release) -> list[Condition]:
    """Those that bind the release and that nobody settled."""
    return list(Condition.objects.with_story().filter(signature__release=release).binding().unsettled())


def refuse_overdue(release: Release, *, undone: str, next_step: str) -> None:
    """`ConditionsOverdue` (409) as long as the date of one of them has passed."""
    moment = clock.now()
    late = [one for one in unsettled(release) if one.due_at <= moment]
    if late:
        raise ConditionsOverdue(
            f"{late[0]} was due on {late[0].due_at:%d %b %Y, %H:%M} UTC; {undone}",
            conditions=[one.text for one in late],
            next_step=next_step,
        )


def shown(revision: ReleaseRevision, stage: Stage, moment: datetime) -> list[dict[str, Any]]:
    """Conditions of lower stages as a signer is shown them, with their state."""
    rows = Condition.objects.with_story().filter(
        signature__stage__revision=revision, signature__stage__order__lt=stage.order
    )
    binding = rows.binding().order_by("signature__stage__code", "signature_id", "number")
    return [_as_shown(one, moment) for one in binding]


def _as_shown(condition: Condition, moment: datetime) -> dict[str, Any]:
    return {
        **as_stated(condition),
        "stage": condition.signature.stage.code,
        "set_by": condition.signature.printed_name,
        "state": str(state_of(condition, moment)),
    }


def as_stated(condition: Condition) -> dict[str, Any]:
    """A stored condition as the statement of its signature says it."""
    return {
        "number": condition.number,
        "text": condition.text,
        "measurable_check": condition.measurable_check,
        "owner": {"id": str(condition.owner_id), "printed_name": condition.owner_name},
        "due_at": utc_text(condition.due_at),
    }


def tell(
    event: ApprovalEvent,
    condition: Condition,
    actor: Actor,
    *,
    new: Mapping[str, Any],
    reason: str = "",
    statement: str | None = None,
) -> None:
    """Append the entry of a step of a condition, in the caller's transaction."""
    note = ledger.Note(reason=reason, new=new, statement=statement)
    container = container_of(condition.signature.release.project_id)
    ledger.append(event, f"condition:{condition.pk}", actor=actor, container=container, note=note)
