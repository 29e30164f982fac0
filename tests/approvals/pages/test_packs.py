"""Packs on pages: asked for, followed, issued, downloaded, verified, superseded."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from approvals import dossier, pack_requests
from approvals.models import Pack, Release
from evidence import jobs, sealing
from evidence.models import LedgerEntry
from registry import figures
from tests.approvals.pages.conftest import Hall
from tests.releases import submitted
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprinted")]


@pytest.fixture
def release(world: World) -> Release:
    return submitted(world)


def seal(pack: Pack) -> Pack:
    sealing.seal()
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        dossier.seal_pack(lease)
    pack.refresh_from_db()
    return pack


def test_a_pack_is_asked_for_followed_issued_and_found_intact(hall: Hall, release: Release) -> None:
    asked = hall.post("ruth", f"/releases/{release.human_id}/packs/")
    assert "is being sealed" in asked.text
    assert "Waiting for a worker" in asked.text
    pack = Pack.objects.get()
    waiting = hall.get("ruth", f"/packs/{pack.human_id}/progress/")
    assert f'hx-get="/packs/{pack.human_id}/progress/"' in waiting.html
    assert hall.get("ruth", f"/packs/{pack.human_id}/download/").status == 409
    seal(pack)
    done = hall.get("ruth", f"/packs/{pack.human_id}/progress/")
    assert "Download it" in done.text
    polled = hall.client("ruth").get(f"/packs/{pack.human_id}/progress/", headers={"HX-Request": "true"})
    assert polled["HX-Refresh"] == "true"
    page = hall.get("audra", f"/packs/{pack.human_id}/")
    assert str(pack.blob_id).removeprefix("sha256:") in page.html
    checked = hall.get("audra", f"/packs/{pack.human_id}/verify/")
    assert "Intact, and issued by" in checked.text
    taken = hall.client("audra").get(f"/packs/{pack.human_id}/download/")
    body = b"".join(taken.streaming_content)  # type: ignore[attr-defined]  # reason: a streaming response
    assert taken["Content-Disposition"] == f'attachment; filename="{pack.human_id}.zip"'
    assert LedgerEntry.objects.filter(kind="pack.downloaded").count() == 1
    assert_verdicts(body)
    seal(
        pack_requests.request_pack(
            release, include_private=False, principal=hall.world.cast.principal("ruth")
        )
    )
    assert "Superseded" in hall.get("audra", "/packs/").text
    assert "version 2 exists since" in hall.get("audra", f"/packs/{pack.human_id}/").text
    assert "version 2 exists since" in posted(body)


def assert_verdicts(body: bytes) -> None:
    assert "Intact, and issued by" in posted(body)
    at = len(body) // 2
    broken = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    assert "Not intact. Do not rely on this copy." in posted(broken)


def posted(body: bytes) -> str:
    response = Client().post("/verify/", {"pack": SimpleUploadedFile("pack.zip", body)})
    assert response.status_code == 200
    return response.content.decode()


def test_what_is_no_pack_is_said_to_be_none_and_is_not_kept(settings: Settings, db: None) -> None:
    assert "Not intact" in posted(b"PK not a pack")
    assert [path for path in Path(settings.STAGING_DIR).rglob("*") if path.is_file()] == []


def test_sending_no_file_says_so(db: None) -> None:
    response = Client().post("/verify/", {})
    assert response.status_code == 422
    assert "No file was sent." in response.content.decode()


def test_a_draft_has_nothing_to_seal_and_the_button_says_so(hall: Hall, world: World) -> None:
    made = submitted(world)
    page = hall.get("audra", f"/releases/{made.human_id}/packs/")
    assert "Sealing is for" in page.text
    assert 'aria-disabled="true"' in page.html


def test_private_items_are_offered_only_to_who_may_include_them(hall: Hall, release: Release) -> None:
    at = f"/releases/{release.human_id}/packs/"
    assert 'name="include_private"' in hall.get("ruth", at).html
    assert 'name="include_private"' not in hall.get("pia", at).html
    refused = hall.post("pia", at, {"include_private": "on"})
    assert "pack:include_private is needed" in refused.text
    assert not Pack.objects.exists()


def test_a_pack_with_private_items_is_not_downloaded_by_everybody(hall: Hall, release: Release) -> None:
    pack = seal(
        pack_requests.request_pack(release, include_private=True, principal=hall.world.cast.principal("ruth"))
    )
    page = hall.get("pia", f"/packs/{pack.human_id}/")
    assert "It holds private items; downloading it is for" in page.text
    assert hall.get("pia", f"/packs/{pack.human_id}/download/").status == 403
    assert hall.get("pia", f"/packs/{pack.human_id}/verify/").status == 403


def test_a_pack_of_one_run_is_asked_for_from_its_page(hall: Hall, release: Release) -> None:
    run = release.project.runs.get()
    page = hall.get("ruth", f"/projects/HARBOR/runs/{run.human_id}/")
    form = hall.get("ruth", page.link("Seal an evidence pack of this run"))
    assert f'value="{run.human_id}"' in form.html
    asked = hall.post("ruth", f"/packs/new/?run={run.human_id}", {"scope": "run", "run": run.human_id})
    assert f"Pack of {run.human_id}" in asked.text
    seal(Pack.objects.get())
    assert "one run" in hall.get("audra", "/packs/?scope=run").text
    assert "No pack matches." in hall.get("audra", "/packs/?scope=sample").text


def test_a_sample_is_asked_for_by_its_size(hall: Hall, release: Release) -> None:
    form = hall.get("ruth", "/packs/new/?project=HARBOR")
    assert "nobody picks" in form.text
    asked = hall.post("ruth", "/packs/new/?project=HARBOR", {"scope": "sample", "size": "3"})
    assert "Pack of 1 run drawn at random" in asked.text
    assert "1 run of HARBOR" in hall.get("audra", "/packs/").text


def test_a_period_is_asked_for_in_whole_days(hall: Hall, release: Release, later: datetime) -> None:
    days = {
        "first_day": f"{later - timedelta(days=9):%Y-%m-%d}",
        "last_day": f"{later - timedelta(days=1):%Y-%m-%d}",
    }
    form = hall.get("ruth", "/packs/new/?project=HARBOR")
    assert "Last day" in form.text
    asked = hall.post("ruth", "/packs/new/?project=HARBOR", {"scope": "period", **days})
    midnight = datetime.combine(later, time.min, tzinfo=UTC)
    words = figures.days(midnight - timedelta(days=9), midnight)
    assert f"Pack of {words}" in asked.text
    assert words in hall.get("audra", "/packs/?scope=period").text
    assert Pack.objects.get().period_until == midnight


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"scope": "run", "run": ""}, "Name the run."),
        ({"scope": "run", "run": "HARBOR-RUN-1999-0001"}, "No run of HARBOR is called HARBOR-RUN-1999-0001."),
        ({"scope": "sample", "size": ""}, "Say how many runs are drawn."),
        ({"scope": "sample", "size": "0"}, "greater than or equal to 1"),
        ({"scope": "period", "last_day": "2026-01-31"}, "Say where it begins."),
        ({"scope": "period", "first_day": "2026-01-01", "last_day": "2026-02-30"}, "Enter a valid date."),
        ({"scope": "period", "first_day": "2026-01-02", "last_day": "2026-01-01"}, "ends before it begins"),
    ],
)
def test_a_wrong_wish_is_said_at_its_field(
    hall: Hall, release: Release, given: dict[str, str], said: str
) -> None:
    page = hall.post("ruth", "/packs/new/?project=HARBOR", given)
    assert (page.status, said in page.text) == (422, True)
    assert not Pack.objects.exists()


def test_who_may_not_seal_is_told_who_may(hall: Hall, release: Release) -> None:
    assert hall.get("audra", "/packs/new/?project=HARBOR").status == 403
    assert hall.get("mallory", "/packs/new/?project=HARBOR").status == 404
    run = release.project.runs.get()
    assert hall.get("mallory", f"/packs/new/?run={run.human_id}").status == 404
