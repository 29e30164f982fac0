"""Waivers on pages: from the failing gate to the signed decision, the list with its budget, and the end."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from approvals import releases, waivers
from approvals.models import Release, Waiver
from evidence import clock
from registry.access.roles import Role
from tests.approvals.pages.conftest import Hall, Seen
from tests.cast import PASSWORD
from tests.waivers import MEASURE, REASON, asked, decided, renewal, ruled, unwatched, waived
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(world: World) -> Release:
    return unwatched(world)


def at(release: Release) -> str:
    return reverse("release", args=[release.human_id])


def form(world: World, **changes: str) -> dict[str, str]:
    return {
        "owner": str(world.cast["tobias"].pk),
        "measure": MEASURE,
        "reason": REASON,
        "ends_on": (clock.now() + timedelta(days=30)).date().isoformat(),
        **changes,
    }


def ask(hall: Hall, world: World, release: Release, **changes: str) -> Seen:
    """From the failing gate to the form, and send it."""
    url = hall.get("tobias", at(release)).link("Ask for a waiver")
    assert "Monitoring of Argo-L for claims notes" in hall.get("tobias", url).text
    return hall.post("tobias", url, form(world, **changes))


def decide(hall: Hall, waiver: str, button: str, *, by: str = "ruth", **changes: str) -> Seen:
    """From the waiver to the dialog, and sign."""
    step = hall.get(by, hall.get(by, f"/waivers/{waiver}/").link(button))
    assert MEASURE in step.text
    sent = {
        "record": step.hidden("record"),
        "challenge": step.hidden("challenge"),
        "account": by,
        "password": PASSWORD,
        "comment": "",
        **changes,
    }
    return hall.post(by, step.url, sent)


def test_from_the_failing_gate_to_a_waived_one(hall: Hall, world: World, release: Release) -> None:
    page = ask(hall, world, release)
    assert "waits for a compliance reviewer" in page.text
    waiver = f"{release.human_id}-W1"
    page = decide(hall, waiver, "Approve")
    assert f"{waiver} is approved." in page.text
    assert "29 days left" in page.text or "30 days left" in page.text
    shown = hall.get("ines", at(release))
    assert f"Waived by {waiver}" in shown.text
    assert shown.link(f"Waiver {waiver}") == f"/waivers/{waiver}/"
    assert "5 Compliance 2 of 2" in shown.text or "waiver present" in shown.text
    assert "Waiver approved" in shown.text


def test_who_signs_reads_what_is_set_aside_and_what_stands_in_for_it(hall: Hall, world: World) -> None:
    release, waiver = waived(world)
    releases.submit(release, principal=world.engineer)
    step = hall.get("ines", hall.get("ines", at(release)).link("Sign stage 1"))
    assert waiver.human_id in step.text
    assert f"Instead: {MEASURE}" in step.text
    assert "Tobias Example" in step.text


def test_a_rejection_says_why(hall: Hall, world: World, release: Release) -> None:
    waiver = asked(world, release)
    step = decide(hall, waiver.human_id, "Reject", comment="No.")
    assert "20 characters or more" in step.text
    page = decide(hall, waiver.human_id, "Reject", comment="The measure cannot be checked by anybody.")
    assert "Rejected" in page.text
    assert "The measure cannot be checked by anybody." in page.text


def test_a_request_waits_in_the_queue_of_those_who_decide(hall: Hall, world: World, release: Release) -> None:
    waiver = asked(world, release)
    assert "Waivers to decide" in hall.get("ruth", "/queue/").text
    assert waiver.human_id in hall.get("gus", "/queue/").text
    for account in ("tobias", "pia", "mallory"):
        assert waiver.human_id not in hall.get(account, "/queue/").text
    shown = hall.get("tobias", at(release))
    assert "Ask for a waiver" not in shown.text
    assert shown.link(f"Waiver {waiver} waits for a decision") == f"/waivers/{waiver}/"
    decided(world, waiver)
    assert waiver.human_id not in hall.get("ruth", "/queue/").text


def test_refusals_stand_at_their_fields(hall: Hall, world: World, release: Release) -> None:
    page = ask(hall, world, release, ends_on=(clock.now() + timedelta(days=200)).date().isoformat())
    assert page.status == 422
    assert "ends within 90 days" in page.text
    page = ask(hall, world, release, measure="Later.")
    assert "20 characters or more" in page.text
    assert not Waiver.objects.exists()


def test_a_gate_is_offered_to_those_who_may_ask(hall: Hall, release: Release) -> None:
    for account in ("ruth", "audra", "pia"):
        assert "Ask for a waiver" not in hall.get(account, at(release)).text


def test_what_cannot_be_waived_has_no_form(hall: Hall, release: Release) -> None:
    new = reverse("waiver_new", args=[release.human_id])
    assert hall.get("tobias", f"{new}?gate=GATE_OWNER").status == 422
    assert hall.get("tobias", f"{new}?gate=GATE_ROLLBACK").status == 409


def test_who_asked_reads_why_another_decides(hall: Hall, world: World, release: Release) -> None:
    world.cast.give("tobias", Role.COMPLIANCE_REVIEWER)
    waiver = asked(world, release)
    page = hall.get("tobias", f"/waivers/{waiver}/decide/approve/")
    assert "You asked for" in page.text
    assert 'name="password"' not in page.html


def test_the_list_has_owner_days_gate_and_budget(hall: Hall, world: World, release: Release) -> None:
    ruled(release, waiver_budget=2)
    waiver = asked(world, release, days=5)
    decided(world, waiver)
    page = hall.get("ruth", "/waivers/?project=HARBOR")
    for words in ("Monitoring", "Tobias Example", "4 days left", "Active", waiver.human_id):
        assert words in page.text
    assert "1 waiver in force; the policy allows 5 for tier Low, 2 for tier Moderate" in page.text
    waivers.close(waivers.reread(waiver), reason=REASON, principal=world.cast.principal("ruth"))
    assert "No waiver is in force here." in hall.get("ruth", "/waivers/?project=HARBOR&in_force=1").text


def test_it_is_renewed_and_closed_from_its_page(hall: Hall, world: World) -> None:
    release, waiver = waived(world)
    opened = hall.get("tobias", hall.get("tobias", f"/waivers/{waiver}/").link("Ask for its renewal"))
    page = hall.post("tobias", opened.url, form(world))
    assert "renewal 1 of 2" in page.text
    opened = hall.get("ruth", hall.get("ruth", f"/waivers/{waiver}/").link("Close it"))
    page = hall.post("ruth", opened.url, {"reason": REASON})
    assert f"{waiver} is closed." in page.text
    assert "No monitoring signal is linked" in hall.get("ruth", at(release)).text


def test_lists_ask_the_same_for_one_and_for_many(hall: Hall, world: World, release: Release) -> None:
    first = asked(world, release)
    decided(world, first)
    urls = ("/waivers/?project=HARBOR", at(release))
    few = [queries(hall, url) for url in urls]
    renewal(world, waivers.reread(first))
    assert [queries(hall, url) for url in urls] == few
    assert few[0] <= 10


def queries(hall: Hall, url: str) -> int:
    hall.get("ruth", url)
    with CaptureQueriesContext(connection) as found:
        assert hall.get("ruth", url).status == 200
    return len(found)


@pytest.mark.parametrize("account", ["mallory", "sue"])
def test_for_a_stranger_no_waiver_exists(hall: Hall, world: World, account: str) -> None:
    release, waiver = waived(world)
    for path in ("", "renew/", "close/", "decide/approve/"):
        assert hall.get(account, f"/waivers/{waiver}/{path}").status == 404
    assert hall.get(account, reverse("waiver_new", args=[release.human_id])).status == 404
    for query in ("", "?project=HARBOR"):
        assert waiver.human_id not in hall.get(account, f"/waivers/{query}").html
