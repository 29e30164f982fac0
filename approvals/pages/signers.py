"""Who may sign which stage now, by name: the same rules as a signature, asked for all holders at once."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from django.db.models import Q

from approvals import separation
from approvals.decision_view import rule_of
from approvals.models import Release, Signature, Stage
from approvals.separation import Candidate, Duties
from registry.access.roles import Role
from registry.models import RoleGrant, User
from registry.models.access import UserKind


def signers(release: Release, stages: Sequence[Stage], duties: Duties) -> dict[str, tuple[User, ...]]:
    """Stage code → people with the role in force, no conflict and no signature there yet; three queries."""
    roles = _roles(release, {stage.role for stage in stages})
    admins = _admins(release)
    signed = _signed(release)
    people = [
        Candidate(
            user=user,
            roles=frozenset(held),
            was_admin=user.pk in admins,
            signed_codes=frozenset(signed.get(user.pk, set())),
        )
        for user, held in roles.items()
    ]
    return {stage.code: tuple(_of(stage, people, duties)) for stage in stages}


def names(people: Sequence[User], *, but: User | None = None) -> tuple[str, ...]:
    """Printed names, without one person."""
    return tuple(user.printed_name for user in people if but is None or user.pk != but.pk)


def _of(stage: Stage, people: Sequence[Candidate], duties: Duties) -> list[User]:
    return [
        one.user
        for one in people
        if stage.code not in one.signed_codes and separation.refusal(one, rule_of(stage.code), duties) is None
    ]


def _roles(release: Release, wanted: set[str]) -> dict[User, set[str]]:
    grants = (
        RoleGrant.objects.in_force()
        .filter(project=release.project_id, role__in=wanted, user__is_active=True, user__kind=UserKind.PERSON)
        .select_related("user")
        .order_by("user__printed_name")
    )
    found: dict[User, set[str]] = {}
    for grant in grants:
        found.setdefault(grant.user, set()).add(grant.role)
    return found


def _admins(release: Release) -> set[UUID]:
    held = Q(valid_to__isnull=True) | Q(valid_to__gt=release.opened_at)
    grants = RoleGrant.objects.filter(held, project=release.project_id, role=Role.ADMIN)
    return set(grants.values_list("user_id", flat=True))


def _signed(release: Release) -> dict[UUID, set[str]]:
    rows = Signature.objects.filter(release=release, end__isnull=True, action__in=["sign", "release"])
    found: dict[UUID, set[str]] = {}
    for signer, code in rows.values_list("signer_id", "stage__code"):
        found.setdefault(signer, set()).add(code)
    return found
