"""Codes as the words, kinds and icons that readers see; must never decide anything by them."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from approvals.models.releases import Tier
from approvals.models.signatures import StageState
from approvals.states import State

STATE_KINDS: Final[dict[str, str]] = {
    State.DRAFT: "wait",
    State.SUBMITTED: "open",
    State.IN_REVIEW: "open",
    State.CHANGES_REQUESTED: "flag",
    State.APPROVED: "pass",
    State.APPROVED_CONDITIONAL: "waived",
    State.REJECTED: "fail",
    State.WITHDRAWN: "voided",
    State.RELEASED: "pass",
    State.EMERGENCY_RELEASED: "flag",
    State.SUSPENDED: "fail",
    State.ROLLED_BACK: "voided",
    State.EXPIRED: "untested",
    State.SUPERSEDED: "wait",
    State.RETIRED: "wait",
}
"""Release state → kind of the state component."""

STAGE_KINDS: Final[dict[str, str]] = {
    StageState.PENDING: "wait",
    StageState.OPEN: "open",
    StageState.SIGNED: "pass",
    StageState.DECLINED: "fail",
    StageState.INVALIDATED: "voided",
    StageState.SKIPPED: "untested",
}

GATE_WORDS: Final[dict[str, str]] = {"pass": "Pass", "fail": "Fail", "waived": "Waived", "flag": "Flag"}

METHOD_WORDS: Final[dict[str, str]] = {
    "account-and-password": "account name and password",
    "password": "password",
    "totp": "code of an authenticator",
    "passkey": "passkey",
    "series": "in a series of one session",
}

QUESTIONS: Final[dict[str, str]] = {
    "reach": "Whom it reaches",
    "domain": "Regulated field",
    "personal_data": "Personal data",
    "external_vendor": "Model of an external vendor",
    "cost_driven": "Choice driven by cost",
}

REACH_WORDS: Final[dict[str, str]] = {
    "internal": "Staff of the organisation only",
    "customers": "Customers or the public",
    "rights_or_safety": "Rights or safety of persons",
}

DOMAIN_WORDS: Final[dict[str, str]] = {
    "none": "No regulated field",
    "health": "Health",
    "public_service": "Public service",
    "employment": "Employment",
    "credit": "Credit",
    "insurance": "Insurance",
}


def tier_words(tier: str, answers: dict[str, object] | None = None) -> str:
    """`High, insurance`: the tier with the regulated field that raised it."""
    domain = str((answers or {}).get("domain", "none"))
    label = str(Tier(tier).label)
    return label if domain == "none" else f"{label}, {DOMAIN_WORDS.get(domain, domain).lower()}"


def method_words(methods: list[str]) -> str:
    """How somebody proved who signs."""
    return ", ".join(METHOD_WORDS.get(method, method) for method in methods)


def answer_words(name: str, value: object) -> str:
    """One answer of the tier questions in words."""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return {**REACH_WORDS, **DOMAIN_WORDS}.get(str(value), str(value))


def first_capital(text: str) -> str:
    """The text with its first letter large, the rest untouched."""
    return text[:1].upper() + text[1:]


def counted(count: int, one: str, many: str = "") -> str:
    """`1 run`, `2 runs`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def time_left(until: datetime, moment: datetime, verb: str) -> str:
    """`12 days left`, or `ends within a day`, with the verb `ends`."""
    days = (until - moment).days
    return f"{counted(days, 'day')} left" if days else f"{verb} within a day"


def listed(words: list[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1]))) if words else ""
