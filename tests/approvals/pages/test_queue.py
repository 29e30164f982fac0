"""My queue: what I can sign, what I wait for, what I may not sign and why, what came back."""

from datetime import timedelta

import pytest

from approvals import releases
from approvals.models import Stage
from evidence import clock
from registry.access import grants
from registry.access.roles import Role
from tests.approvals.pages.conftest import Hall
from tests.releases import draft, reread, sign, submitted
from tests.world import World

pytestmark = pytest.mark.django_db


def test_an_empty_queue_says_so(hall: Hall) -> None:
    page = hall.get("ruth", "/queue/")
    assert "Nothing waits for your signature." in page.text
    assert "Nothing is ever approved by the clock." in page.text
    assert "You have not signed anything yet." in page.text


def test_an_open_stage_waits_for_its_signer_and_later_ones_name_what_they_wait_for(
    hall: Hall, world: World
) -> None:
    release = submitted(world)
    mine = hall.get("ines", "/queue/")
    assert "One release waits for your signature." in mine.text
    assert "Read and sign" in mine.text
    assert mine.link(release.title) == f"/releases/{release.human_id}/"
    later = hall.get("ruth", "/queue/")
    assert "Waits for someone else" in later.text
    assert "Waiting for stage 1 Submitter." in later.text
    assert "Read and sign" not in later.text


def test_a_conflict_is_said_in_the_queue(hall: Hall, world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    sign(world, release, "2")
    grants.write(
        project=world.project,
        user=world.cast["ines"],
        role=Role.VALIDATOR,
        reason="Stands in",
        granted_by=world.cast.principal("mallory"),
    )
    page = hall.get("ines", "/queue/")
    assert "You may not sign" in page.text
    assert "so you cannot validate this release." in page.text


def test_what_is_overdue_says_since_when(hall: Hall, world: World) -> None:
    release = submitted(world)
    Stage.objects.filter(revision__release=release, code="1").update(due_at=clock.now() - timedelta(days=2))
    page = hall.get("ines", "/queue/")
    assert "1 overdue" in page.text
    assert "overdue since then" in page.text


def test_own_drafts_and_what_was_signed_lately_are_listed(hall: Hall, world: World) -> None:
    mine = draft(world)
    assert mine.title in hall.get("ines", "/queue/").text
    assert "not submitted yet" in hall.get("ines", "/queue/").text
    other = submitted(
        world,
        deployment=releases.open_deployment(
            project=world.project, name="letters", environment="production", principal=world.engineer
        ),
    )
    sign(world, other, "1")
    assert f"{reread(other).human_id}, stage 1, revision 1" in hall.get("ines", "/queue/").text
