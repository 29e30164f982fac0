"""What rests on a revoked key says so in words, wherever it is shown."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from approvals import pack_requests
from approvals.models import Pack, Release
from evidence import clock, key_changes, sealing
from evidence.actors import SYSTEM
from evidence.publickeys import KeyUse
from evidence.signing import active_key
from registry.figures import stamp
from registry.models import Run
from registry.presentation import revoked_keys
from tests.approvals.pages.conftest import Hall
from tests.approvals.pages.test_packs import seal
from tests.releases import sign, submitted
from tests.world import World

pytestmark = pytest.mark.django_db

REASON = "A copy of the key was found on a stolen disk."


@pytest.fixture(autouse=True)
def keys(key_folder: Path, tmp_path: Path, settings: Settings) -> Path:
    """A copy of the keys of the session, which may be changed."""
    settings.KEYS_DIR = Path(shutil.copytree(key_folder, tmp_path / "keys"))
    return tmp_path / "keys"


@pytest.fixture
def release(world: World) -> Release:
    release = submitted(world)
    sign(world, release, "1")
    return release


@pytest.fixture
def pack(world: World, release: Release) -> Pack:
    return seal(
        pack_requests.request_pack(release, include_private=False, principal=world.cast.principal("ruth"))
    )


def revoke(use: KeyUse) -> str:
    """Revoke the key in use; the words that pages say of it."""
    key_id, since = str(active_key(use)["key_id"]), clock.now() - timedelta(hours=1)
    key_changes.revoke(key_id, reason=REASON, compromised_since=since, actor=SYSTEM)
    proof = "the log or an outside time" if use == KeyUse.ATTEST else "an outside time"
    return (
        f"{key_id[:8]}, revoked on {stamp(clock.now()).split(',')[0]}: {REASON} "
        f"It was compromised since {stamp(since)}: only {proof} before that still proves it."
    )


def pages_of(hall: Hall, release: Release, pack: Pack) -> dict[str, str]:
    run = Run.objects.filter(links__release=release).first()
    assert run is not None
    return {
        "release": hall.get("ruth", f"/releases/{release.human_id}/").text,
        "run": hall.get("ruth", reverse("run", args=[run.project.key, run.human_id])).text,
        "pack": hall.get("ruth", f"/packs/{pack.human_id}/").text,
    }


def test_each_page_names_the_revoked_key_of_what_it_shows(hall: Hall, release: Release, pack: Pack) -> None:
    assert not any("revoked" in text for text in pages_of(hall, release, pack).values())
    attest = f"the attestation key {revoke(KeyUse.ATTEST)}"
    texts = pages_of(hall, release, pack)
    assert attest in texts["run"]
    assert texts["release"].count(attest) == 2  # at the top, and at the signature
    assert "revoked" not in texts["pack"]
    sealed_with = f"the pack key {revoke(KeyUse.PACK)}"
    texts = pages_of(hall, release, pack)
    assert sealed_with in texts["pack"]
    assert sealed_with not in texts["release"] + texts["run"]
    shown = Client().get(reverse("keys"))
    signed = {(line.name, line.state[1]): line.signed for line in shown.context["published"].keys}
    assert signed["Attestation", "Revoked"] == "2 statements"
    assert signed["Pack", "Revoked"] == "1 pack"


def test_the_page_of_keys_says_what_is_changing_and_what_a_revoked_key_still_proves(world: World) -> None:
    sealing.seal()
    key_changes.rotate(KeyUse.LOG, overlap=timedelta(days=7), actor=SYSTEM)
    revoke(KeyUse.PACK)
    page = Client().get(reverse("keys"))
    signed = {(line.name, line.state[1]): line.signed for line in page.context["published"].keys}
    assert signed["Log", "Being replaced"] == "1 checkpoint"
    assert signed["Log", "Active"] == "nothing yet"
    html = page.content.decode()
    assert "The pack key was revoked, and no new one is in use yet." in html
    assert "what it signed is proved only by an outside time before that" in html


@pytest.mark.usefixtures("db")
def test_a_pack_by_the_next_key_is_not_concerned() -> None:
    before = clock.now()
    revoke(KeyUse.PACK)
    key_changes.rotate(KeyUse.PACK, overlap=timedelta(0), actor=SYSTEM)
    assert len(revoked_keys.on_pack(before)) == 1
    assert revoked_keys.on_pack(clock.now()) == ()


def test_without_a_revoked_key_nothing_is_asked(django_assert_num_queries: object) -> None:
    with django_assert_num_queries(0):  # type: ignore[operator]  # reason: a fixture without types
        assert revoked_keys.on_statements(["sha256:" + "0" * 64]) == {}
