"""Who may sign which stage now, by name: the same rules as a signature, asked for all holders at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from approvals import candidates, separation
from approvals.candidates import Candidate
from approvals.decision_view import rule_of
from approvals.models import Release, Stage
from approvals.separation import Duties
from registry.access.roles import Permission, roles_with
from registry.models import RoleGrant, User
from registry.models.access import UserKind


@dataclass(frozen=True, slots=True)
class Signer:
    """A person who could sign a stage, as himself or for somebody."""

    user: User
    on_behalf_of: User | None = None

    @property
    def name(self) -> str:
        """As pages say it."""
        if self.on_behalf_of is None:
            return self.user.printed_name
        return f"{self.user.printed_name} for {self.on_behalf_of.printed_name}"


def signers(release: Release, stages: Sequence[Stage], duties: Duties) -> dict[str, tuple[Signer, ...]]:
    """Stage code → who could give a signature there that is not given yet; four queries.

    Holders of the role without a conflict, and those who stand in for one of them.
    """
    people = candidates.of_release(_reviewers(release), release)
    return {stage.code: tuple(_of(stage, people, duties)) for stage in stages}


def names(people: Sequence[Signer], *, but: User | None = None) -> tuple[str, ...]:
    """Printed names, without one person; `Ada Example for Ben Example` for who stands in."""
    return tuple(one.name for one in people if but is None or one.user.pk != but.pk)


def _of(stage: Stage, people: Sequence[Candidate], duties: Duties) -> Iterator[Signer]:
    rule = rule_of(duties.release, stage.code)
    for one in people:
        found = separation.capacity(one, rule, duties)
        if stage.code not in one.signed_codes and found.refusal is None:
            yield Signer(one.user, found.deputyship.delegator.user if found.deputyship else None)


def _reviewers(release: Release) -> list[User]:
    """Everybody with a role that signs: a delegate holds another one than that of the stage."""
    signing = roles_with(Permission.RELEASE_SIGN)
    grants = RoleGrant.objects.in_force().filter(project=release.project_id, role__in=signing)
    people = User.objects.filter(pk__in=grants.values("user"), is_active=True, kind=UserKind.PERSON)
    return list(people.order_by("printed_name"))
