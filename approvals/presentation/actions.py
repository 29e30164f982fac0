"""What a person can do with a release now: actions of the state table, each with what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from approvals import acting, states
from approvals.separation import Refusal
from approvals.states import Action
from registry.access.roles import Permission
from registry.models import User

ON_A_STAGE: Final = (Action.DECLINE, Action.REJECT)
"""Signed like a stage, so whatever stands against signing stands against them."""

WORDS: Final[dict[Action, str]] = {
    Action.DECLINE: "Decline",
    Action.REQUEST_CHANGES: "Request changes",
    Action.REJECT: "Reject",
    Action.WITHDRAW: "Withdraw",
    Action.DECLARE_EMERGENCY: "Release in an emergency",
    Action.SUSPEND: "Suspend",
    Action.BEGIN_AFTERWARDS: "Begin the full review",
    Action.PROPOSE_REINSTATEMENT: "Propose reinstatement",
}
"""Actions beside signing, in the order of their buttons."""


@dataclass(frozen=True, slots=True)
class Offer:
    """One button: `refusal` is empty where the action can be taken; `why_id` is where it is printed."""

    action: str
    words: str
    url: str
    refusal: str = ""
    why_id: str = ""


@dataclass(frozen=True, slots=True)
class StageRefusal:
    """What stands against the reader's own stage, and the element of the page that says so."""

    sentence: str
    why_id: str = "why"


RARE: Final = frozenset({Action.DECLARE_EMERGENCY})
"""Offered only to those who may: nobody else needs to be told of an emergency at each draft."""


def offers(
    state: str,
    permissions: frozenset[Permission],
    urls: Mapping[Action, str],
    *,
    user: User,
    against: StageRefusal | None,
) -> tuple[Offer, ...]:
    """Buttons of the actions that lead on from here; a reader without any duty gets none.

    `urls` names what this release offers beside what its state allows: a stage to decline, a review
    after the fact or a reinstatement, never both.
    """
    if not any(acting.STEPS[action].permission in permissions for action in WORDS):
        return ()
    answers = {
        action: acting.refusal(action, state=state, permissions=permissions, user=user)
        for action in WORDS
        if action in states.allowed(state) and _is_offered(action, state, urls)
    }
    return tuple(
        _offer(action, refusal, urls.get(action, ""), against)
        for action, refusal in answers.items()
        if refusal is None or action not in RARE
    )


def _is_offered(action: Action, state: str, urls: Mapping[Action, str]) -> bool:
    return action in urls or (action in ON_A_STAGE and state in states.SIGNED_STATES)


def _offer(action: Action, refusal: Refusal | None, url: str, against: StageRefusal | None) -> Offer:
    if refusal is not None:
        return Offer(str(action), WORDS[action], url, refusal.sentence, f"why-{action}")
    if action in ON_A_STAGE and against is not None:
        return Offer(str(action), WORDS[action], url, against.sentence, against.why_id)
    return Offer(str(action), WORDS[action], url)
