"""For whom a person signs: the delegation that was chosen, and why one does not hold here; it only reads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from approvals.candidates import Candidate, Deputyship, is_for
from approvals.models import Delegation, Release
from approvals.models.delegations import Ending
from approvals.policy import StageRule
from approvals.separation import Refusal
from evidence import clock
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role, roles_with
from registry.errors import NotFound, PermissionMissing
from registry.models import User


@dataclass(frozen=True)
class StandIn:
    """A delegation that was chosen: in force at this stage, or with what stands against it."""

    delegation: Delegation
    deputyship: Deputyship | None
    against: Refusal | None

    @property
    def named(self) -> dict[str, str]:
        """The delegator as views, statements and records name him."""
        delegator = self.delegation.delegator
        return {"id": str(delegator.pk), "printed_name": delegator.printed_name}


def chosen(person: Candidate, rule: StageRule, release: Release, reference: str) -> StandIn:
    """The delegation of that id to this person; `NotFound` where there is none."""
    delegation = find(person.user, release, reference)
    held = next((one for one in person.deputyships if one.delegation.pk == delegation.pk), None)
    if held is None:
        return StandIn(delegation, None, lapse(delegation, clock.now()) or _elsewhere(delegation))
    if not is_for(delegation, rule):
        return StandIn(delegation, None, _elsewhere(delegation))
    return StandIn(delegation, held, None)


def find(user: User, release: Release, reference: str) -> Delegation:
    """A delegation to this person on the project of the release, whatever became of it."""
    rows = Delegation.objects.filter(delegate=user, project=release.project_id, pk=_id(reference))
    found = rows.select_related("delegator", "release").first()
    if found is None:
        raise NotFound(f"No delegation to you is called {reference}")
    return found


def received(user: User, release: Release) -> list[Delegation]:
    """Delegations in force to this person that reach this release, the oldest first."""
    rows = Delegation.objects.in_force().filter(delegate=user, project=release.project_id)
    reaching = rows.filter(Q(release__isnull=True) | Q(release=release))
    return list(reaching.select_related("delegator").order_by("pk"))


def require(principal: Principal, permission: Permission, release: Release, delegation: str) -> None:
    """The permission of a signed act: one's own, or that of the role one stands in for.

    A delegate takes part in reviews of the project himself; that he stands in now is the view's answer.
    """
    if not delegation:
        access.require(principal, permission, release.project)
        return
    access.require(principal, Permission.RELEASE_SIGN, release.project)
    role = find(principal.user, release, delegation).role
    if permission not in ROLE_PERMISSIONS[role]:
        raise PermissionMissing(
            f"The role {Role(role).label.lower()} that was delegated to you does not carry {permission}",
            permission=str(permission),
            scope=f"project {release.project.key}",
            roles=[str(Role(one).label) for one in roles_with(permission)],
            next_step="Ask somebody who holds one of these roles.",
        )


def hold(delegation: str) -> None:
    """Lock the delegation of a signature until the transaction ends: nobody ends it meanwhile."""
    list(Delegation.objects.select_for_update().filter(pk=_id(delegation)).values_list("pk"))


def lapse(delegation: Delegation, moment: datetime) -> Refusal | None:
    """Why a delegation counts for nothing now; None while it is in force."""
    name = delegation.delegator.printed_name
    if delegation.ended_at is not None:
        how = Ending(delegation.ending).label.lower()
        return Refusal("delegation_ended", f"The delegation of {name} was {how}.")
    if delegation.ends_at <= moment:
        return Refusal(
            "delegation_over", f"The delegation of {name} was over on {_when(delegation.ends_at)}."
        )
    if delegation.accepted_at is None:
        return Refusal("delegation_not_accepted", f"You have not accepted the delegation of {name}.")
    if delegation.starts_at > moment:
        return Refusal(
            "delegation_not_begun", f"The delegation of {name} begins {_when(delegation.starts_at)}."
        )
    if not Delegation.objects.in_force(moment).filter(pk=delegation.pk).exists():
        return Refusal(
            "delegation_role_ended",
            f"The role of {name} ended, and with it what was delegated under it.",
        )
    return None


def _id(reference: str) -> UUID:
    try:
        return UUID(reference)
    except ValueError as error:
        raise NotFound(f"No delegation to you is called {reference[:40]}") from error


def _elsewhere(delegation: Delegation) -> Refusal:
    where = f" of {delegation.release.human_id}" if delegation.release else ""
    name = delegation.delegator.printed_name
    return Refusal("delegation_elsewhere", f"{name} delegated stage {delegation.stage}{where} to you.")


def _when(moment: datetime) -> str:
    return f"{moment:%d %b %Y, %H:%M} UTC"
