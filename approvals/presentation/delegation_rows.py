"""Delegations as rows of a page: who signs what for whom, and where each stands; decides nothing."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from approvals.models import Delegation
from registry.access.roles import role_words
from registry.models import User

WORDS: Final[dict[str, tuple[str, str]]] = {
    "waiting": ("open", "Waits for acceptance"),
    "over": ("wait", "Over"),
    "revoked": ("voided", "Revoked"),
    "declined": ("voided", "Declined"),
    "ended": ("voided", "Ended by an administrator"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class DelegationRow:
    """One delegation, and what the reader can do about it."""

    delegation: Delegation
    kind: str
    word: str
    stage: str
    scope: str
    can_accept: bool
    can_decline: bool
    can_end: bool


def rows(
    found: Iterable[Delegation], *, reader: User, moment: datetime, manages: bool = False
) -> tuple[DelegationRow, ...]:
    """In the order given, each read `with_force`."""
    return tuple(_row(one, reader, moment, manages) for one in found)


def _row(one: Delegation, reader: User, moment: datetime, manages: bool) -> DelegationRow:
    state = one.state_at(moment)
    kind, word = WORDS.get(state, ("", "")) if state != "accepted" else _accepted(one, moment)
    stands = state in ("waiting", "accepted")
    received = reader.pk == one.delegate_id
    return DelegationRow(
        delegation=one,
        kind=kind,
        word=word,
        stage=f"Stage {one.stage}, {role_words(one.role)}",
        scope=one.release.human_id if one.release else "every release",
        can_accept=received and state == "waiting",
        can_decline=received and stands,
        can_end=stands and (reader.pk == one.delegator_id or (manages and not received)),
    )


def _accepted(one: Delegation, moment: datetime) -> tuple[str, str]:
    if getattr(one, "counts", False):
        return "pass", "In force"
    if one.starts_at > moment:
        return "wait", "Accepted, not begun"
    return "voided", "Ended with the role"
