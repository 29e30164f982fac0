"""The one answer to "may this caller do this here"; grants in force are the authority.

No answer grows by `is_superuser` or Django's `has_perm`: a superuser without a grant sees nothing,
and with one signs nothing.
"""

from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db import models

from registry.access.principals import Principal
from registry.access.roles import ROLE_PERMISSIONS, SIGNING, Permission, Role, roles_with
from registry.errors import NotFound, PermissionMissing, ScopeMissing
from registry.models.access import Project, RoleGrant, User
from registry.querysets import InProjectQuerySet

M = TypeVar("M", bound=models.Model)


def roles_of(user: User, project: Project, at: datetime | None = None) -> frozenset[str]:
    """Roles the user holds on the project at a time (default: now)."""
    grants = RoleGrant.objects.in_force(at).filter(user=user, project=project)
    return frozenset(grants.values_list("role", flat=True))


def has_superuser_flag(user: User) -> bool:
    """Whether Django would answer True to every question about this account; such an account never signs."""
    return user.is_superuser


def may(principal: Principal, permission: Permission, project: Project) -> bool:
    """Whether the caller may; a token narrows its user's permissions and never signs."""
    try:
        require(principal, permission, project)
    except (NotFound, PermissionMissing, ScopeMissing):
        return False
    return True


def require(principal: Principal, permission: Permission, project: Project) -> None:
    """Raise `NotFound` (no grant), `ScopeMissing` (token) or `PermissionMissing` (role)."""
    token = principal.token
    if token is not None and token.project_id != project.pk:
        raise NotFound(f"No project {project.key}")
    roles = roles_of(principal.user, project)
    if not roles or not principal.user.is_active:
        raise NotFound(f"No project {project.key}")
    if token is not None and (permission in SIGNING or permission not in token.scopes):
        raise ScopeMissing(
            f"The token does not carry {permission}",
            scope=str(permission),
            next_step="Issue a token with this scope, or sign in as a person."
            if permission not in SIGNING
            else "Sign in as a person: no token carries this.",
        )
    if not any(permission in ROLE_PERMISSIONS[role] for role in roles):
        raise PermissionMissing(
            f"{permission} is needed on {project.key}",
            permission=str(permission),
            scope=f"project {project.key}",
            roles=[str(Role(role).label) for role in roles_with(permission)],
            next_step="Ask an administrator of the project for one of these roles.",
        )


def is_answerable(user: User, project: Project) -> bool:
    """Whether somebody can be named as owner on a project: a person, an open account, a role in force."""
    return user.is_person and user.is_active and bool(roles_of(user, project))


def visible_project(principal: Principal, key: str) -> Project:
    """The project by key or id if the caller holds a grant on it, else `NotFound`."""
    projects = Project.objects.visible_to(principal.user)
    if principal.token is not None:
        projects = projects.filter(pk=principal.token.project_id)
    found = projects.filter(**_key(key, "key")).select_related("organisation").first()
    if found is None:
        raise NotFound(f"No project {key}")
    return found


def project_for(principal: Principal, key: str, permission: Permission) -> Project:
    """The visible project on which the caller has the permission."""
    project = visible_project(principal, key)
    require(principal, permission, project)
    return project


def find(rows: InProjectQuerySet[M], reference: str, human_field: str = "human_id") -> M:
    """One row by UUID or human id, else `NotFound`."""
    found = rows.filter(**_key(reference, human_field)).first()
    if found is None:
        raise NotFound(f"Nothing here is called {reference}")
    return found


def _key(reference: str, human_field: str) -> dict[str, object]:
    try:
        return {"pk": UUID(reference)}
    except ValueError:
        return {human_field: reference}
