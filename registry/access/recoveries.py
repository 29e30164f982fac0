"""Recoveries: who got new means to sign by other hands signs again after an administrator confirmed it.

An administrator alone could otherwise take a person's factor, and sign as that person with a mailbox.
"""

from __future__ import annotations

from django.db import transaction

from evidence import clock, ledger
from evidence.actors import Actor
from registry.access import factors, policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound, RecoveryRefused
from registry.events import RegistryEvent
from registry.ledger_facts import of_recovery
from registry.models.access import Project, RoleGrant, User
from registry.models.factors import Recovery, RecoveryCause


def unconfirmed(user: User) -> Recovery | None:
    """The oldest recovery that still stands between a person and signing."""
    return Recovery.objects.filter(user=user, confirmed_at__isnull=True).first()


def after_reset(user: User, *, cause: RecoveryCause, actor: Actor) -> Recovery:
    """A password was set without the old one; for the step that sets it, in its transaction."""
    return _request(user, cause, actor=actor)


@transaction.atomic
def after_recovery_code(user: User, *, actor: Actor) -> Recovery:
    """A factor is set up in a session that a recovery code opened."""
    return unconfirmed(user) or _request(user, RecoveryCause.RECOVERY_CODE, actor=actor)


@transaction.atomic
def remove_factors(user: User, *, project: Project, reason: str, principal: Principal) -> Recovery:
    """Take a person's factors away, as when a device is lost; the person adds new ones and waits."""
    _require_administrator(user, project, principal)
    if user.pk == principal.user.pk:
        raise RecoveryRefused(
            "Nobody recovers his own account", next_step="Ask another administrator of the project."
        )
    if not factors.remove_all(user, actor=principal.actor):
        raise RecoveryRefused(
            f"{user.printed_name} has no second factor", next_step="There is nothing to do."
        )
    return _request(
        user, RecoveryCause.FACTORS_REMOVED, actor=principal.actor, reason=reason, by=principal.user
    )


@transaction.atomic
def confirm(recovery: Recovery, *, project: Project, reason: str, principal: Principal) -> Recovery:
    """A second administrator says that the right person has the account; `reason` says how that is known."""
    _require_administrator(recovery.user, project, principal)
    locked = Recovery.objects.select_for_update().get(pk=recovery.pk)
    if locked.confirmed_at is not None:
        raise RecoveryRefused("This recovery is confirmed already", next_step="There is nothing to do.")
    if principal.user.pk in (locked.user_id, locked.requested_by_id):
        raise RecoveryRefused(
            "A second administrator confirms a recovery, not who asked for it and not the person",
            next_step="Ask another administrator of the project.",
        )
    locked.confirmed_by, locked.confirm_reason, locked.confirmed_at = principal.user, reason, clock.now()
    locked.save(update_fields=["confirmed_by", "confirm_reason", "confirmed_at"])
    _tell(RegistryEvent.RECOVERY_CONFIRMED, locked, principal.actor, reason)
    return locked


def _require_administrator(user: User, project: Project, principal: Principal) -> None:
    """The caller administers the project, and the person works in it now."""
    policy.require(principal, Permission.GRANT_MANAGE, project)
    if not RoleGrant.objects.in_force().filter(project=project, user=user).exists():
        raise NotFound(f"{user.username} holds no role on {project.key} now")


def _request(
    user: User, cause: RecoveryCause, *, actor: Actor, reason: str = "", by: User | None = None
) -> Recovery:
    recovery = Recovery.objects.create(
        user=user, cause=cause, requested_by=by, reason=reason, requested_at=clock.now()
    )
    _tell(RegistryEvent.RECOVERY_REQUESTED, recovery, actor, reason)
    return recovery


def _tell(event: RegistryEvent, recovery: Recovery, actor: Actor, reason: str) -> None:
    ledger.append(
        event,
        f"user:{recovery.user_id}",
        actor=actor,
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(reason=reason, new=of_recovery(recovery)),
    )
