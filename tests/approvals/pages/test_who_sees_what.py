"""Each page for the right people; for everybody else it does not exist."""

import pytest
from django.test import Client
from django.urls import reverse

from approvals import pack_requests
from approvals.models import Pack, Release
from evidence.ids import uuid7
from tests.approvals.pages.conftest import Hall
from tests.releases import draft, sign, submitted
from tests.world import World

pytestmark = pytest.mark.django_db


def pages(release: Release, pack: Pack) -> list[str]:
    one = [release.human_id]
    return [
        reverse("release", args=one),
        reverse("release_diff", args=one),
        reverse("release_revision", args=[release.human_id, 1]),
        reverse("release_packs", args=one),
        reverse("release_edit", args=one),
        reverse("release_request_changes", args=one),
        reverse("release_withdraw", args=one),
        *[
            reverse(f"release_{act}", args=one)
            for act in ("emergency", "afterwards", "suspend", "reinstatement", "evidence", "set_tier")
        ],
        *[reverse(f"release_{act}", args=[release.human_id, "1"]) for act in ("sign", "decline", "reject")],
        reverse("waiver_new", args=one),
        reverse("pack", args=[pack.human_id]),
        reverse("pack_progress", args=[pack.human_id]),
        reverse("pack_verify", args=[pack.human_id]),
        reverse("pack_download", args=[pack.human_id]),
    ]


@pytest.fixture
def release(world: World) -> Release:
    return submitted(world)


@pytest.fixture
def pack(world: World, release: Release) -> Pack:
    return pack_requests.request_pack(release, include_private=False, principal=world.cast.principal("ruth"))


@pytest.mark.parametrize("account", ["mallory", "sue", "gus"])
def test_for_a_stranger_nothing_of_a_release_exists(
    hall: Hall, release: Release, pack: Pack, account: str
) -> None:
    unknown = hall.get(account, "/releases/HARBOR-REL-2026-9999/")
    for url in pages(release, pack):
        seen = hall.get(account, url)
        assert seen.status == 404, url
        assert release.title not in seen.html
    at = f"/releases/{release.human_id}/"
    for name in ("submit/", "link/", "unlink/", "packs/", "withdraw/", "stages/1/sign"):
        assert hall.post(account, at + name, {"slot": "rollback", "target": "x"}).status == 404
    assert unknown.status == 404


def test_lists_hold_only_what_the_reader_may_see(hall: Hall, release: Release, pack: Pack) -> None:
    assert release.title in hall.get("audra", "/releases/").html
    assert pack.human_id in hall.get("audra", "/packs/").html
    for account in ("mallory", "gus"):
        assert release.title not in hall.get(account, "/releases/").html
        assert release.title not in hall.get(account, "/releases/?project=HARBOR").html
        assert pack.human_id not in hall.get(account, "/packs/").html
        assert release.title not in hall.get(account, "/queue/").html


def test_nobody_reads_without_logging_in(release: Release, pack: Pack) -> None:
    for url in (*pages(release, pack), "/queue/", "/releases/", "/packs/", "/releases/new/"):
        response = Client().get(url)
        assert response.status_code == 302, url
        assert response["Location"].startswith("/accounts/login/")


def test_anybody_reads_the_page_that_verifies(db: None) -> None:
    response = Client().get("/verify/")
    assert response.status_code == 200
    assert "Is this file what we issued?" in response.content.decode()


def test_a_release_is_found_by_its_uuid_too(hall: Hall, release: Release) -> None:
    assert hall.get("ines", f"/releases/{release.pk}/", follow=True).url == f"/releases/{release.human_id}/"
    assert hall.get("ines", f"/releases/{uuid7()}/").status == 404


def test_an_auditor_reads_everything_and_is_offered_nothing(hall: Hall, release: Release) -> None:
    page = hall.get("audra", f"/releases/{release.human_id}/")
    assert page.status == 200
    assert "No stage of this revision is signed in this role." in page.text
    for words in ("Sign stage", "Request changes", "Decline", "Reject", "Withdraw"):
        assert words not in page.text


@pytest.mark.parametrize(("account", "url"), [("audra", "withdraw/"), ("audra", "request-changes/")])
def test_a_missing_permission_is_said_with_who_holds_it(
    hall: Hall, release: Release, account: str, url: str
) -> None:
    seen = hall.get(account, f"/releases/{release.human_id}/{url}")
    assert seen.status == 403
    assert "permission_missing" in seen.text


def test_a_draft_shows_forms_only_to_who_may_write(hall: Hall, world: World) -> None:
    at = f"/releases/{draft(world).human_id}/"
    assert f'action="{at}link/"' not in hall.get("ruth", at).html
    assert "Linking evidence is for submitter and model owner." in hall.get("ruth", at).text
    assert "Change the words" in hall.get("ines", at).text


def test_the_buttons_beside_signing_follow_the_state(hall: Hall, world: World, release: Release) -> None:
    at = f"/releases/{release.human_id}/"
    before = hall.get("maren", at)
    assert "Request changes" in before.text
    assert "Reject" not in before.text  # nobody has attested it yet, so there is nothing to reject
    sign(world, release, "1")
    assert "Reject" in hall.get("maren", at).text


def test_an_upload_that_says_no_length_or_too_much_is_refused_before_it_is_read(db: None) -> None:
    answer = Client().post(
        "/verify/", data=b"x", content_type="multipart/form-data; boundary=b", CONTENT_LENGTH=str(10**12)
    )
    assert answer.status_code == 413
    assert "benchseal pack verify FILE" in answer.content.decode()


def test_forms_without_their_token_change_nothing(world: World, release: Release) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(world.cast["ines"], backend="django.contrib.auth.backends.ModelBackend")
    for url in ("submit/", "link/", "unlink/", "withdraw/", "packs/", "stages/1/sign"):
        assert client.post(f"/releases/{release.human_id}/{url}").status_code == 403
    assert Client(enforce_csrf_checks=True).post("/verify/", {}).status_code == 403
