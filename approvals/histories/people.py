"""Who accepted the accountability statement, as the log tells of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_acceptance
from evidence.histories import Told
from evidence.replaying import History
from registry.events import RegistryEvent
from registry.models import User


def histories() -> Iterator[History]:
    """What people accepted, by person."""
    yield History(
        word="user",
        rows=User.objects.prefetch_related("acceptances"),
        begins=frozenset({RegistryEvent.USER_MADE}),
        changes=frozenset({Event.ACCOUNTABILITY_ACCEPTED}),
        state=_state,
        replay=_replay,
    )


def _state(user: User) -> dict[str, Any]:
    return {"accepted": [of_acceptance(row) for row in user.acceptances.all()]}


def _replay(told: Sequence[Told]) -> dict[str, Any]:
    accepted = [entry.new for entry in told if entry.kind == Event.ACCOUNTABILITY_ACCEPTED]
    if not all(accepted):  # an erased entry leaves them uncompared
        return {}
    return {"accepted": sorted((dict(one) for one in accepted), key=lambda one: one["version"])}
