"""What the entries of a release say of its revisions, stages, links, notes and decisions. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.models.signatures import StageState
from approvals.states import Action
from evidence.histories import Told

FROZEN: Final = frozenset(
    {
        Event.RELEASE_SUBMITTED,
        Event.EMERGENCY_DECLARED,
        Event.AFTERWARDS_BEGUN,
        Event.REINSTATEMENT_PROPOSED,
    }
)
SAID: Final[dict[str, Action]] = {
    Event.STAGE_DECLINED: Action.DECLINE,
    Event.CHANGES_REQUESTED: Action.REQUEST_CHANGES,
    Event.RELEASE_REJECTED: Action.REJECT,
    Event.RELEASE_WITHDRAWN: Action.WITHDRAW,
    Event.RELEASE_SUSPENDED: Action.SUSPEND,
}
"""Entries whose reason is the word of a person, and what that word did."""

KINDS: Final = FROZEN | {
    *SAID,
    Event.STAGE_OPENED,
    Event.STAGE_SIGNED,
    Event.STAGES_ENDED,
    Event.EVIDENCE_LINKED,
    Event.EVIDENCE_UNLINKED,
    Event.RELEASE_APPROVED,
    Event.RELEASE_RELEASED,
    Event.RELEASED_IN_EMERGENCY,
    Event.REVIEWED_AFTERWARDS,
    Event.RELEASE_REINSTATED,
}

Facts = dict[str, Any]


@dataclass
class Said:
    """What the log has of one release."""

    revisions: dict[int, Facts] = field(default_factory=dict)
    stages: dict[tuple[int, str], Facts] = field(default_factory=dict)
    links: dict[str, Facts] = field(default_factory=dict)
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    """Action, text, and the id of who said it."""
    decisions: dict[str, str | None] = field(default_factory=dict)
    """Statement → the summary beside it; None where the entry does not say."""


def replay(told: Iterable[Told]) -> Said:
    """The entries in their order."""
    said = Said()
    for entry in told:
        if entry.kind in FROZEN:
            _freeze(said, entry)
        elif entry.kind in (Event.EVIDENCE_LINKED, Event.EVIDENCE_UNLINKED):
            _link(said, entry)
        elif entry.kind.startswith("stage."):
            _stage(said, entry)
        elif entry.statement is not None:
            said.decisions[entry.statement] = entry.new.get("summary")
        if _is_word(entry):
            said.notes.append((str(SAID[entry.kind]), entry.reason or "", entry.actor_id))
    return said


def _is_word(entry: Told) -> bool:
    """Whether somebody said it: a date does not, nor does evidence that fell, whose entry names the gates."""
    return entry.kind in SAID and entry.channel != "system" and "gates" not in entry.new


def _freeze(said: Said, entry: Told) -> None:
    number = int(entry.new["revision"])
    names = ("purpose", "incident", "hours", "submitted_at", "submitted_by", "gates")
    facts = {name: entry.new[name] for name in names if name in entry.new}
    if entry.new.get("purpose", "review") != "review":
        facts["cause"] = entry.reason
    said.revisions[number] = {"manifest": entry.record, **facts}
    for stage in entry.new.get("stages", []):
        said.stages[number, stage["code"]] = {**stage, "state": str(StageState.PENDING), "given": 0}


def _link(said: Said, entry: Told) -> None:
    facts: Mapping[str, Any] = entry.new or entry.old
    is_out = entry.kind == Event.EVIDENCE_UNLINKED
    names = ("slot", "row", "linked_at", "linked_by", "unlinked_at", "unlinked_by")
    told = {name: facts[name] for name in names if name in facts}
    said.links[str(facts["link"])] = {**told, "is_out": is_out}


def _stage(said: Said, entry: Told) -> None:
    if entry.kind == Event.STAGES_ENDED:
        for code in entry.new["stages"]:
            _to(said, entry, code, StageState.INVALIDATED)
        return
    stage = said.stages.get((entry.new["revision"], entry.new["stage"]))
    if stage is None:  # frozen by an entry that says less
        return
    if entry.kind == Event.STAGE_OPENED:
        stage |= {name: value for name, value in entry.new.items() if name in ("opened_at", "due_at")}
        stage["state"] = str(StageState.OPEN)
    elif entry.kind == Event.STAGE_DECLINED:
        stage["state"] = str(StageState.DECLINED)
    elif entry.new["action"] != Action.REJECT:
        stage["given"] += 1
        if stage["given"] >= stage["quorum"]:
            stage["state"] = str(StageState.SIGNED)


def _to(said: Said, entry: Told, code: str, state: StageState) -> None:
    stage = said.stages.get((entry.new["revision"], code))
    if stage is not None:
        stage["state"] = str(state)
