"""Guardian's rows follow the grants; the grants decide."""

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from evidence import clock
from registry.access import auditing, grants
from registry.access.roles import Role
from registry.errors import GrantRefused, PermissionMissing
from registry.models import ProjectUserObjectPermission, RoleGrant
from tests.cast import ROLES, Cast

pytestmark = pytest.mark.django_db


def shown(cast: Cast, account: str) -> set[str]:
    rows = ProjectUserObjectPermission.objects.filter(content_object=cast.project, user=cast[account])
    return set(rows.values_list("permission__codename", flat=True))


def test_guardian_shows_each_role_in_force(cast: Cast) -> None:
    assert {name: shown(cast, name) for name in ROLES} == {
        name: {f"hold_{role}"} for name, role in ROLES.items()
    }
    assert list(auditing.differences()) == []


def test_a_role_is_given_with_an_end_and_ended_with_a_reason(cast: Cast) -> None:
    grant = grants.give(
        project=cast.project,
        user=cast["gus"],
        role=Role.AUDITOR,
        reason="Audit of the year",
        principal=cast.principal("adam"),
        ends_at=clock.now() + timedelta(days=30),
    )
    assert shown(cast, "gus") == {"hold_auditor"}
    grants.revoke(grant, reason="The audit is over", principal=cast.principal("adam"))
    assert shown(cast, "gus") == set()
    assert RoleGrant.objects.filter(user=cast["gus"]).count() == 1


def test_nobody_gives_a_role_to_oneself(cast: Cast) -> None:
    with pytest.raises(GrantRefused):
        grants.give(
            project=cast.project,
            user=cast["adam"],
            role=Role.COMPLIANCE_REVIEWER,
            reason="I would like to sign",
            principal=cast.principal("adam"),
        )


def test_only_an_administrator_gives_roles(cast: Cast) -> None:
    with pytest.raises(PermissionMissing):
        grants.give(
            project=cast.project,
            user=cast["gus"],
            role=Role.AUDITOR,
            reason="Ruth is no administrator",
            principal=cast.principal("ruth"),
        )


def test_an_expired_grant_is_a_difference_until_repaired(cast: Cast) -> None:
    past = clock.now() - timedelta(days=1)
    RoleGrant.objects.filter(user=cast["olu"]).update(valid_from=past - timedelta(days=1), valid_to=past)
    (found,) = auditing.differences()
    assert (found.account, found.role) == ("olu", "security_reviewer")
    with pytest.raises(CommandError):
        call_command("check_grants")
    call_command("check_grants", "--repair")
    assert list(auditing.differences()) == []
