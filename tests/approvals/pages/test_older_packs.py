"""An older version of a pack: genuine for everybody, and the installation says which newer one follows."""

from io import BytesIO

import pytest
from benchseal.verify import Trust, verify
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from jsonschema import Draft202012Validator

from approvals import pack_requests
from approvals.models import Pack
from approvals.newer_packs import superseding
from evidence import vault
from evidence.canonical import jcs
from evidence.signing import published_keys
from tests.approvals.pages.conftest import Hall
from tests.approvals.pages.test_packs import posted, seal
from tests.releases import submitted
from tests.test_schemas import SCHEMAS
from tests.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("unprinted")]


@pytest.fixture
def versions(world: World) -> tuple[Pack, Pack, Pack]:
    """Three packs of one release; the third was asked for and is not issued."""
    release, who = submitted(world), world.cast.principal("ruth")
    first, second = (
        seal(pack_requests.request_pack(release, include_private=False, principal=who)) for _ in range(2)
    )
    return first, second, pack_requests.request_pack(release, include_private=False, principal=who)


def body_of(pack: Pack) -> bytes:
    with vault.open_blob(str(pack.blob_id)) as file:
        return file.read()


def test_an_older_version_is_genuine_offline_and_the_server_names_the_newer_one(
    versions: tuple[Pack, Pack, Pack], hall: Hall
) -> None:
    older, newer, _ = versions
    body = body_of(older)
    offline = verify(BytesIO(body), trust=Trust.of_list(jcs(published_keys()), "keys")).as_dict()
    assert offline["verdict"] == "genuine"
    assert "superseded_by" not in offline
    client = hall.client("audra")
    answer = client.post("/api/v1/packs/verify", body, content_type="application/zip").json()
    assert answer["verdict"] == "genuine"
    told = answer["superseded_by"]
    assert (told["human_id"], told["id"], told["version"]) == (newer.human_id, str(newer.pk), 2)
    schema = Draft202012Validator(SCHEMAS["verification-report"])
    assert [error.message for error in schema.iter_errors(answer)] == []
    said = f"Superseded by {newer.human_id}"
    assert said in " ".join(hall.get("audra", f"/packs/{older.human_id}/").text.split())
    assert said in " ".join(hall.get("audra", f"/packs/{older.human_id}/verify/").text.split())
    assert newer.human_id in posted(body)


def test_the_newest_version_and_a_file_of_nobody_are_superseded_by_none(
    versions: tuple[Pack, Pack, Pack], hall: Hall
) -> None:
    """A pack that was only asked for supersedes nothing."""
    _, newest, waiting = versions
    client = hall.client("audra")
    for body in (body_of(newest), body_of(newest) + b"\n"):
        answer = client.post("/api/v1/packs/verify", body, content_type="application/zip").json()
        assert answer["superseded_by"] is None
        assert waiting.human_id not in posted(body)
        assert "Superseded by" not in posted(body)
    assert superseding("") is None
    assert superseding(f"sha256:{'0' * 64}") is None


def test_who_does_not_hold_the_exact_bytes_learns_of_no_newer_pack(versions: tuple[Pack, Pack, Pack]) -> None:
    """One byte more, and a stranger is told nothing of the project."""
    older, newer, _ = versions
    sent = SimpleUploadedFile("pack.zip", body_of(older) + b"\n")
    page = Client().post("/verify/", {"pack": sent}).content.decode()
    assert newer.human_id not in page


def test_a_sample_is_superseded_by_no_other_draw(world: World) -> None:
    who = world.cast.principal("ruth")
    submitted(world)
    drawn = [
        pack_requests.request_sample_pack(world.project, size=1, include_private=False, principal=who)
        for _ in range(2)
    ]
    assert [superseding(str(seal(one).blob_id)) for one in drawn] == [None, None]
