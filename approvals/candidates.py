"""People as the rules of separation see them: roles now, `admin` since the opening, stages signed.

Loaded in two queries for any number of people and releases; `separation` asks no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from approvals.models import Release, Signature
from approvals.states import Action
from evidence import clock
from registry.access.roles import Role
from registry.models import RoleGrant, User

SIGNING: Final = (Action.SIGN, Action.RELEASE)
"""Actions that take a person's one stage; a declined stage is no duty."""


@dataclass(frozen=True)
class Candidate:
    """One person beside one release."""

    user: User
    roles: frozenset[str]
    was_admin: bool
    signed_codes: frozenset[str]


def candidate(user: User, release: Release) -> Candidate:
    """One person beside one release."""
    return of_release([user], release)[0]


def of_release(
    users: Sequence[User], release: Release, *, ignore_signatures: bool = False
) -> list[Candidate]:
    """Many people beside one release, in their order."""
    pairs = [(user, release) for user in users]
    return list(_load(pairs, ignore_signatures=ignore_signatures).values())


def of_person(user: User, releases: Iterable[Release]) -> dict[UUID, Candidate]:
    """One person beside many releases, by release."""
    found = _load([(user, release) for release in releases])
    return {release: one for (_, release), one in found.items()}


def _load(
    pairs: Sequence[tuple[User, Release]], *, ignore_signatures: bool = False
) -> dict[tuple[UUID, UUID], Candidate]:
    users = {user.pk for user, _ in pairs}
    grants = _grants(users, {release.project_id for _, release in pairs})
    signed = {} if ignore_signatures else _signed(users, {release.pk for _, release in pairs})
    moment = clock.now()
    return {
        (user.pk, release.pk): Candidate(
            user=user,
            roles=_roles(grants.get((user.pk, release.project_id), ()), moment),
            was_admin=_was_admin(grants.get((user.pk, release.project_id), ()), release.opened_at),
            signed_codes=frozenset(signed.get((user.pk, release.pk), ())),
        )
        for user, release in pairs
    }


def _grants(users: set[UUID], projects: set[UUID]) -> Mapping[tuple[UUID, UUID], Sequence[RoleGrant]]:
    # Ended grants only of administrators: whoever held `admin` since a release was opened cannot sign it.
    wanted = Q(valid_to__isnull=True) | Q(valid_to__gt=clock.now()) | Q(role=Role.ADMIN)
    found: dict[tuple[UUID, UUID], list[RoleGrant]] = {}
    for grant in RoleGrant.objects.filter(wanted, user__in=users, project__in=projects):
        found.setdefault((grant.user_id, grant.project_id), []).append(grant)
    return found


def _roles(grants: Sequence[RoleGrant], moment: datetime) -> frozenset[str]:
    return frozenset(
        grant.role
        for grant in grants
        if grant.valid_from <= moment and (grant.valid_to is None or moment < grant.valid_to)
    )


def _was_admin(grants: Sequence[RoleGrant], opened_at: datetime) -> bool:
    return any(
        grant.role == Role.ADMIN and (grant.valid_to is None or grant.valid_to > opened_at)
        for grant in grants
    )


def _signed(users: set[UUID], releases: set[UUID]) -> Mapping[tuple[UUID, UUID], set[str]]:
    found: dict[tuple[UUID, UUID], set[str]] = {}
    given = Signature.objects.filter(
        release__in=releases, signer__in=users, end__isnull=True, action__in=SIGNING
    )
    rows: Iterable[tuple[Any, ...]] = given.values_list("signer_id", "release_id", "stage__code")
    for signer, release, code in rows:
        found.setdefault((signer, release), set()).add(code)
    return found
