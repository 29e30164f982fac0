"""Who may decide on a waiver: a compliance reviewer who neither sent the release nor asked for the waiver."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from approvals import candidates, separation
from approvals.models import Waiver
from approvals.policy import StageRule
from approvals.separation import Duties, Refusal
from registry.access.roles import Role
from registry.models import User

RULE: Final = StageRule(
    code="W",
    name="Waiver",
    role=Role.COMPLIANCE_REVIEWER,
    order=0,
    meaning="waiver",
    triggers={},
    bars=frozenset({"sender"}),
    covers=frozenset({"waivers"}),
)
"""A decision on a waiver is no stage: it takes no person's one signature of the release."""


def refusal(user: User, waiver: Waiver, duties: Duties) -> Refusal | None:
    """The first rule against this person deciding: those of a release, then those of a waiver."""
    (person,) = candidates.of_release([user], waiver.release, ignore_signatures=True)
    against = separation.refusal(person, RULE, duties)
    if against is not None:
        return against
    return next(filter(None, (check(user, waiver) for check in CHECKS)), None)


def _not_requester(user: User, waiver: Waiver) -> Refusal | None:
    """Who asked by token or service account is a person here."""
    if str(user.pk) not in waiver.responsible_persons:
        return None
    return Refusal(
        "conflict_requester",
        f"You asked for {waiver}, or answer for the account or token that did; another decides.",
    )


def _not_its_owner(user: User, waiver: Waiver) -> Refusal | None:
    if user.pk != waiver.owner_id:
        return None
    return Refusal("conflict_waiver_owner", f"You answer for {waiver}, so you cannot decide on it.")


CHECKS: Final[tuple[Callable[[User, Waiver], Refusal | None], ...]] = (_not_requester, _not_its_owner)
