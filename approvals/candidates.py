"""People as the rules of separation see them: roles now, `admin` since the opening, stages signed.

A person's deputies are the delegations in force to him, each with the delegator seen the same way. Loaded
in three queries for any number of people and releases; `separation` asks no database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import Q

from approvals.models import Delegation, Release, Signature
from approvals.policy import StageRule
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
    """Stages this person signed, for whomever, and those that a delegate signed for this person."""
    delegated_codes: frozenset[str] = frozenset()
    """Those of them that a delegate signed."""
    deputyships: tuple[Deputyship, ...] = ()

    def deputyships_at(self, rule: StageRule) -> tuple[Deputyship, ...]:
        """For whom this person may stand in at a stage, as far as delegations say."""
        return tuple(one for one in self.deputyships if is_for(one.delegation, rule))


@dataclass(frozen=True)
class Deputyship:
    """A delegation in force, with the one who gave it beside the same release."""

    delegation: Delegation
    delegator: Candidate


def is_for(delegation: Delegation, rule: StageRule) -> bool:
    """Whether a delegation is of this stage, signed in the role it was delegated with."""
    return delegation.stage == rule.code and delegation.role == rule.role


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


def beside(delegation: Delegation, release: Release) -> Deputyship:
    """A delegation beside a release, in force or not yet; for the check when it is made."""
    return Deputyship(delegation, candidate(delegation.delegator, release))


def _load(
    pairs: Sequence[tuple[User, Release]], *, ignore_signatures: bool = False
) -> dict[tuple[UUID, UUID], Candidate]:
    projects = {release.project_id for _, release in pairs}
    received = _received({user.pk for user, _ in pairs}, projects)
    people = {user.pk for user, _ in pairs} | {one.delegator_id for some in received.values() for one in some}
    grants = _grants(people, projects)
    releases = set() if ignore_signatures else {release.pk for _, release in pairs}
    signed = _signed(people, releases) if releases else []
    moment = clock.now()

    def seen(user: User, release: Release, given: Iterable[Delegation] = ()) -> Candidate:
        held = grants.get((user.pk, release.project_id), ())
        return Candidate(
            user=user,
            roles=_roles(held, moment),
            was_admin=_was_admin(held, release.opened_at),
            signed_codes=_codes(signed, release, user, "signer", "on_behalf_of"),
            delegated_codes=_codes(signed, release, user, "on_behalf_of"),
            deputyships=tuple(
                Deputyship(one, seen(one.delegator, release))
                for one in given
                if one.release_id in (None, release.pk)
            ),
        )

    return {
        (user.pk, release.pk): seen(user, release, received.get((user.pk, release.project_id), ()))
        for user, release in pairs
    }


def _received(users: set[UUID], projects: set[UUID]) -> Mapping[tuple[UUID, UUID], Sequence[Delegation]]:
    found: dict[tuple[UUID, UUID], list[Delegation]] = {}
    rows = Delegation.objects.in_force().filter(delegate__in=users, project__in=projects)
    for one in rows.select_related("delegator").order_by("pk"):
        found.setdefault((one.delegate_id, one.project_id), []).append(one)
    return found


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


def _signed(users: set[UUID], releases: set[UUID]) -> Sequence[Mapping[str, Any]]:
    given = Signature.objects.filter(
        Q(signer__in=users) | Q(on_behalf_of__in=users),
        release__in=releases,
        end__isnull=True,
        action__in=SIGNING,
    )
    return list(given.values("signer", "on_behalf_of", "release", "stage__code"))


def _codes(signed: Iterable[Mapping[str, Any]], release: Release, user: User, *names: str) -> frozenset[str]:
    return frozenset(
        one["stage__code"]
        for one in signed
        if one["release"] == release.pk and any(one[name] == user.pk for name in names)
    )
