"""What people type is shown as they typed it and never becomes part of a page."""

import html

import pytest

from approvals import linking, pack_requests, releases
from approvals.models import Release
from registry import runs
from registry.models import Run
from tests.approvals.pages.conftest import Hall
from tests.releases import draft, link_all, reread, sign
from tests.world import World

pytestmark = pytest.mark.django_db

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7*7 }}{% load x %}&amp;"


def assert_harmless(page: str) -> None:
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'onerror=alert(2)>"' not in page
    assert "49" not in page.partition(html.escape(HOSTILE)[:20])[2][:60]


@pytest.fixture
def release(world: World) -> Release:
    release = draft(world)
    link_all(world, release)
    words = {"title": HOSTILE[:160], "intended_use": HOSTILE, "out_of_scope": HOSTILE}
    return releases.change(release, words, principal=world.engineer)


def test_words_of_a_draft_and_its_ledger_stay_words(hall: Hall, world: World, release: Release) -> None:
    link = release.links.get(slot="monitoring")
    linking.unlink(link, principal=world.engineer, reason=HOSTILE)
    for url in (
        f"/releases/{release.human_id}/",
        f"/releases/{release.human_id}/change/",
        "/releases/",
        "/queue/",
    ):
        page = hall.get("ines", url)
        assert page.status == 200
        assert_harmless(page.html)
    shown = hall.get("ines", f"/releases/{release.human_id}/")
    assert html.escape(HOSTILE[:160]) in shown.html


def test_words_of_signers_reviewers_and_voids_stay_words(hall: Hall, world: World, release: Release) -> None:
    releases.submit(release, principal=world.engineer)
    release = reread(release)
    hall.sign("ines", release, "1", comment=HOSTILE)
    sign(world, release, "2")
    hall.send("maren", hall.open_sign("maren", release, "Decline"), comment=HOSTILE)
    runs.void(
        Run.objects.get(links__release=release), reason=HOSTILE, principal=world.cast.principal("tobias")
    )
    hall.post(
        "maren", f"/releases/{release.human_id}/request-changes/", {"reason": HOSTILE, "items": HOSTILE[:90]}
    )
    at = f"/releases/{release.human_id}/"
    for url in (at, f"{at}diff/?from=1&to=2", f"{at}revisions/1/", f"{at}packs/", "/queue/"):
        page = hall.get("ines", url)
        assert page.status == 200
        assert_harmless(page.html)
    assert html.escape(HOSTILE) in hall.get("ines", at).html


def test_words_in_an_address_stay_words(hall: Hall, world: World, release: Release) -> None:
    at = f"/releases/{release.human_id}/"
    releases.submit(release, principal=world.engineer)
    for url in (
        f"{at}stages/1/sign?view={HOSTILE}&revision={HOSTILE}",
        f"{at}diff/?from={HOSTILE}&to=now",
        f"/releases/?state={HOSTILE}&project={HOSTILE}&after={HOSTILE}",
        f"/packs/?project={HOSTILE}",
        f"/releases/tier/?project=HARBOR&reach={HOSTILE}&domain={HOSTILE}",
        f"/releases/new/?project=HARBOR&deployment={HOSTILE}",
    ):
        page = hall.get("ines", url)
        assert page.status in (200, 409), url
        assert_harmless(page.html)
    assert hall.get("ines", f"{at}diff/?to={HOSTILE}").status == 404


def test_a_failure_of_a_pack_stays_with_its_reason_and_next_step(
    hall: Hall, world: World, release: Release
) -> None:
    releases.submit(release, principal=world.engineer)
    pack = pack_requests.request_pack(release, include_private=False, principal=world.cast.principal("ruth"))
    assert pack.job is not None
    pack.job.state = "failed"
    pack.job.error = {"detail": HOSTILE, "next_step": "Link the file again."}
    pack.job.save()
    for url in (
        f"/packs/{pack.human_id}/",
        f"/packs/{pack.human_id}/progress/",
        f"/releases/{release.human_id}/packs/",
    ):
        page = hall.get("ruth", url)
        assert_harmless(page.html)
        assert html.escape(HOSTILE) in page.html
        assert "hx-get" not in page.html
