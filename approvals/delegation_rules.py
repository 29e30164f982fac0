"""What stands against delegating a stage, rule by rule; asked when it is made, under the delegator's lock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Final

from approvals import candidates, policy, separation, standing
from approvals.assessment import assess
from approvals.errors import DelegationInvalid
from approvals.models import Delegation
from registry.access import policy as access
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role

LONGEST: Final = timedelta(days=30)
LATE: Final = timedelta(minutes=5)
"""How much a caller's clock may be behind; an earlier start would be a history that never was."""


def check(delegation: Delegation) -> None:
    """`DelegationInvalid` for the first rule that stands against it."""
    for rule in _CHECKS:
        rule(delegation)


def exists(one: Delegation) -> DelegationInvalid:
    """The refusal of a second one for the same time."""
    return DelegationInvalid(
        f"Stage {one.stage} is delegated to {one.delegate.printed_name} for a part of that time already",
        reason_code="delegation_exists",
        next_step="Revoke the earlier one, or begin after it.",
    )


def _its_own_role(one: Delegation) -> None:
    role = Role(one.role).label.lower()
    if one.role in access.roles_of(one.delegator, one.project):
        return
    received = Delegation.objects.in_force().filter(delegate=one.delegator, project=one.project)
    if received.filter(stage=one.stage).exists():
        raise DelegationInvalid(
            f"Stage {one.stage} was delegated to you, and what was delegated is not delegated again",
            pointer="/stage",
            reason_code="delegation_of_delegation",
            next_step="Ask the person who holds the role to delegate it.",
        )
    raise DelegationInvalid(
        f"You do not hold the role {role} on {one.project.key} now",
        pointer="/stage",
        reason_code="role_missing",
    )


def _delegator_stands(one: Delegation) -> None:
    """Whoever took an account over does not pass its signature on."""
    if standing.of(one.delegator).recovery is not None:
        raise DelegationInvalid(
            "Your account waits until an administrator confirms that you have it",
            reason_code="recovery_unconfirmed",
            next_step="Ask an administrator of the project to confirm your account on its page of people.",
        )


def _somebody_else(one: Delegation) -> None:
    if one.delegate_id == one.delegator_id:
        raise DelegationInvalid(
            "Nobody delegates to himself", pointer="/delegate", reason_code="delegation_to_oneself"
        )


def _delegate_reviews(one: Delegation) -> None:
    held = access.roles_of(one.delegate, one.project)
    signs = any(Permission.RELEASE_SIGN in ROLE_PERMISSIONS[role] for role in held)
    if not (one.delegate.is_person and one.delegate.is_active and signs):
        raise DelegationInvalid(
            f"{one.delegate.username} holds no role on {one.project.key} that signs",
            pointer="/delegate",
            reason_code="delegate_unfit",
            next_step="Name a person with an open account who takes part in the project's reviews.",
        )


def _within_thirty_days(one: Delegation) -> None:
    if one.starts_at < one.made_at - LATE:
        raise DelegationInvalid(
            "Nothing is delegated for a time that is over",
            pointer="/starts_at",
            reason_code="delegation_term",
        )
    if one.ends_at <= max(one.starts_at, one.made_at):
        raise DelegationInvalid(
            "The delegation ends before it starts", pointer="/ends_at", reason_code="delegation_term"
        )
    if one.ends_at - one.starts_at > LONGEST:
        raise DelegationInvalid(
            f"A delegation lasts {LONGEST.days} days at most",
            pointer="/ends_at",
            reason_code="delegation_too_long",
            next_step="Ask an administrator for a role with an end, if it has to be longer.",
        )


def _without_conflict(one: Delegation) -> None:
    """For a named release, the rules are asked at once: of the delegator and of the delegate."""
    if one.release is None:
        return
    person = candidates.candidate(one.delegate, one.release)
    rule = policy.rules_of(one.release.policy).stage(one.stage)
    stand_in = candidates.beside(one, one.release)
    found = separation.refusal(person, rule, assess(one.release).duties, stand_in, reader=one.delegator)
    if found is not None:
        raise DelegationInvalid(found.sentence, pointer="/release", reason_code=found.code)


def _not_twice(one: Delegation) -> None:
    same = Delegation.objects.filter(
        project=one.project,
        delegator=one.delegator,
        delegate=one.delegate,
        stage=one.stage,
        release=one.release,
    )
    if same.standing(one.starts_at).filter(starts_at__lt=one.ends_at).exists():
        raise exists(one)


_CHECKS: Final[tuple[Callable[[Delegation], None], ...]] = (
    _its_own_role,
    _delegator_stands,
    _somebody_else,
    _delegate_reviews,
    _within_thirty_days,
    _without_conflict,
    _not_twice,
)
