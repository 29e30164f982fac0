"""Delegate a stage to a named person, accept or decline that, and end it before its term.

A delegation counts from the moment the delegate accepted it, within its term, while the delegator
holds the role by a grant of his own. What stands against signing under it is `separation`'s answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db import IntegrityError, transaction

from approvals import acting, delegation_rules, policies, policy
from approvals.errors import DelegationClosed, DelegationInvalid, DelegationNotYours
from approvals.events import ApprovalEvent
from approvals.ledger_facts import Facts, of_delegation
from approvals.models import Delegation, Release
from approvals.models.delegations import Ending
from approvals.policy import StageRule
from approvals.signing import require_reason
from evidence import clock, ledger
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.models import Project, User

ENDED: Final = {
    Ending.REVOKED: ApprovalEvent.DELEGATION_REVOKED,
    Ending.DECLINED: ApprovalEvent.DELEGATION_DECLINED,
    Ending.ENDED: ApprovalEvent.DELEGATION_ENDED,
}


@dataclass(frozen=True)
class Wish:
    """What a person wants to delegate, to whom, from when to when and why; without release, for all."""

    delegate: User
    stage: str
    ends_at: datetime
    reason: str
    starts_at: datetime | None = None
    release: Release | None = None


def delegate(project: Project, wish: Wish, *, principal: Principal) -> Delegation:
    """Delegate one's own stage; it counts for nothing before the delegate accepted it."""
    acting.require_person(Permission.RELEASE_SIGN, project, principal)
    require_reason(wish.reason)
    with transaction.atomic():
        # Two at once of one person are made one after the other: what overlaps is seen.
        User.objects.select_for_update().get(pk=principal.user.pk)
        rule = _rule(project, wish)
        delegation = _new(project, wish, rule, principal.user)
        delegation_rules.check(delegation)
        try:
            with transaction.atomic():
                delegation.save()
        except IntegrityError as error:
            raise delegation_rules.exists(delegation) from error
        _tell(ApprovalEvent.DELEGATION_MADE, delegation, principal, reason=wish.reason)
    return delegation


@transaction.atomic
def accept(delegation: Delegation, *, principal: Principal) -> Delegation:
    """The delegate takes it on; from here it counts."""
    acting.require_session(principal)
    access.require(principal, Permission.RELEASE_SIGN, delegation.project)
    delegation = _lock(delegation)
    _refuse_others(principal, delegation.delegate, "accepts")
    _refuse_closed(delegation)
    if delegation.accepted_at is not None:
        raise DelegationClosed("You accepted this delegation already", reason_code="delegation_accepted")
    old = of_delegation(delegation)
    delegation.accepted_at = clock.now()
    delegation.save(update_fields=["accepted_at"])
    _tell(ApprovalEvent.DELEGATION_ACCEPTED, delegation, principal, old=old)
    return delegation


@transaction.atomic
def decline(delegation: Delegation, *, reason: str, principal: Principal) -> Delegation:
    """The delegate does not take it on, or gives it back."""
    acting.require_session(principal)
    access.require(principal, Permission.PROJECT_READ, delegation.project)
    require_reason(reason)
    delegation = _lock(delegation)
    _refuse_others(principal, delegation.delegate, "declines")
    return _end(delegation, Ending.DECLINED, reason, principal)


@transaction.atomic
def end(delegation: Delegation, *, reason: str, principal: Principal) -> Delegation:
    """The delegator revokes it, or an administrator of the project ends it; what was signed stays."""
    acting.require_session(principal)
    access.require(principal, Permission.PROJECT_READ, delegation.project)
    require_reason(reason)
    delegation = _lock(delegation)
    if principal.user.pk == delegation.delegator_id:
        return _end(delegation, Ending.REVOKED, reason, principal)
    if not access.may(principal, Permission.GRANT_MANAGE, delegation.project):
        raise DelegationNotYours(
            f"{delegation.delegator.printed_name} or an administrator of the project ends it",
            next_step="Decline it, if it was given to you.",
        )
    return _end(delegation, Ending.ENDED, reason, principal)


def _rule(project: Project, wish: Wish) -> StageRule:
    rules = policy.rules_of(wish.release.policy) if wish.release else policies.rules_for(project)
    try:
        return rules.stage(wish.stage)
    except KeyError as error:
        raise DelegationInvalid(
            f"The policy of {project.key} has no stage {wish.stage}",
            pointer="/stage",
            reason_code="delegation_stage_unknown",
        ) from error


def _new(project: Project, wish: Wish, rule: StageRule, delegator: User) -> Delegation:
    moment = clock.now()
    return Delegation(
        project=project,
        delegator=delegator,
        delegate=wish.delegate,
        stage=rule.code,
        role=rule.role,
        release=wish.release,
        starts_at=wish.starts_at or moment,
        ends_at=wish.ends_at,
        reason=wish.reason,
        made_at=moment,
    )


def _lock(delegation: Delegation) -> Delegation:
    rows = Delegation.objects.select_for_update(of=("self",))
    return rows.select_related("project", "delegator", "delegate", "release").get(pk=delegation.pk)


def _refuse_others(principal: Principal, whose: User, act: str) -> None:
    if principal.user.pk != whose.pk:
        raise DelegationNotYours(f"{whose.printed_name} {act} it, and nobody else")


def _refuse_closed(delegation: Delegation) -> None:
    if delegation.ended_at is not None:
        how = Ending(delegation.ending).label.lower()
        raise DelegationClosed(f"The delegation was {how} already", reason_code="delegation_ended")
    if delegation.ends_at <= clock.now():
        raise DelegationClosed("The delegation is over", reason_code="delegation_over")


def _end(delegation: Delegation, ending: Ending, reason: str, principal: Principal) -> Delegation:
    _refuse_closed(delegation)
    old = of_delegation(delegation)
    delegation.ended_at = clock.now()
    delegation.ended_by = principal.user
    delegation.ending = ending
    delegation.end_reason = reason
    delegation.save(update_fields=["ended_at", "ended_by", "ending", "end_reason"])
    _tell(ENDED[ending], delegation, principal, reason=reason, old=old)
    return delegation


def _tell(
    event: ApprovalEvent,
    delegation: Delegation,
    principal: Principal,
    *,
    reason: str = "",
    old: Facts | None = None,
) -> None:
    ledger.append(
        event,
        f"delegation:{delegation.pk}",
        actor=principal.actor,
        container=container_of(delegation.project_id),
        note=ledger.Note(reason=reason, old=old or {}, new=of_delegation(delegation)),
    )
