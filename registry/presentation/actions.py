"""A thing a reader could do: shown with its address, or with the reason and who can help."""

from dataclasses import dataclass

from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission, Role, roles_with
from registry.models import Project, RoleGrant

MOST_NAMES = 3


@dataclass(frozen=True, slots=True)
class Action:
    """A button: `refusal` is empty where the reader may use it."""

    words: str
    url: str
    key: str
    refusal: str = ""
    is_main: bool = False


def action(
    principal: Principal,
    permission: Permission,
    project: Project,
    *,
    words: str,
    url: str,
    is_main: bool = False,
) -> Action:
    """The action of a page; one query, two where the reader may not."""
    may = policy.may(principal, permission, project)
    refusal = "" if may else refusal_of(permission, project)
    return Action(
        words=words, url=url, key=str(permission).replace(":", "-"), refusal=refusal, is_main=is_main
    )


def refusal_of(permission: Permission, project: Project) -> str:
    """Why not, and who can: the first people who hold a role with the permission."""
    roles = roles_with(permission)
    labels = [str(Role(role).label).lower() for role in roles]
    grants = RoleGrant.objects.in_force().filter(project=project, role__in=roles, user__is_active=True)
    names = list(
        grants.order_by("user__printed_name").values_list("user__printed_name", flat=True).distinct()
    )
    needed = f"This takes the role {listed(labels)}."
    if not names:
        return f"{needed} Nobody holds it here; an administrator can give it."
    return f"{needed} {listed(names[:MOST_NAMES])} can do it."


def listed(words: list[str]) -> str:
    """Words as a phrase: `a, b or c`."""
    return " or ".join(part for part in (", ".join(words[:-1]), words[-1]) if part)
