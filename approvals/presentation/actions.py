"""What a person can do with a release now: actions of the state table, each with what stands in its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from approvals import states
from approvals.presentation.labels import listed, role_words
from approvals.states import Action
from registry.access.roles import Permission, Role, roles_with

NEEDED: Final[dict[Action, Permission]] = {
    Action.DECLINE: Permission.RELEASE_SIGN,
    Action.REQUEST_CHANGES: Permission.RELEASE_SIGN,
    Action.REJECT: Permission.RELEASE_REJECT,
    Action.WITHDRAW: Permission.RELEASE_WITHDRAW,
}
"""Actions beside signing that this version carries out, in the order of their buttons."""

ON_A_STAGE: Final = (Action.DECLINE, Action.REJECT)
"""Signed like a stage, so whatever stands against signing stands against them."""

WORDS: Final[dict[Action, str]] = {
    Action.DECLINE: "Decline",
    Action.REQUEST_CHANGES: "Request changes",
    Action.REJECT: "Reject",
    Action.WITHDRAW: "Withdraw",
}


VERBS: Final[dict[Action, str]] = {
    Action.DECLINE: "decline a stage",
    Action.REQUEST_CHANGES: "request changes",
    Action.REJECT: "reject it",
    Action.WITHDRAW: "withdraw it",
}


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


def offers(
    state: str,
    permissions: frozenset[Permission],
    urls: Mapping[Action, str],
    *,
    against: StageRefusal | None,
) -> tuple[Offer, ...]:
    """Buttons of the actions the table knows from this state; a reader without any duty gets none."""
    if not permissions & set(NEEDED.values()):
        return ()
    known = [action for action in NEEDED if action in states.allowed(state)]
    return tuple(_offer(action, permissions, urls.get(action, ""), against) for action in known)


def _offer(
    action: Action, permissions: frozenset[Permission], url: str, against: StageRefusal | None
) -> Offer:
    if NEEDED[action] not in permissions:
        words = f"Only {holders(NEEDED[action])} can {VERBS[action]}."
        return Offer(str(action), WORDS[action], url, words, f"why-{action}")
    if action in ON_A_STAGE and against is not None:
        return Offer(str(action), WORDS[action], url, against.sentence, against.why_id)
    return Offer(str(action), WORDS[action], url)


def holders(permission: Permission) -> str:
    """`submitter and model owner`: the roles that carry a permission."""
    return listed([role_words(Role(role)) for role in roles_with(permission)])
