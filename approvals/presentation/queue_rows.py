"""A person's queue as rows, split by what can be done now; reads nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from approvals.presentation.gate_rows import GateCounts, counts_of
from approvals.presentation.labels import counted, first_capital, listed, tier_words
from approvals.queue import Queue, QueueItem
from approvals.states import State
from registry.figures import stamp


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """One release of the queue."""

    human_id: str
    title: str
    about: str
    stage: str
    gates: GateCounts | None
    reason: str
    due_at: datetime | None
    is_overdue: bool
    state: str
    note: str = ""
    for_whom: str = ""
    query: str = ""
    """Chooses the stage on the page of the release, where it was delegated."""


@dataclass(frozen=True, slots=True)
class QueueRows:
    """Everything a queue page shows, in its order."""

    ready: tuple[QueueRow, ...]
    later: tuple[QueueRow, ...]
    refused: tuple[QueueRow, ...]
    returned: tuple[QueueRow, ...]
    own: tuple[QueueRow, ...]
    overdue: int

    @property
    def lead(self) -> str:
        """`One release waits for your signature, 2 wait for someone else first and one you may not sign`."""
        parts = [_waits(len(self.ready))]
        parts += [f"{_few(len(self.later))} for someone else first"] if self.later else []
        parts += [f"{_number(len(self.refused))} you may not sign"] if self.refused else []
        parts += [f"{_number(len(self.returned))} came back with changes to make"] if self.returned else []
        return first_capital(f"{listed(parts)}.")


def queue_rows(
    queue: Queue,
    gates: Mapping[UUID, Sequence[str]],
    moment: datetime,
    notes: Mapping[UUID, str] | None = None,
) -> QueueRows:
    """`gates`: release → states of its gates when it was frozen; `notes`: what a reviewer asked for."""
    said = notes or {}
    ready = [item for item in queue.waiting_for_me if item.may_sign]
    refused = [item for item in queue.waiting_for_me if item.refusal is not None]
    shown = {item.release.pk for item in (*queue.waiting_for_me, *queue.later, *queue.returned)}
    own = [item for item in queue.mine if item.release.pk not in shown]

    def rows(items: Sequence[QueueItem]) -> tuple[QueueRow, ...]:
        return tuple(
            _row(item, gates.get(item.release.pk), moment, said.get(item.release.pk, "")) for item in items
        )

    return QueueRows(
        ready=rows(ready),
        later=rows(queue.later),
        refused=rows(refused),
        returned=rows(queue.returned),
        own=rows(own),
        overdue=sum(item.due_at is not None and item.due_at < moment for item in ready),
    )


def _row(item: QueueItem, gates: Sequence[str] | None, moment: datetime, note: str) -> QueueRow:
    release, stage = item.release, item.stage
    return QueueRow(
        human_id=release.human_id,
        title=release.title,
        about=f"{release.project.name} · {tier_words(release.tier, release.tier_answers)}",
        stage=f"Stage {stage.code} {stage.name}" if stage else "",
        gates=counts_of(gates) if gates else None,
        reason=item.refusal.sentence if item.refusal else item.waits_for,
        due_at=item.due_at,
        is_overdue=item.due_at is not None and item.due_at < moment,
        state=f"{State(release.state).label} since {stamp(release.state_since)}",
        note=note,
        for_whom=item.delegation.delegator.printed_name if item.delegation else "",
        query=f"?{urlencode({'stage': stage.code, 'for': item.delegation.pk})}"
        if stage and item.delegation
        else "",
    )


def _waits(count: int) -> str:
    if count == 0:
        return "nothing waits for your signature"
    return f"{counted(count, 'release waits', 'releases wait')} for your signature".replace("1 ", "one ", 1)


def _few(count: int) -> str:
    return "one waits" if count == 1 else f"{count} wait"


def _number(count: int) -> str:
    return "one" if count == 1 else str(count)
