"""Issued packs as the log tells of them: which bytes, which record, under which head of the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_issue
from approvals.models import Pack
from evidence.histories import Told
from evidence.replaying import History, latest


def histories() -> Iterator[History]:
    """Packs with bytes; one that waits or failed is no statement to anybody."""
    yield History(
        word="pack",
        rows=Pack.objects.filter(blob__isnull=False),
        begins=frozenset({Event.PACK_SEALED}),
        state=_state,
        replay=_issued,
    )


def _state(pack: Pack) -> dict[str, Any]:
    return {**of_issue(pack), "record": pack.record_digest}


def _issued(told: Sequence[Told]) -> dict[str, Any]:
    records = {} if told[-1].record is None else {"record": told[-1].record}
    return {**latest(told), **records}
