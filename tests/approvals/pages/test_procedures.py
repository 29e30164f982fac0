"""Emergency, review after the fact, suspension and reinstatement by the forms of the pages."""

from __future__ import annotations

import pytest

from approvals import emergency, linking
from approvals.models import Release
from tests.approvals.pages.conftest import Hall
from tests.releases import draft, released, reread, sign
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db

CAUSE = "The claims queue stands still since the supplier ended the old version."


def at(release: Release, page: str = "") -> str:
    return f"/releases/{release.human_id}/{page}"


@pytest.fixture
def ready(world: World) -> Release:
    release = draft(world)
    linking.link(release, world.rollback, slot="rollback", principal=world.engineer)
    linking.link(release, world.signal, slot="monitoring", principal=world.engineer)
    return release


def test_an_emergency_is_declared_signed_and_reviewed(hall: Hall, world: World, ready: Release) -> None:
    assert "Release in an emergency" not in hall.get("ines", at(ready)).text
    page = hall.post("pia", at(ready, "emergency/"), {"incident": "INC-7", "cause": CAUSE, "hours": "24"})
    assert "Both signatures make it live." in page.text
    assert "Emergency release, incident INC-7, at most 24 hours" in page.text
    hall.sign("pia", ready, "E1")
    live = hall.sign("ruth", ready, "E2")
    assert "Released in an emergency" in live.text
    assert "Full review due" in live.text
    gathering = hall.get("ines", at(ready, "evidence/"))
    assert "Evidence for the next revision" in gathering.text
    linked = hall.post(
        "ines", at(ready, "link/"), {"slot": "private_evaluation", "target": str(admit_run(world).pk)}
    )
    assert linked.url.endswith("/evidence/")
    begun = hall.post("ines", at(ready, "review-afterwards/"))
    assert "The review after the fact has begun." in begun.text
    assert "Sign stage 1" in begun.text


def test_what_is_missing_is_said_at_its_field(hall: Hall, ready: Release) -> None:
    page = hall.post("pia", at(ready, "emergency/"), {"incident": "", "cause": "Quick.", "hours": "99"})
    assert page.status == 422
    assert "This field is required." in page.text
    assert "less than or equal to 72" in page.text
    short = hall.post("pia", at(ready, "emergency/"), {"incident": "INC-7", "cause": "Quick.", "hours": "1"})
    assert "20 characters or more" in short.text


def test_a_live_release_is_stopped_and_brought_back(hall: Hall, world: World) -> None:
    release = released(world)
    stopped = hall.post("olu", at(release, "suspend/"), {"reason": CAUSE})
    assert "is suspended." in stopped.text
    assert "Only model owner and compliance reviewer can propose its reinstatement." in stopped.text
    proposed = hall.post("ruth", at(release, "reinstatement/"), {"cause": CAUSE})
    assert "Three signatures make the release live again." in proposed.text
    for account, code in (("tobias", "2"), ("maren", "3"), ("ruth", "5")):
        hall.sign(account, release, code)
    assert reread(release).state == "released"


def test_the_queue_offers_the_stages_of_a_reinstatement(hall: Hall, world: World, ready: Release) -> None:
    emergency.declare(ready, incident="INC-7", cause=CAUSE, hours=24, principal=world.cast.principal("pia"))
    assert ready.human_id in hall.get("ruth", "/queue/").text
    sign(world, ready, "E1", by="pia")
    assert "E2" in hall.get("ruth", "/queue/").text


def test_the_tier_is_changed_from_the_page(hall: Hall, world: World, ready: Release) -> None:
    reason = "The summaries reach claimants who cannot object."
    shown = hall.get("ruth", at(ready, "tier/"))
    assert "Any reviewer raises the tier" in shown.text
    changed = hall.post("ruth", at(ready, "tier/"), {"tier": "high", "reason": reason})
    assert "The tier is changed." in changed.text
    refused = hall.post("maren", at(ready, "tier/"), {"tier": "low", "reason": reason})
    assert "tier:lower" in refused.text
