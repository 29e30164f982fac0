"""States of a waiver as data: a pair that is not in the table does not exist (409). Pure.

No row stores a state: it follows from what was decided, what ended it, its release and the clock.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db.models import TextChoices

from approvals.errors import WaiverRefused
from approvals.models import Waiver
from approvals.models.waivers import EndKind, WaiverVerdict
from approvals.querysets import OPEN_STATES


class WaiverState(TextChoices):
    """States of a waiver."""

    REQUESTED = "requested", "Requested"
    APPROVED = "approved", "Approved"
    REJECTED = "rejected", "Rejected"
    ACTIVE = "active", "Active"
    EXPIRED = "expired", "Expired"
    CLOSED = "closed", "Closed"


class WaiverAction(TextChoices):
    """What happens to a waiver."""

    APPROVE = "approve", "Approve"
    REJECT = "reject", "Reject"
    BEGIN = "begin", "Begin"
    RENEW = "renew", "Renew"
    CLOSE = "close", "Close"
    EXPIRE = "expire", "Expire"


_S, _A = WaiverState, WaiverAction

TRANSITIONS: Final[dict[tuple[WaiverState, WaiverAction], WaiverState]] = {
    (_S.REQUESTED, _A.APPROVE): _S.APPROVED,
    (_S.REQUESTED, _A.REJECT): _S.REJECTED,
    (_S.REQUESTED, _A.CLOSE): _S.CLOSED,
    (_S.APPROVED, _A.BEGIN): _S.ACTIVE,
    (_S.APPROVED, _A.CLOSE): _S.CLOSED,
    (_S.ACTIVE, _A.EXPIRE): _S.EXPIRED,
    (_S.ACTIVE, _A.RENEW): _S.ACTIVE,
    (_S.ACTIVE, _A.CLOSE): _S.CLOSED,
    (_S.EXPIRED, _A.RENEW): _S.EXPIRED,
}
"""`begin` and `expire` are the clock's. A renewal is a waiver of its own: asking for it changes nothing."""


def state_of(waiver: Waiver, moment: datetime) -> WaiverState:
    """The state at a moment; the waiver comes with its decision, its end and its release."""
    decided, ended = waiver.decided, waiver.ended
    if ended is not None:
        return _S.EXPIRED if ended.kind == EndKind.EXPIRED else _S.CLOSED
    if decided is not None and decided.action == WaiverVerdict.REJECT:
        return _S.REJECTED
    if waiver.release.state not in OPEN_STATES:
        return _S.CLOSED
    if moment >= waiver.expires_at:
        return _S.EXPIRED if decided is not None else _S.CLOSED
    if decided is None:
        return _S.REQUESTED
    return _S.ACTIVE if has_begun(waiver, moment) else _S.APPROVED


def has_begun(waiver: Waiver, moment: datetime) -> bool:
    """Whether its beginning has passed; one without a beginning began with its approval."""
    return waiver.starts_at is None or waiver.starts_at <= moment


def after(waiver: Waiver, action: WaiverAction, moment: datetime) -> WaiverState:
    """The state an action leads to; `WaiverRefused` (409) names the present one otherwise."""
    state = state_of(waiver, moment)
    to = TRANSITIONS.get((state, action))
    if to is None:
        raise WaiverRefused(
            f"{waiver.human_id} is {state.label.lower()}; {_VERBS[action]} is not possible",
            next_step=_NEXT.get(state, ""),
            state=str(state),
            allowed=[str(known) for source, known in TRANSITIONS if source == state],
        )
    return to


_VERBS: Final = {
    _A.APPROVE: "approving it",
    _A.REJECT: "rejecting it",
    _A.BEGIN: "beginning it",
    _A.RENEW: "renewing it",
    _A.CLOSE: "closing it",
    _A.EXPIRE: "letting it expire",
}
_NEXT: Final = {
    _S.REQUESTED: "A compliance reviewer decides on it first.",
    _S.REJECTED: "Ask for another waiver, with what was missing.",
    _S.CLOSED: "Ask for another waiver if the gate still fails.",
    _S.EXPIRED: "Ask for its renewal, or make the gate pass.",
}
