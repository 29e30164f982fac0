"""Who answers for the installation as a whole: whoever administers a project now, in a session."""

from django.db.models import QuerySet

from registry.access.principals import Principal
from registry.access.roles import Permission, Role, roles_with
from registry.errors import PermissionMissing
from registry.models.access import Project, RoleGrant, User


def administrators(project: Project | None = None) -> "QuerySet[User]":
    """People with an administering role in force on a project, or on any."""
    held = RoleGrant.objects.in_force().filter(role__in=roles_with(Permission.GRANT_MANAGE))
    if project is not None:
        held = held.filter(project=project)
    return User.objects.filter(is_active=True, pk__in=held.values("user"))


def administers(principal: Principal) -> bool:
    """Whether the caller is one of them; a token is for one project and never is."""
    return principal.token is None and administrators().filter(pk=principal.user.pk).exists()


def require(principal: Principal) -> None:
    """Raises `PermissionMissing` unless the caller administers."""
    if not administers(principal):
        raise PermissionMissing(
            f"{Permission.GRANT_MANAGE} is needed on any project, in a session",
            permission=str(Permission.GRANT_MANAGE),
            scope="the installation",
            roles=[str(Role(role).label) for role in roles_with(Permission.GRANT_MANAGE)],
            next_step="Ask an administrator.",
        )
