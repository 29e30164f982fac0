"""Conditions as the log tells of them; that they are those of the signed statement, `signatures` asks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_condition, of_condition_event
from approvals.models import Condition
from evidence.histories import Told
from evidence.replaying import History, latest

STEPS: Final = frozenset({Event.CONDITION_MET, Event.CONDITION_LIFTED, Event.CONDITION_OVERDUE})
UNTOLD: Final[dict[str, Any]] = {"met": None, "lifted": None, "overdue": None}


def histories() -> Iterator[History]:
    """Each condition with what became of it."""
    yield History(
        word="condition",
        rows=Condition.objects.with_story(),
        begins=frozenset({Event.CONDITION_SET}),
        changes=STEPS,
        state=_state,
        replay=_replay,
    )


def _state(condition: Condition) -> dict[str, Any]:
    found = {**of_condition(condition), **UNTOLD, "findings": []}
    for event in condition.events.all():
        found |= of_condition_event(event)
    return {**found, "findings": sorted(event.finding for event in condition.events.all())}


def _replay(told: Sequence[Told]) -> dict[str, Any]:
    findings = sorted(entry.reason or "" for entry in told if entry.kind in STEPS)
    return {**UNTOLD, **latest(told), "findings": findings}
