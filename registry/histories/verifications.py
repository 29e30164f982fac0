"""Verifications as the log tells of them: a result is not changed or taken away afterwards."""

from collections.abc import Iterator

from evidence.events import EvidenceEvent as Event
from evidence.models import Verification
from evidence.replaying import History
from registry.ledger_facts import of_verification


def histories() -> Iterator[History]:
    """What was verified when, and what was found."""
    yield History(
        word="verification",
        rows=Verification.objects.all(),
        begins=frozenset({Event.LOG_VERIFIED, Event.LOG_FAULTY}),
        state=of_verification,
    )
