"""How values of records are said in print; escaping is the template's, which is never switched off."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any, Final

from approvals.states import State
from registry import figures
from registry.access.roles import Role

NOT_RECORDED: Final = "not recorded"

QUANTITY_STATES: Final = {
    "nan": "not a number (NaN)",
    "inf": "infinite",
    "-inf": "minus infinity",
    "missing": "missing",
}

GATE_WORDS: Final = {"pass": "Pass", "fail": "Fail", "waived": "Waived", "flag": "Flag"}

STATE_SENTENCES: Final = {
    State.DRAFT: "is a draft and was never submitted",
    State.SUBMITTED: "is submitted; the submitter has not signed yet",
    State.IN_REVIEW: "is in review; no decision is made",
    State.CHANGES_REQUESTED: "was sent back; changes are requested",
    State.APPROVED: "is approved and not released yet",
    State.APPROVED_CONDITIONAL: "is approved with conditions and not released yet",
    State.REJECTED: "was rejected",
    State.WITHDRAWN: "was withdrawn",
    State.RELEASED: "is released",
    State.EMERGENCY_RELEASED: "is released in an emergency, before its review",
    State.SUSPENDED: "is suspended",
    State.ROLLED_BACK: "was rolled back",
    State.EXPIRED: "was approved; the approval has expired",
    State.SUPERSEDED: "was released and is superseded by a newer release",
    State.RETIRED: "is retired",
}

STATE_KINDS: Final = {
    State.APPROVED: "pass",
    State.RELEASED: "pass",
    State.APPROVED_CONDITIONAL: "flag",
    State.EMERGENCY_RELEASED: "flag",
    State.REJECTED: "fail",
    State.SUSPENDED: "fail",
    State.ROLLED_BACK: "fail",
    State.WITHDRAWN: "voided",
    State.EXPIRED: "voided",
    State.SUPERSEDED: "voided",
    State.RETIRED: "voided",
}

DECIDING_EVENTS: Final = {
    State.APPROVED: "release.approved",
    State.APPROVED_CONDITIONAL: "release.approved",
    State.RELEASED: "release.released",
    State.REJECTED: "release.rejected",
    State.WITHDRAWN: "release.withdrawn",
    State.CHANGES_REQUESTED: "release.changes_requested",
    State.SUSPENDED: "release.suspended",
    State.SUPERSEDED: "release.superseded",
    State.SUBMITTED: "release.submitted",
    State.EMERGENCY_RELEASED: "release.released_in_emergency",
    State.EXPIRED: "release.expired",
}
"""State to the ledger entry that led to it."""

EVENT_WORDS: Final = {
    "release.opened": "Release opened",
    "release.changed": "Release changed",
    "release.tier_set": "Tier set by a person",
    "evidence.linked": "Evidence linked",
    "evidence.unlinked": "Evidence taken out",
    "release.submitted": "Release submitted, evidence frozen",
    "gate.evaluated": "Gates evaluated",
    "stage.opened": "Stage opened",
    "delegation.made": "Stage delegated",
    "delegation.accepted": "Delegation accepted",
    "delegation.declined": "Delegation declined",
    "delegation.revoked": "Delegation revoked",
    "delegation.ended": "Delegation ended by an administrator",
    "stage.signed": "Stage signed",
    "stage.declined": "Stage declined",
    "signature.refused": "Signing refused",
    "signature.locked": "Signing locked after failed attempts",
    "signature.stopped": "Signature stopped counting",
    "stage.ended": "Stages closed",
    "release.changes_requested": "Changes requested",
    "release.rejected": "Release rejected",
    "release.withdrawn": "Release withdrawn",
    "release.approved": "Release approved",
    "release.released": "Released",
    "release.superseded": "Superseded by a newer release",
    "release.reopened": "Reopened, evidence changed",
    "release.suspended": "Suspended",
    "release.review_required": "Review required",
    "release.emergency_declared": "Emergency declared",
    "release.released_in_emergency": "Released in an emergency",
    "release.afterwards_begun": "Review after the fact begun",
    "release.reviewed_afterwards": "Reviewed after the fact",
    "release.reinstatement_proposed": "Reinstatement proposed",
    "release.reinstated": "Live again",
    "release.expired": "Approval expired",
    "condition.set": "Condition set",
    "condition.met": "Condition met",
    "condition.lifted": "Condition lifted",
    "condition.overdue": "Condition overdue",
    "challenge.asked": "Question asked",
    "challenge.asked_further": "Further question asked",
    "challenge.answered": "Question answered",
    "challenge.closed": "Question closed",
    "waiver.requested": "Waiver asked for",
    "waiver.approved": "Waiver approved",
    "waiver.rejected": "Waiver rejected",
    "waiver.closed": "Waiver closed",
    "waiver.expired": "Waiver expired",
    "dataset.read": "Private data read",
    "run.admitted": "Run admitted",
    "run.voided": "Run voided",
}

_ID_WORDS: Final = {"finops": "FinOps"}
_LATIN_DIGEST: Final = re.compile(r"(sha256:)?[0-9a-f]{40,64}\Z")


def state_word(state: str) -> str:
    """`Approved with conditions` for `approved_conditional`."""
    return str(State(state).label)


def role_word(role: str) -> str:
    """`Independent validator` for `validator`."""
    return str(Role(role).label) if role in Role.values else plain(role)


def plain(word: str) -> str:
    """An identifier as words: `never_published` becomes `Never published`."""
    text = _ID_WORDS.get(word, word.replace("_", " "))
    return text[:1].upper() + text[1:]


def event_word(kind: str) -> str:
    """A kind of ledger entry in words."""
    return EVENT_WORDS.get(kind) or plain(kind.replace(".", " "))


def moment(text: str | None) -> str:
    """`20 Nov 2026, 15:41:50 UTC` of a canonical time."""
    return figures.stamp_seconds(datetime.fromisoformat(text)) if text else NOT_RECORDED


def minute(text: str) -> str:
    """`20 Nov 2026, 15:41 UTC` of a canonical time."""
    return figures.stamp(datetime.fromisoformat(text))


def day(text: str) -> str:
    """`20 Nov 2026` of an ISO date."""
    return figures.day(date.fromisoformat(text))


def short(digest: str | None) -> str:
    """The first 16 hexadecimal digits of a digest."""
    return digest.rpartition(":")[2][:16] if digest else ""


def is_digest(text: str) -> bool:
    """Whether a text is a digest or a commit, which print in the figures' type."""
    return _LATIN_DIGEST.match(text) is not None


def counted(n: int, one: str, many: str = "") -> str:
    """`1 run`, `3 runs`."""
    return f"{figures.number(n)} {one if n == 1 else many or one + 's'}"


def listed(words: Iterable[str]) -> str:
    """`a, b and c`."""
    given = list(words)
    return " and ".join(filter(None, (", ".join(given[:-1]), given[-1]))) if given else ""


def some(given: Iterable[str], most: int = 8) -> str:
    """`a, b and 12 more`: the first few of a list that may be long."""
    every = list(given)
    if len(every) <= most:
        return listed(every)
    return listed([*every[:most], f"{figures.number(len(every) - most)} more"])


def clipped(text: str, most: int) -> str:
    """A text for a place with little room; the whole of it stands elsewhere in the document."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def signer(signature: Mapping[str, Any]) -> str:
    """`Ada Example`, or `Ada Example for Ben Example` where a delegate signed."""
    whom = signature.get("for")
    name = str(signature["printed_name"])
    return f"{name} for {whom['printed_name']}" if whom else name
