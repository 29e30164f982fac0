"""Conditions on pages: set with a signature, shown to later signers, settled by a reviewer of the stage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils.html import escape

from approvals.models import Condition, Release
from evidence import clock
from registry.models import RoleGrant
from tests.approvals.pages.conftest import Hall
from tests.conditions import CHECK, FINDING, TEXT, conditional, settle
from tests.releases import reread, sign, submitted
from tests.world import World

pytestmark = pytest.mark.django_db


def block(world: World, **changes: str) -> dict[str, Any]:
    return {
        "condition-TOTAL_FORMS": "3",
        "condition-INITIAL_FORMS": "0",
        "condition-1-text": TEXT,
        "condition-1-measurable_check": CHECK,
        "condition-1-owner": str(world.cast["tobias"].pk),
        "condition-1-due_on": (clock.now() + timedelta(days=14)).date().isoformat(),
        **changes,
    }


@pytest.fixture
def at_stage_3(world: World) -> Release:
    release = submitted(world)
    for stage in ("1", "2"):
        sign(world, release, stage)
    return reread(release)


def test_a_reviewer_signs_with_a_condition(hall: Hall, world: World, at_stage_3: Release) -> None:
    step = hall.open_sign("maren", at_stage_3, "Sign stage 3")
    assert "Set conditions with the signature" in step.text
    done = hall.send("maren", step, **block(world))
    assert done.status == 200
    assert TEXT in done.text
    assert Condition.objects.get().measurable_check == CHECK
    assert TEXT in hall.open_sign("olu", at_stage_3, "Sign stage 4b").text


def test_what_does_not_fit_comes_back_with_all_that_was_typed(
    hall: Hall, world: World, at_stage_3: Release
) -> None:
    step = hall.open_sign("maren", at_stage_3, "Sign stage 3")
    again = hall.send(
        "maren", step, **block(world, **{"condition-1-owner": "", "condition-1-text": "<b>x</b>"})
    )
    assert again.status == 422
    assert "This field is required" in again.text
    assert escape("<b>x</b>") in again.html
    assert "<b>x</b>" not in again.html
    assert '<details class="after" open>' in again.html
    assert not Condition.objects.exists()


def test_who_owns_a_release_is_offered_no_conditions(hall: Hall, world: World) -> None:
    release = submitted(world)
    sign(world, release, "1")
    assert "Set conditions" not in hall.open_sign("tobias", release, "Sign stage 2").text


def test_a_reviewer_of_the_stage_settles_it(hall: Hall, world: World) -> None:
    release, _ = conditional(world)
    page = hall.get("olu", f"/releases/{release.human_id}/")
    assert "Approved with conditions" in page.text
    url = page.link("It is met")
    refused = hall.post("olu", url, {"finding": "Fine."})
    assert refused.status == 422
    done = hall.post("olu", url, {"finding": FINDING})
    assert "The condition is settled" in done.text
    assert FINDING in done.text
    assert "It is met" not in done.text


def test_a_reviewer_of_the_stage_lifts_it(hall: Hall, world: World) -> None:
    release, _ = conditional(world)
    url = hall.get("olu", f"/releases/{release.human_id}/").link("Lift it")
    done = hall.post("olu", url, {"finding": FINDING})
    assert "The condition is lifted" in done.text
    assert "Lifted by Olu Example" in done.text
    assert "Lift it" not in done.text


@pytest.mark.parametrize("account", ["tobias", "ruth", "audra", "ines"])
def test_nobody_else_is_offered_to(hall: Hall, world: World, account: str) -> None:
    release, condition = conditional(world)
    page = hall.get(account, f"/releases/{release.human_id}/")
    assert TEXT in page.text
    assert "It is met" not in page.text
    assert hall.post(account, f"/releases/{release.human_id}/conditions/{condition.pk}/met/").status in (
        403,
        422,
    )


def test_a_stranger_finds_no_condition(hall: Hall, world: World) -> None:
    release, condition = conditional(world)
    assert hall.get("mallory", f"/releases/{release.human_id}/conditions/{condition.pk}/met/").status == 404


def test_its_owner_finds_it_in_the_queue_until_it_is_settled(hall: Hall, world: World) -> None:
    release, condition = conditional(world)
    page = hall.get("tobias", "/queue/")
    assert "Conditions you see to" in page.text
    assert page.link(release.human_id)
    assert "Conditions you see to" not in hall.get("olu", "/queue/").text
    settle(world, condition)
    assert "Conditions you see to" not in hall.get("tobias", "/queue/").text


def test_who_left_the_project_sees_none_of_it(hall: Hall, world: World) -> None:
    conditional(world)
    RoleGrant.objects.filter(user=world.cast["tobias"]).update(valid_to=clock.now())
    assert TEXT not in hall.get("tobias", "/queue/").text
