"""Artifacts by API: bytes in, bytes out, and nothing told to strangers."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.storage import default_storage
from pytest_django import Settings
from rest_framework.test import APIClient

from evidence.digests import sha256_bytes
from evidence.models import Blob, LedgerEntry
from registry.models import Artifact, DatasetVersion, RunArtifact
from tests.registry.api.bodies import FAMILIES, VERSIONS, P
from tests.registry.api.conftest import As, problem
from tests.world import World, admit_run

BODY = bytes(range(256)) * 40
DIGEST = sha256_bytes(BODY)
WHERE = f"{P}/artifacts/{DIGEST}"
ELSEWHERE = f"/api/v1/projects/ELSEWHERE/artifacts/{DIGEST}"


def put(client: APIClient, where: str = WHERE, body: bytes = BODY, **headers: Any) -> Any:
    return client.put(where, body, content_type="application/octet-stream", **headers)


def body_of(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def staged_files(settings: Settings) -> list[Any]:
    return list(settings.STAGING_DIR.iterdir()) if settings.STAGING_DIR.exists() else []


def test_an_artifact_is_stored_once_and_comes_back(signed_in: As) -> None:
    ines = signed_in("ines")
    first = ines.put(WHERE, BODY, content_type="Application/JSON; charset=utf-8")
    assert first.status_code == 201, first.content
    assert first.json()["digest"] == DIGEST
    assert first.json()["size"] == len(BODY)
    assert first.json()["media_type"] == "application/json"
    again = put(ines)
    assert again.status_code == 200
    assert again.json() == first.json()
    assert LedgerEntry.objects.filter(kind="artifact.stored").count() == 1
    response = ines.get(WHERE)
    assert response.status_code == 200
    assert body_of(response) == BODY
    assert response["Content-Length"] == str(len(BODY))
    assert response["ETag"] == f'"{DIGEST}"'


def test_a_download_is_saved_and_never_shown(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.put(WHERE, BODY, content_type="text/html")
    for method in (ines.get, ines.head):
        response = method(WHERE)
        assert response["Content-Disposition"].startswith("attachment; filename=")
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        if response.streaming:
            body_of(response)


def test_head_tells_size_and_sends_nothing(signed_in: As) -> None:
    ines = signed_in("ines")
    problem_free = problem(ines.get(WHERE), 404, "not_found")
    assert problem_free["detail"] == f"No artifact {DIGEST} here"
    assert ines.head(WHERE).status_code == 404
    put(ines)
    response = ines.head(WHERE)
    assert response.status_code == 200
    assert response["Content-Length"] == str(len(BODY))
    assert response.content == b""


def test_one_range_is_sent_alone(signed_in: As) -> None:
    cases: list[tuple[str, bytes]] = [
        ("bytes=0-9", BODY[:10]),
        ("bytes=100-", BODY[100:]),
        ("bytes=-5", BODY[-5:]),
        ("bytes=5-99999999", BODY[5:]),
        ("bytes=-99999999", BODY),
        (f"bytes={len(BODY) - 1}-", BODY[-1:]),
    ]
    for wanted, expected in cases:
        ines = signed_in("ines")
        put(ines)
        response = ines.get(WHERE, headers={"Range": wanted})
        assert response.status_code == 206
        assert body_of(response) == expected
        assert response["Content-Length"] == str(len(expected))
        start = BODY.index(expected) if len(expected) != 1 else len(BODY) - 1
        start = len(BODY) - len(expected) if wanted.startswith("bytes=-") else start
        assert response["Content-Range"] == f"bytes {start}-{start + len(expected) - 1}/{len(BODY)}"


def test_a_range_that_is_no_single_range_gets_the_whole(signed_in: As) -> None:
    for wanted in ["bytes=0-1,4-5", "items=0-1", "bytes=5-2", "bytes=-", "bytes=a-b", "nonsense"]:
        ines = signed_in("ines")
        put(ines)
        response = ines.get(WHERE, headers={"Range": wanted})
        assert response.status_code == 200
        assert body_of(response) == BODY


def test_a_range_outside_is_refused_with_the_size(signed_in: As) -> None:
    for wanted in [f"bytes={len(BODY)}-", "bytes=-0", "bytes=99999999-"]:
        ines = signed_in("ines")
        put(ines)
        response = ines.get(WHERE, headers={"Range": wanted})
        problem(response, 416, "range_not_satisfiable")
        assert response["Content-Range"] == f"bytes */{len(BODY)}"


def test_a_range_of_another_version_gets_the_whole(signed_in: As) -> None:
    ines = signed_in("ines")
    put(ines)
    response = ines.get(WHERE, headers={"Range": "bytes=0-1", "If-Range": '"old"'})
    assert response.status_code == 200
    body_of(response)
    assert ines.get(WHERE, headers={"If-None-Match": f'"{DIGEST}"'}).status_code == 304


def test_an_empty_artifact_is_an_artifact(signed_in: As) -> None:
    ines = signed_in("ines")
    where = f"{P}/artifacts/{sha256_bytes(b'')}"
    assert put(ines, where, b"", CONTENT_LENGTH="0").status_code == 201
    assert body_of(ines.get(where)) == b""


def test_wrong_bytes_leave_nothing_behind(signed_in: As, settings: Settings) -> None:
    body = problem(put(signed_in("ines"), body=b"other"), 422, "digest_mismatch")
    assert body["next_step"]
    _nothing_kept(settings)


def test_an_address_that_is_no_digest_is_refused(signed_in: As) -> None:
    for digest in ["sha256:xyz", "sha256:" + "A" * 64, "md5:00", "sha256:" + "0" * 63]:
        ines = signed_in("ines")
        problem(put(ines, f"{P}/artifacts/{digest}"), 422, "digest_mismatch")
        problem(ines.get(f"{P}/artifacts/{digest}"), 422, "digest_mismatch")


def test_a_body_that_ends_early_is_refused(signed_in: As, settings: Settings) -> None:
    short: dict[str, Any] = {"wsgi.input": io.BytesIO(BODY[:100]), "CONTENT_LENGTH": str(len(BODY))}
    body = problem(put(signed_in("ines"), **short), 400, "upload_incomplete")
    assert "100" in body["detail"]
    _nothing_kept(settings)


class Breaking(io.BytesIO):
    """A connection that is reset in the middle."""

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell() > 100:
            raise ConnectionResetError
        return super().read(min(size or 200, 200))


def test_a_connection_that_breaks_leaves_nothing_behind(signed_in: As, settings: Settings) -> None:
    broken: dict[str, Any] = {"wsgi.input": Breaking(BODY), "CONTENT_LENGTH": str(len(BODY))}
    problem(put(signed_in("ines"), **broken), 400, "upload_incomplete")
    _nothing_kept(settings)


def test_an_upload_says_its_length(signed_in: As) -> None:
    for length in ["", "-1", "many", "1e3", "٣"]:
        problem(put(signed_in("ines"), CONTENT_LENGTH=length), 411, "length_required")


def test_an_upload_is_limited(signed_in: As, settings: Settings) -> None:
    settings.MAX_ARTIFACT_BYTES = 100
    problem(put(signed_in("ines")), 413, "upload_too_large")
    _nothing_kept(settings)


def test_a_content_type_that_is_none_is_refused(signed_in: As) -> None:
    response = signed_in("ines").put(WHERE, BODY, content_type="nonsense")
    assert problem(response, 422, "fields_invalid")["errors"][0]["header"] == "Content-Type"


class Counting(io.RawIOBase):
    """Zero bytes, made as they are read; remembers the largest read."""

    def __init__(self, size: int) -> None:
        self.left = size
        self.largest = 0

    def read(self, size: int = -1, /) -> bytes:
        self.largest = max(self.largest, size)
        chunk = bytes(min(size, self.left))
        self.left -= len(chunk)
        return chunk


def test_a_large_upload_is_read_in_small_pieces(signed_in: As) -> None:
    size = 24 * 1024 * 1024
    source = Counting(size)
    where = f"{P}/artifacts/{sha256_bytes(bytes(size))}"
    sent: dict[str, Any] = {"wsgi.input": source, "CONTENT_LENGTH": str(size)}
    response = put(signed_in("ines"), where, **sent)
    assert response.status_code == 201, response.content
    assert source.largest <= 1024 * 1024


def test_another_projects_bytes_change_neither_answer_nor_duty(signed_in: As, settings: Settings) -> None:
    ines, mallory = signed_in("ines"), signed_in("mallory")
    put(ines)
    unknown = ELSEWHERE.replace(DIGEST, sha256_bytes(b"nobody has this"))
    foreign, missing = mallory.get(ELSEWHERE), mallory.get(unknown)
    assert foreign.status_code == missing.status_code == 404
    assert set(foreign.json()) == set(missing.json())
    assert mallory.head(ELSEWHERE).status_code == 404

    problem(put(mallory, ELSEWHERE, b"only the digest is known"), 422, "digest_mismatch")
    short: dict[str, Any] = {"wsgi.input": io.BytesIO(BODY[:-1]), "CONTENT_LENGTH": str(len(BODY))}
    problem(put(mallory, ELSEWHERE, **short), 400, "upload_incomplete")
    assert Artifact.objects.filter(project__key="ELSEWHERE").count() == 0

    assert put(mallory, ELSEWHERE).status_code == 201
    assert Blob.objects.count() == 1


def test_a_stranger_and_a_superuser_find_nothing(signed_in: As) -> None:
    put(signed_in("ines"))
    for account in ("mallory", "sue", "gus"):
        stranger = signed_in(account)
        problem(stranger.get(WHERE), 404, "not_found")
        problem(put(stranger), 404, "not_found")


def test_who_may_read_may_not_upload(signed_in: As) -> None:
    put(signed_in("ines"))
    audra, adam = signed_in("audra"), signed_in("adam")
    assert audra.head(WHERE).status_code == 200
    assert problem(put(audra), 403, "permission_missing")["permission"] == "artifact:upload"
    assert problem(adam.get(WHERE), 403, "permission_missing")["permission"] == "artifact:read"


def test_a_token_needs_the_scope(with_token: Callable[..., APIClient]) -> None:
    assert put(with_token("ines", "artifact:upload")).status_code == 201
    assert (
        problem(put(with_token("ines", "artifact:read")), 403, "scope_missing")["scope"] == "artifact:upload"
    )


def test_private_data_is_logged_when_it_is_read(world: World, signed_in: As) -> None:
    private, public = admit_run(world), admit_run(world, public=True)
    maren = signed_in("maren")
    for run in (private, public):
        use = RunArtifact.objects.filter(run=run).select_related("artifact").latest("position")
        where = f"{P}/artifacts/{use.artifact.blob_id}"
        assert maren.head(where).status_code == 200
        response = maren.get(where)
        assert response.status_code == 200
        assert use.name in response["Content-Disposition"]
        body_of(response)
    entry = LedgerEntry.objects.get(kind="dataset.read")
    assert entry.subject == f"dataset-version:{private.dataset_version_id}"
    assert entry.actor_id == str(world.cast["maren"].pk)


def test_the_items_of_a_private_dataset_are_logged_too(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/datasets", FAMILIES["datasets"], format="json")
    values = {**VERSIONS["datasets"], "content_digest": DIGEST}
    ines.post(f"{P}/datasets/Claims notes/versions", values, format="json")
    put(ines)
    body_of(ines.get(WHERE))
    assert LedgerEntry.objects.get(kind="dataset.read").subject.endswith(str(DatasetVersion.objects.get().pk))


@pytest.mark.parametrize(
    ("name", "saved"),
    [
        ("../../etc/passwd", "etc-passwd"),
        ('a"; filename="b.html', "a-filename-b.html"),
        ("line\r\nSet-Cookie: x=1", "line-Set-Cookie-x-1"),
        ("результат.json", "json"),
        ("…", DIGEST.partition(":")[2]),
        ("x" * 200 + ".json", "x" * 75 + ".json"),
    ],
)
def test_a_hostile_name_becomes_a_safe_one(world: World, signed_in: As, name: str, saved: str) -> None:
    run = admit_run(world)
    ines = signed_in("ines")
    put(ines)
    artifact = Artifact.objects.get(blob_id=DIGEST)
    RunArtifact.objects.create(
        run=run, artifact=artifact, position=90, name=name, role="raw", media_type="text/plain"
    )
    response = ines.get(WHERE)
    assert response["Content-Disposition"] == f'attachment; filename="{saved}"'
    assert "Set-Cookie" not in response
    body_of(response)


def _nothing_kept(settings: Settings) -> None:
    assert Artifact.objects.count() == 0
    assert Blob.objects.count() == 0
    assert staged_files(settings) == []
    assert not default_storage.exists(f"{DIGEST[7:9]}/{DIGEST[9:11]}/{DIGEST[7:]}")
