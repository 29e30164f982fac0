"""Compare guardian's rows with the grants in force; the grants are right."""

from collections.abc import Iterator
from dataclasses import dataclass

from registry.models.access import ProjectUserObjectPermission, RoleGrant


@dataclass(frozen=True)
class Difference:
    """A role that guardian shows and no grant gives, or the other way round."""

    project: str
    account: str
    role: str
    what: str


def differences() -> Iterator[Difference]:
    """All differences, by project and account."""
    held = set(RoleGrant.objects.in_force().values_list("project__key", "user__username", "role"))
    shown = {
        (key, account, codename.removeprefix("hold_"))
        for key, account, codename in ProjectUserObjectPermission.objects.values_list(
            "content_object__key", "user__username", "permission__codename"
        )
    }
    for key, account, role in sorted(held - shown):
        yield Difference(key, account, role, "a grant is in force, guardian has no row")
    for key, account, role in sorted(shown - held):
        yield Difference(key, account, role, "guardian has a row, no grant is in force")
