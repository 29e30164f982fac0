"""Waivers as rows: what is set aside, who answers for it, how long still; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from approvals import waiver_states, waiving
from approvals.models import Waiver
from approvals.models.releases import Tier
from approvals.presentation.labels import counted, listed, time_left
from approvals.waiver_states import WaiverState
from registry.figures import day

KINDS: Final[dict[str, str]] = {
    WaiverState.REQUESTED: "open",
    WaiverState.APPROVED: "open",
    WaiverState.ACTIVE: "waived",
    WaiverState.EXPIRED: "fail",
    WaiverState.REJECTED: "voided",
    WaiverState.CLOSED: "wait",
}
"""State → kind of the state component."""

GATE_NAMES: Final[dict[str, str]] = {
    "GATE_CRITERIA": "Criterion",
    "GATE_MONITORING": "Monitoring",
    "GATE_ROLLBACK": "Rollback",
    "GATE_RUN_COMPLETE": "Runs complete",
}
SOON: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver on a list."""

    human_id: str
    release: str
    title: str
    kind: str
    word: str
    gate: str
    owner: str
    ends: datetime
    left: str
    is_soon: bool
    note: str
    measure: str
    """What stands in for the gate meanwhile."""


def rows(waivers: Iterable[Waiver], moment: datetime) -> tuple[WaiverRow, ...]:
    """Each waiver as it stands at a moment."""
    return tuple(_row(waiver, moment) for waiver in waivers)


@dataclass(frozen=True, slots=True)
class WaiverBoard:
    """The waivers of one release, and which gates a request waits for."""

    rows: tuple[WaiverRow, ...]
    asked: Mapping[tuple[str, str], str]
    """Gate and criterion → human id of the request."""


def board(waivers: Sequence[Waiver], moment: datetime) -> WaiverBoard:
    """What the page of a release shows of its waivers."""
    asked = {
        (waiver.gate, waiver.criterion): waiver.human_id
        for waiver in waivers
        if waiver_states.state_of(waiver, moment) == WaiverState.REQUESTED
    }
    return WaiverBoard(rows(waivers, moment), asked)


def gate_words(gate: str, criterion: str) -> str:
    """`Criterion pass rate: Lower 95% bound at least 0.8`, `Monitoring`."""
    name = GATE_NAMES.get(gate, gate)
    return f"{name} {criterion}" if criterion else name


def left_words(waiver: Waiver, moment: datetime) -> str:
    """`12 days left`, `ends within a day`; empty where nothing runs."""
    state = waiver_states.state_of(waiver, moment)
    if state == WaiverState.APPROVED and waiver.starts_at is not None:
        return f"begins {day(waiver.starts_at)}"
    if state != WaiverState.ACTIVE:
        return ""
    return time_left(waiver.expires_at, moment, "ends")


def budget_words(in_force: int, tiers: Mapping[str, Mapping[str, Any]]) -> str:
    """`2 of 5 waivers are in force.`, with the tiers where they differ."""
    # By the order of the tiers: a database may keep the members of a JSON object in another one.
    most = {str(tier.label): waiving.budget(tiers[tier]) for tier in Tier}
    if len(set(most.values())) == 1:
        (limit,) = set(most.values())
        return f"{in_force} in force, of {limit} that the policy allows."
    limits = listed([f"{limit} for tier {tier}" for tier, limit in most.items()])
    return f"{counted(in_force, 'waiver')} in force; the policy allows {limits}."


def _row(waiver: Waiver, moment: datetime) -> WaiverRow:
    state = waiver_states.state_of(waiver, moment)
    return WaiverRow(
        human_id=waiver.human_id,
        release=waiver.release.human_id,
        title=waiver.release.title,
        kind=KINDS[state],
        word=str(state.label),
        gate=gate_words(waiver.gate, waiver.criterion),
        owner=waiver.owner.printed_name,
        ends=waiver.expires_at,
        left=left_words(waiver, moment),
        is_soon=state == WaiverState.ACTIVE and waiver.expires_at - moment <= SOON,
        note=_note(waiver, state),
        measure=waiver.measure,
    )


def _note(waiver: Waiver, state: WaiverState) -> str:
    """What became of it, in few words."""
    decided, ended = waiver.decided, waiver.ended
    renewal = f"renewal {waiver.renewal}" if waiver.renewal else ""
    if ended is not None:
        return ended.reason
    if decided is None:
        by = f"asked for by {waiver.created_by.printed_name}, {day(waiver.created_at)}"
        return ", ".join(filter(None, (renewal, by)))
    verb = "rejected" if state == WaiverState.REJECTED else "approved"
    by = f"{verb} by {decided.printed_name}, {day(decided.signed_at)}"
    return ", ".join(filter(None, (renewal, by)))
