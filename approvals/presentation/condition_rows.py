"""Conditions as rows: what is asked of whom until when, and what came of it; decides nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from approvals import conditions
from approvals.conditions import ConditionState
from approvals.models import Condition, ConditionEvent
from approvals.models.conditions import ConditionStep
from approvals.presentation.labels import time_left
from registry.figures import stamp
from registry.models import User

KINDS: Final[dict[str, str]] = {
    ConditionState.OPEN: "open",
    ConditionState.OVERDUE: "fail",
    ConditionState.MET: "pass",
    ConditionState.LIFTED: "wait",
    ConditionState.FALLEN: "voided",
}
"""State → kind of the state component."""
BINDING: Final = (ConditionState.OPEN, ConditionState.OVERDUE)
SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition on the page of its release."""

    id: UUID
    release: str
    kind: str
    word: str
    text: str
    measurable_check: str
    owner: str
    due_at: datetime
    left: str
    is_soon: bool
    set_by: str
    outcomes: tuple[str, ...]
    may_settle: bool
    """Whether the form is offered; the step asks the rules of the stage."""


def rows(
    found: Iterable[Condition], moment: datetime, *, roles: Collection[str], reader: User
) -> tuple[ConditionRow, ...]:
    """Each condition as it stands at a moment, for somebody with these roles."""
    return tuple(_row(one, moment, roles, reader) for one in found)


def _row(one: Condition, moment: datetime, roles: Collection[str], reader: User) -> ConditionRow:
    state = conditions.state_of(one, moment)
    return ConditionRow(
        id=one.pk,
        release=one.signature.release.human_id,
        kind=KINDS[state],
        word=str(state.label),
        text=one.text,
        measurable_check=one.measurable_check,
        owner=one.owner_name,
        due_at=one.due_at,
        left=time_left(one.due_at, moment, "due") if state == ConditionState.OPEN else "",
        is_soon=state == ConditionState.OPEN and one.due_at - moment < SOON,
        set_by=f"{one.signature.names}, stage {one.signature.stage.code}",
        outcomes=tuple(map(_outcome, one.events.all())),
        may_settle=state in BINDING and one.signature.stage.role in roles and one.owner_id != reader.pk,
    )


def _outcome(event: ConditionEvent) -> str:
    word = ConditionStep(event.step).label
    by = f" by {event.by.printed_name}" if event.by else ""
    return f"{word}{by}, {stamp(event.at)}: {event.finding}"
