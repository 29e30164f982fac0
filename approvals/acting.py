"""The one answer to "may this person take this step with this release now, and if not, why".

Every step asks `require` before it does anything; pages ask `refusal` for the same answer in words.
Who signs a stage is asked more, once the stage is known: `decision_view` asks `separation`.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from approvals import deputies, states
from approvals.errors import SessionRequired, SigningRefused
from approvals.models import Release
from approvals.separation import Refusal
from approvals.states import Action, State
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission, holders
from registry.models import Project, User


@dataclass(frozen=True, slots=True)
class Asked:
    """What a step asks of whoever takes it."""

    permission: Permission
    verb: str
    """The step in a sentence: `withdraw it`."""
    decides: bool = True
    """Whether it is a person's decision: taken in a session, and never by who administers everything."""


_P = Permission
STEPS: Final[dict[Action, Asked]] = {
    Action.SUBMIT: Asked(_P.RELEASE_SUBMIT, "submit it", decides=False),
    Action.RESUBMIT: Asked(_P.RELEASE_SUBMIT, "submit it again", decides=False),
    Action.ATTEST: Asked(_P.RELEASE_SIGN, "sign the attestation"),
    Action.SIGN: Asked(_P.RELEASE_SIGN, "sign a stage"),
    Action.RELEASE: Asked(_P.RELEASE_RELEASE, "release it"),
    Action.DECLINE: Asked(_P.RELEASE_SIGN, "decline a stage"),
    Action.REQUEST_CHANGES: Asked(_P.RELEASE_SIGN, "request changes"),
    Action.REJECT: Asked(_P.RELEASE_REJECT, "reject it"),
    Action.WITHDRAW: Asked(_P.RELEASE_WITHDRAW, "withdraw it", decides=False),
    Action.DECLARE_EMERGENCY: Asked(_P.RELEASE_EMERGENCY, "declare an emergency"),
    Action.SUSPEND: Asked(_P.RELEASE_SIGN, "suspend it"),
    Action.BEGIN_AFTERWARDS: Asked(_P.RELEASE_SUBMIT, "begin the full review", decides=False),
    Action.PROPOSE_REINSTATEMENT: Asked(_P.RELEASE_REINSTATE, "propose its reinstatement"),
}
"""Every action of the transition table that a person takes; the rest follow by themselves."""


def require(action: Action, release: Release, principal: Principal, *, delegation: str = "") -> None:
    """Raise what stands against this caller: a token, a missing permission, an account of all powers.

    The state is asked by `step`, under the lock.
    """
    asked = STEPS[action]
    if asked.decides:
        require_session(principal)
    deputies.require(principal, asked.permission, release, delegation)
    if asked.decides:
        refuse_superuser(principal)


def step(action: Action, release: Release, principal: Principal) -> State:
    """`require` and the transition table in one, for a release whose lock is held: the state that follows."""
    require(action, release, principal)
    return states.after(release.state, action)


def require_person(permission: Permission, project: Project, principal: Principal) -> None:
    """The same for a decision beside a release's own steps: a person in a session with this permission."""
    require_session(principal)
    access.require(principal, permission, project)
    refuse_superuser(principal)


def refusal(action: Action, *, state: str, permissions: Collection[Permission], user: User) -> Refusal | None:
    """What `require` and the table say to a person in a session, as pages print it; asks no database."""
    asked = STEPS[action]
    if action not in states.allowed(state):
        is_now = State(state).label.lower()
        return Refusal("transition_refused", f"{action.label} is not possible: the release is {is_now}.")
    if asked.permission not in permissions:
        return Refusal("permission_missing", f"Only {holders(asked.permission)} can {asked.verb}.")
    if asked.decides and access.has_superuser_flag(user):
        return Refusal("conflict_superuser", f"{ALL_POWERS}.")
    return None


def require_session(principal: Principal) -> None:
    """Decisions are taken in a person's session only, whatever a token's scopes say."""
    if principal.token is not None:
        raise SessionRequired(
            "Signing needs a person in a session", next_step="Sign in with your own account."
        )


ALL_POWERS: Final = "This account administers the whole installation, so it takes no part in a review"


def refuse_superuser(principal: Principal) -> None:
    """Whoever administers the whole installation decides nothing in a review."""
    if access.has_superuser_flag(principal.user):
        raise SigningRefused(
            ALL_POWERS,
            next_step="Sign in with an account without that power.",
            reason_code="conflict_superuser",
        )
