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
    Action.DECLARE_EMERGENCY: Permission.RELEASE_EMERGENCY,
    Action.SUSPEND: Permission.RELEASE_SIGN,
    Action.BEGIN_AFTERWARDS: Permission.RELEASE_SUBMIT,
    Action.PROPOSE_REINSTATEMENT: Permission.RELEASE_REINSTATE,
}
"""Actions beside signing that this version carries out, in the order of their buttons."""

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


VERBS: Final[dict[Action, str]] = {
    Action.DECLINE: "decline a stage",
    Action.REQUEST_CHANGES: "request changes",
    Action.REJECT: "reject it",
    Action.WITHDRAW: "withdraw it",
    Action.DECLARE_EMERGENCY: "declare an emergency",
    Action.SUSPEND: "suspend it",
    Action.BEGIN_AFTERWARDS: "begin the full review",
    Action.PROPOSE_REINSTATEMENT: "propose its reinstatement",
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


RARE: Final = frozenset({Action.DECLARE_EMERGENCY})
"""Offered only to those who may: nobody else needs to be told of an emergency at each draft."""


def offers(
    state: str,
    permissions: frozenset[Permission],
    urls: Mapping[Action, str],
    *,
    against: StageRefusal | None,
) -> tuple[Offer, ...]:
    """Buttons of the actions that lead on from here; a reader without any duty gets none.

    `urls` names what this release offers beside what its state allows: a stage to decline, a review
    after the fact or a reinstatement, never both.
    """
    if not permissions & set(NEEDED.values()):
        return ()
    known = [
        action for action in NEEDED if action in states.allowed(state) and _is_offered(action, state, urls)
    ]
    known = [action for action in known if action not in RARE or NEEDED[action] in permissions]
    return tuple(_offer(action, permissions, urls.get(action, ""), against) for action in known)


def _is_offered(action: Action, state: str, urls: Mapping[Action, str]) -> bool:
    return action in urls or (action in ON_A_STAGE and state in states.SIGNED_STATES)


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
