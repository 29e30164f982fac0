"""Delegations as the log tells of them: who signs for whom, and what became of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_delegation
from approvals.models import Delegation
from evidence.histories import Told
from evidence.replaying import History, latest

ENDED: Final = frozenset({Event.DELEGATION_DECLINED, Event.DELEGATION_REVOKED, Event.DELEGATION_ENDED})


def histories() -> Iterator[History]:
    """Every delegation, with its reasons."""
    yield History(
        word="delegation",
        rows=Delegation.objects.select_related("delegator", "delegate", "release", "ended_by"),
        begins=frozenset({Event.DELEGATION_MADE}),
        changes=frozenset({Event.DELEGATION_ACCEPTED, *ENDED}),
        state=_state,
        replay=_replay,
    )


def _state(delegation: Delegation) -> dict[str, Any]:
    return {
        **of_delegation(delegation),
        "reason": delegation.reason,
        "end_reason": delegation.end_reason,
    }


def _replay(told: Sequence[Told]) -> dict[str, Any]:
    reasons = {"end_reason": ""}
    for entry in told:
        name = {Event.DELEGATION_MADE: "reason"}.get(Event(entry.kind), "end_reason")
        if entry.reason is not None and entry.kind != Event.DELEGATION_ACCEPTED:
            reasons[name] = entry.reason
    return {**latest(told), **reasons}
