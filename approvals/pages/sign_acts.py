"""The four kinds of signature a page takes, as data: step, permission, form and words of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from approvals import decisions, operations
from approvals.decision_view import DecisionView
from approvals.models import Release, Signature
from approvals.pages.sign_forms import CredentialsForm, ReasonedSignForm, SignForm
from approvals.states import Action
from registry.access.roles import Permission

Step = Callable[..., Signature]


@dataclass(frozen=True)
class Act:
    """One kind of signature: its step, its permission, its form and its words."""

    action: Action
    step: Step
    permission: Permission
    form: type[CredentialsForm]
    title: str
    button: str
    explains: str
    done: str


SIGN: Final = Act(
    Action.SIGN,
    decisions.sign,
    Permission.RELEASE_SIGN,
    SignForm,
    "Sign stage {code}",
    "Sign stage {code}",
    "With your signature you say:",
    "You signed stage {code}.",
)
RELEASE: Final = Act(
    Action.RELEASE,
    operations.release_now,
    Permission.RELEASE_RELEASE,
    SignForm,
    "Sign stage {code} and release",
    "Sign stage {code} and release",
    "The release goes live with your signature; what is live now in this deployment is superseded. You say:",
    "{release} is released.",
)
DECLINE: Final = Act(
    Action.DECLINE,
    decisions.decline,
    Permission.RELEASE_SIGN,
    ReasonedSignForm,
    "Decline stage {code}",
    "Sign that I decline stage {code}",
    "A signed no: the review stops at this stage until the evidence changes. You do not say:",
    "You declined stage {code}.",
)
REJECT: Final = Act(
    Action.REJECT,
    decisions.reject,
    Permission.RELEASE_REJECT,
    ReasonedSignForm,
    "Reject {release}",
    "Sign the rejection of {release}",
    "A signed end: this release cannot be reopened, a new one may cite it. You do not say:",
    "{release} is rejected.",
)


def words(text: str, release: Release, view: DecisionView) -> str:
    """A text of an act with the stage and the release in it."""
    return text.format(code=view.stage.code, release=release.human_id)
