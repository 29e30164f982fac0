"""Ledger entries of a release as a timeline, newest first; says only what the entry itself holds."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from approvals.events import ApprovalEvent
from approvals.presentation.labels import counted
from approvals.states import State
from registry.components import TimelineEntry
from registry.figures import stamp

E = ApprovalEvent

WORDS: Final[dict[str, tuple[str, str, str]]] = {
    E.RELEASE_OPENED: ("Release opened", "", "file"),
    E.RELEASE_CHANGED: ("Release changed", "", "pen"),
    E.TIER_SET: ("Tier set", "flag", "scale"),
    E.EVIDENCE_LINKED: ("Evidence linked", "", "link"),
    E.EVIDENCE_UNLINKED: ("Evidence unlinked", "", "x"),
    E.RELEASE_SUBMITTED: ("Revision submitted", "open", "upload"),
    E.GATES_EVALUATED: ("Gates evaluated", "", "scale"),
    E.STAGE_OPENED: ("Stage opened", "open", "open"),
    E.STAGE_REMINDED: ("Signers reminded", "wait", "open"),
    E.STAGE_ESCALATED: ("Stage overdue, escalated", "flag", "flag"),
    E.STAGE_SIGNED: ("Stage signed", "pass", "pass"),
    E.STAGE_DECLINED: ("Stage declined", "fail", "fail"),
    E.SIGNING_REFUSED: ("Signing refused", "flag", "lock"),
    E.SIGNING_LOCKED: ("Signing locked for the account", "fail", "lock"),
    E.SIGNATURE_STOPPED: ("Signature stopped counting", "voided", "voided"),
    E.STAGES_ENDED: ("Stages closed", "voided", "voided"),
    E.CHANGES_REQUESTED: ("Changes requested", "flag", "flag"),
    E.RELEASE_REJECTED: ("Rejected", "fail", "fail"),
    E.RELEASE_WITHDRAWN: ("Withdrawn", "voided", "voided"),
    E.RELEASE_APPROVED: ("Approved", "pass", "pass"),
    E.RELEASE_RELEASED: ("Released", "pass", "play"),
    E.RELEASE_SUPERSEDED: ("Superseded", "wait", "history"),
    E.RELEASE_REOPENED: ("Reopened after a change of evidence", "open", "refresh"),
    E.RELEASE_SUSPENDED: ("Suspended", "fail", "pause"),
    E.EMERGENCY_DECLARED: ("Emergency declared", "flag", "flag"),
    E.RELEASED_IN_EMERGENCY: ("Released in an emergency", "flag", "play"),
    E.AFTERWARDS_BEGUN: ("Review after the fact begun", "open", "open"),
    E.REVIEWED_AFTERWARDS: ("Reviewed after the fact", "pass", "pass"),
    E.REINSTATEMENT_PROPOSED: ("Reinstatement proposed", "open", "refresh"),
    E.RELEASE_REINSTATED: ("Live again", "pass", "play"),
    E.RELEASE_EXPIRED: ("Approval expired", "voided", "voided"),
    E.REVIEW_REQUIRED: ("Review required", "flag", "flag"),
    E.CONDITION_SET: ("Condition set", "open", "flag"),
    E.CONDITION_MET: ("Condition met", "pass", "pass"),
    E.CONDITION_LIFTED: ("Condition lifted", "wait", "x"),
    E.CONDITION_OVERDUE: ("Condition overdue", "fail", "fail"),
    E.CHALLENGE_ASKED: ("Question asked", "open", "flag"),
    E.CHALLENGE_ASKED_FURTHER: ("Further question asked", "open", "flag"),
    E.CHALLENGE_ANSWERED: ("Question answered", "wait", "pen"),
    E.CHALLENGE_CLOSED: ("Question closed", "pass", "pass"),
    E.WAIVER_REQUESTED: ("Waiver asked for", "open", "pen"),
    E.WAIVER_APPROVED: ("Waiver approved", "waived", "waived"),
    E.WAIVER_REJECTED: ("Waiver rejected", "fail", "fail"),
    E.WAIVER_CLOSED: ("Waiver closed", "wait", "x"),
    E.WAIVER_EXPIRED: ("Waiver expired", "fail", "fail"),
    E.PACK_REQUESTED: ("Pack asked for", "", "package"),
    E.PACK_SEALED: ("Pack issued", "pass", "package"),
    E.PACK_FAILED: ("Pack not issued", "fail", "package"),
    E.PACK_DOWNLOADED: ("Pack downloaded", "", "download"),
}
"""Kind of entry → words, kind of state, icon."""

PRINTED: Final[dict[str, tuple[str, ...]]] = {
    E.RELEASE_OPENED: ("human_id", "tier"),
    E.TIER_SET: ("tier",),
    E.EVIDENCE_LINKED: ("target", "slot"),
    E.EVIDENCE_UNLINKED: ("target", "slot"),
    E.RELEASE_SUBMITTED: ("revision",),
    E.STAGE_OPENED: ("stage", "revision"),
    E.STAGE_REMINDED: ("stage", "after_working_days"),
    E.STAGE_ESCALATED: ("stage", "after_working_days"),
    E.STAGES_ENDED: ("stages", "revision"),
    E.RELEASE_APPROVED: ("revision", "valid_until"),
    E.RELEASE_RELEASED: ("revision", "review_at"),
    E.RELEASE_REOPENED: ("revision",),
    E.EMERGENCY_DECLARED: ("revision", "incident", "hours"),
    E.RELEASED_IN_EMERGENCY: ("revision", "emergency_ends_at", "afterwards_due_at"),
    E.AFTERWARDS_BEGUN: ("revision",),
    E.REVIEWED_AFTERWARDS: ("revision", "review_at"),
    E.REINSTATEMENT_PROPOSED: ("revision",),
    E.RELEASE_REINSTATED: ("revision",),
    E.CONDITION_SET: ("text", "owner_account", "due_at"),
    E.CHALLENGE_ASKED: ("number", "role", "gate", "record_name"),
    E.CHALLENGE_ASKED_FURTHER: ("number",),
    E.CHALLENGE_ANSWERED: ("number", "record_name"),
    E.CHALLENGE_CLOSED: ("outcome",),
    E.WAIVER_REQUESTED: ("waiver", "gate", "criterion", "expires_at"),
    E.WAIVER_APPROVED: (),
    E.WAIVER_REJECTED: (),
    E.WAIVER_CLOSED: ("end",),
    E.WAIVER_EXPIRED: (),
    E.PACK_REQUESTED: ("pack", "include_private"),
    E.PACK_SEALED: ("pack", "pages", "zip"),
}
"""Kind of entry → what a reader wants of it; the page of the entry has the rest, for programs too."""

CHANNEL_WORDS: Final[dict[str, str]] = {
    "ui": "on the page",
    "api": "by API",
    "cli": "by command line",
    "system": "",
}

MOMENT: Final = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+Z\Z")

REASON_CODES: Final[dict[str, str]] = {"credentials_refused": "The account name or the password was wrong"}


@dataclass(frozen=True, slots=True)
class Entry:
    """What a page knows of one ledger entry; `payload` is empty after a lawful erasure."""

    kind: str
    at: datetime
    channel: str
    payload: Mapping[str, Any]
    index: int | None


def timeline(entries: Iterable[Entry]) -> tuple[TimelineEntry, ...]:
    """Each entry in words."""
    return tuple(_entry(entry) for entry in entries)


def _entry(entry: Entry) -> TimelineEntry:
    what, kind, icon = WORDS.get(entry.kind, (entry.kind, "", "file"))
    payload = entry.payload
    reason = str(payload.get("reason", ""))
    return TimelineEntry(
        what=what,
        kind=kind,
        icon=icon,
        at=entry.at,
        who=_who(str(payload.get("actor_name", "")), entry),
        detail=_detail(entry.kind, payload.get("new") or {}, payload.get("old") or {}),
        reason=REASON_CODES.get(reason, reason),
    )


def _who(name: str, entry: Entry) -> str:
    place = "" if entry.index is None else f"ledger entry {entry.index:,}"
    return " · ".join(
        part
        for part in (", ".join(filter(None, (name, CHANNEL_WORDS.get(entry.channel, "")))), place)
        if part
    )


def _detail(kind: str, new: Mapping[str, Any], old: Mapping[str, Any]) -> str:
    if kind == E.GATES_EVALUATED:
        return ", ".join(
            f"{list(new.values()).count(state)} {state}"
            for state in ("pass", "flag", "waived", "fail")
            if state in new.values()
        )
    if kind == E.SIGNATURE_STOPPED:
        return (
            f"Stage {old.get('stage', '')}, {counted(len(new.get('diff', [])), 'entry', 'entries')} changed"
        )
    if kind == E.CHANGES_REQUESTED:
        return "; ".join(map(str, new.get("items", [])))
    if kind == E.RELEASE_CHANGED:
        return ", ".join(str(name).replace("_", " ") for name in new)
    if "stage" in new:
        whom = f", for {new['for']}" if "for" in new else ""
        return f"Stage {new['stage']}, revision {new.get('revision', 1)}{whom}"
    told = new or old if kind in PRINTED else new
    names = PRINTED.get(kind, tuple(map(str, told)))
    return ", ".join(_pair(name, told[name]) for name in names if told.get(name) not in ("", None))


def _pair(name: str, value: object) -> str:
    if name in ("human_id", "target", "pack", "name", "waiver", "gate"):
        return str(value)
    if name == "state":
        return str(State(str(value)).label) if str(value) in State.values else str(value)
    if isinstance(value, bool):
        return f"{name.replace('_', ' ')}: {'yes' if value else 'no'}"
    if isinstance(value, str) and MOMENT.match(value):
        return f"{name.replace('_', ' ')} {stamp(datetime.fromisoformat(value))}"
    return f"{name.replace('_', ' ')} {value}".replace("slot ", "as ").replace("_", " ")
