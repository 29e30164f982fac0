"""Who may sign which stage now, by name: the same rules as a signature, asked for all holders at once."""

from __future__ import annotations

from collections.abc import Sequence

from approvals import candidates, separation
from approvals.candidates import Candidate
from approvals.decision_view import rule_of
from approvals.models import Release, Stage
from approvals.separation import Duties
from registry.models import RoleGrant, User
from registry.models.access import UserKind


def signers(release: Release, stages: Sequence[Stage], duties: Duties) -> dict[str, tuple[User, ...]]:
    """Stage code → people with the role in force, no conflict and no signature there yet; three queries."""
    people = candidates.of_release(_holders(release, {stage.role for stage in stages}), release)
    return {stage.code: tuple(_of(stage, people, duties)) for stage in stages}


def names(people: Sequence[User], *, but: User | None = None) -> tuple[str, ...]:
    """Printed names, without one person."""
    return tuple(user.printed_name for user in people if but is None or user.pk != but.pk)


def _of(stage: Stage, people: Sequence[Candidate], duties: Duties) -> list[User]:
    rule = rule_of(duties.release, stage.code)
    return [
        one.user
        for one in people
        if stage.code not in one.signed_codes and separation.refusal(one, rule, duties) is None
    ]


def _holders(release: Release, roles: set[str]) -> list[User]:
    grants = RoleGrant.objects.in_force().filter(project=release.project_id, role__in=roles)
    people = User.objects.filter(pk__in=grants.values("user"), is_active=True, kind=UserKind.PERSON)
    return list(people.order_by("printed_name"))
