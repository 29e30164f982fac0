"""Give and end roles on a project. Nobody grants a role to himself; rows are kept as history."""

from datetime import datetime, timedelta

from django.db import transaction
from guardian.shortcuts import assign_perm, remove_perm

from evidence import clock, ledger
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission, Role
from registry.containers import container_of
from registry.errors import GrantRefused
from registry.events import RegistryEvent
from registry.ledger_facts import of_grant
from registry.models.access import Project, ProjectUserObjectPermission, RoleGrant, User

LATE = timedelta(minutes=5)
"""How much a caller's clock may be behind; an earlier start would be a history that never was."""
SERVICE_ROLES = frozenset({Role.SUBMITTER})
"""A service account may send; every other role is for persons."""


@transaction.atomic
def give(
    *,
    project: Project,
    user: User,
    role: str,
    reason: str,
    principal: Principal,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> RoleGrant:
    """Grant a role from a start to an end; `GrantRefused` says which rule stands against it."""
    policy.require(principal, Permission.GRANT_MANAGE, project)
    if user.pk == principal.user.pk:
        raise GrantRefused("Nobody grants a role to himself", next_step="Ask another administrator.")
    return write(
        project=project,
        user=user,
        role=role,
        reason=reason,
        granted_by=principal,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def write(
    *,
    project: Project,
    user: User,
    role: str,
    reason: str,
    granted_by: Principal,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
) -> RoleGrant:
    """The grant row, guardian's row and the entry; for steps that checked the permission themselves."""
    moment = clock.now()
    start = starts_at or moment
    if start < moment - LATE:
        raise GrantRefused("A role is not given for a time that is over", pointer="/starts_at")
    _refuse(project, user, role, start, ends_at)
    grant = RoleGrant.objects.create(
        project=project,
        user=user,
        role=role,
        valid_from=start,
        valid_to=ends_at,
        granted_by=granted_by.user if granted_by.user.pk != user.pk else None,
        reason=reason,
        created_at=moment,
    )
    follow(project, user)
    ledger.append(
        RegistryEvent.GRANT_GIVEN,
        f"grant:{grant.pk}",
        actor=granted_by.actor,
        container=container_of(project.pk),
        note=ledger.Note(reason=reason, new=of_grant(grant)),
    )
    return grant


@transaction.atomic
def revoke(grant: RoleGrant, *, reason: str, principal: Principal) -> RoleGrant:
    """End a grant now; its history stays."""
    policy.require(principal, Permission.GRANT_MANAGE, grant.project)
    grant = RoleGrant.objects.select_for_update().select_related("project", "user").get(pk=grant.pk)
    moment = clock.now()
    if grant.valid_to is not None and grant.valid_to <= moment:
        raise GrantRefused("The grant has ended already")
    old = of_grant(grant)
    grant.valid_to = max(moment, grant.valid_from)
    grant.revoked_by = principal.user
    grant.revoke_reason = reason
    grant.save(update_fields=["valid_to", "revoked_by", "revoke_reason"])
    follow(grant.project, grant.user)
    ledger.append(
        RegistryEvent.GRANT_REVOKED,
        f"grant:{grant.pk}",
        actor=principal.actor,
        container=container_of(grant.project_id),
        note=ledger.Note(reason=reason, old=old, new=of_grant(grant)),
    )
    return grant


def follow(project: Project, user: User) -> None:
    """Bring guardian's rows in line with the grants in force; they never decide anything."""
    rows = ProjectUserObjectPermission.objects.filter(content_object=project, user=user)
    shown = set(rows.values_list("permission__codename", flat=True))
    held = {f"hold_{role}" for role in policy.roles_of(user, project)}
    for codename in held - shown:
        assign_perm(f"registry.{codename}", user, project)
    for codename in shown - held:
        remove_perm(f"registry.{codename}", user, project)


def _refuse(project: Project, user: User, role: str, start: datetime, end: datetime | None) -> None:
    if role not in Role.values:
        raise GrantRefused(f"There is no role {role}", pointer="/role")
    if not user.is_person and role not in SERVICE_ROLES:
        raise GrantRefused("A service account only submits; it never reviews or signs", pointer="/role")
    if end is not None and end <= start:
        raise GrantRefused("The grant ends before it starts", pointer="/ends_at")
    same = RoleGrant.objects.filter(project=project, user=user, role=role).in_force(start)
    if same.exists():
        raise GrantRefused(
            f"{user.printed_name} holds this role at that time already",
            next_step="End the present grant first.",
        )
