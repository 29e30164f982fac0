"""Packs by HTTP: asked for, built by a worker, downloaded as issued, checked by anybody signed in."""

import io
import zipfile
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings
from rest_framework.test import APIClient

from approvals import dossier
from approvals.api import pack_uploads
from approvals.events import ApprovalEvent
from approvals.models import Pack
from evidence import jobs, vault
from evidence.canonical import utc_text
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry
from registry.access.roles import Permission
from tests.approvals.api.conftest import Desk, opened, problem
from tests.approvals.api.test_refusals import WithToken

VERIFY = "/api/v1/packs/verify"
pytestmark = pytest.mark.usefixtures("unprinted")
TOO_LONG = str(pack_uploads.LARGEST + 1)


@pytest.fixture
def pack(submitted: Desk) -> Pack:
    """The issued pack of a submitted release."""

    def issued() -> Pack:
        return issue(submitted, submitted.post("ruth", "/packs").json()["human_id"])

    return submitted.world.reached("issued pack", issued, given=submitted.release)


@pytest.fixture
def issued_bytes(pack: Pack) -> bytes:
    """What was issued."""
    assert pack.blob_id is not None
    with vault.open_blob(pack.blob_id) as file:
        return file.read()


def issue(desk: Desk, human_id: str) -> Pack:
    """Let a worker take the job of a pack."""
    found = Pack.objects.get(human_id=human_id)
    with jobs.taken(str(found.job_id)) as lease:
        assert lease is not None
        dossier.seal_pack(lease)
    found.refresh_from_db()
    assert found.blob_id is not None, found.job and found.job.error
    return found


def downloads() -> int:
    """How often a download was told."""
    return LedgerEntry.objects.filter(kind=ApprovalEvent.PACK_DOWNLOADED).count()


def test_a_pack_is_asked_for_built_and_downloaded(submitted: Desk) -> None:
    asked = submitted.post("ruth", "/packs", {"include_private": False})
    assert asked.status_code == 202
    body = asked.json()
    assert (body["job"]["state"], body["digest"], body["version"]) == ("queued", None, 1)
    client = submitted.client("audra")
    assert asked["Location"] == f"/api/v1/packs/{body['human_id']}"
    early = problem(client.get(f"{asked['Location']}/download"), 409, "pack_not_issued")
    assert early["state"] == "queued"
    issue(submitted, body["human_id"])
    shown = client.get(asked["Location"]).json()
    assert shown["job"]["state"] == "done"
    got = client.get(f"{asked['Location']}/download")
    content = b"".join(got)
    assert sha256_bytes(content) == shown["digest"]
    assert len(content) == shown["size"] == int(got["Content-Length"])
    assert got["Content-Disposition"] == f'attachment; filename="{body["human_id"]}.zip"'
    assert got["ETag"] == f'"{shown["digest"]}"'
    assert downloads() == 1
    listed = submitted.get("audra", "/packs").json()["items"]
    assert [one["human_id"] for one in listed] == [body["human_id"]]


def test_a_download_goes_on_where_it_stopped(submitted: Desk, pack: Pack, issued_bytes: bytes) -> None:
    client = submitted.client("audra")
    address = f"/api/v1/packs/{pack.human_id}/download"
    part = client.get(address, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206
    assert part["Content-Range"] == f"bytes 100-199/{len(issued_bytes)}"
    assert b"".join(part) == issued_bytes[100:200]
    assert downloads() == 1, "a part is a download, wherever it begins"
    b"".join(client.get(address, headers={"Range": "bytes=200-299"}))
    assert downloads() == 1
    refused = client.get(address, headers={"Range": f"bytes={len(issued_bytes)}-"})
    problem(refused, 416, "range_not_satisfiable")
    known = client.get(address, headers={"If-None-Match": f'"{pack.blob_id}"'})
    assert (known.status_code, known.content) == (304, b"")
    head = client.head(address)
    assert int(head["Content-Length"]) == len(issued_bytes)
    assert downloads() == 1


def test_who_may_not_gets_no_pack(submitted: Desk, pack: Pack) -> None:
    for path in ("", "/download"):
        address = f"/api/v1/packs/{pack.human_id}{path}"
        problem(submitted.client("mallory").get(address), 404, "not_found")
        problem(submitted.client("sue").get(address), 404, "not_found")
        problem(submitted.client("adam").get(address), 403, "permission_missing")
        problem(Client().get(address), 401, "not_authenticated")
    problem(submitted.post("audra", "/packs"), 403, "permission_missing")
    problem(submitted.get("adam", "/packs"), 403, "permission_missing")
    refused = problem(submitted.post("maren", "/packs", {"include_private": True}), 403, "permission_missing")
    assert refused["permission"] == "pack:include_private"
    assert downloads() == 0


def test_private_files_are_downloaded_with_their_permission_alone(submitted: Desk) -> None:
    asked = submitted.post("ruth", "/packs", {"include_private": True}).json()
    private = issue(submitted, asked["human_id"])
    address = f"/api/v1/packs/{private.pk}/download"
    refused = problem(submitted.client("audra").get(address), 403, "permission_missing")
    assert refused["permission"] == "pack:include_private"
    assert b"".join(submitted.client("ruth").get(address)).startswith(b"PK")


def test_a_draft_has_no_pack(desk: Desk) -> None:
    problem(desk.post("ines", "/packs"), 409, "conflict")


def test_a_token_downloads_within_its_scope(submitted: Desk, pack: Pack, with_token: WithToken) -> None:
    address = f"/api/v1/packs/{pack.human_id}/download"
    narrow = with_token("ines", Permission.PROJECT_READ)
    problem(narrow.get(address), 403, "scope_missing")
    assert b"".join(with_token("ines", Permission.PACK_READ).get(address)).startswith(b"PK")


def test_a_second_pack_supersedes_the_first(submitted: Desk, pack: Pack) -> None:
    second = issue(submitted, submitted.post("ruth", "/packs").json()["human_id"])
    shown = submitted.client("audra").get(f"/api/v1/packs/{second.human_id}").json()
    assert (shown["version"], shown["supersedes"]) == (2, pack.human_id)


def test_the_pack_of_this_installation_is_genuine(submitted: Desk, issued_bytes: bytes) -> None:
    client = submitted.client("mallory")
    raw = client.post(VERIFY, issued_bytes, content_type="application/zip").json()
    assert (raw["verdict"], raw["exit_code"]) == ("genuine", 0), raw
    assert raw["pack"]["release"] == submitted.release
    form = client.post(VERIFY, {"pack": SimpleUploadedFile("any.zip", issued_bytes)}).json()
    assert form == raw


def test_a_changed_pack_is_broken(submitted: Desk, issued_bytes: bytes) -> None:
    at = issued_bytes.index(b"%PDF") + 200
    changed = issued_bytes[:at] + b"X" + issued_bytes[at + 1 :]
    found = submitted.client("audra").post(VERIFY, changed, content_type="application/octet-stream").json()
    assert found["verdict"] == "broken"
    assert any(item["state"] == "bad" and item["meaning"] for item in found["items"])


@pytest.mark.parametrize("body", [b"no zip", b"PK\x03\x04" + b"\x00" * 100])
def test_anything_else_is_broken_and_never_an_error(submitted: Desk, body: bytes) -> None:
    found = submitted.client("audra").post(VERIFY, body, content_type="application/zip")
    assert found.status_code == 200
    assert found.json()["verdict"] == "broken"


def test_a_bomb_is_broken(submitted: Desk) -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("HARBOR-PACK-2026-0001/data/record.json", b"0" * 50_000_000)
    found = submitted.client("audra").post(VERIFY, target.getvalue(), content_type="application/zip")
    assert found.json()["verdict"] == "broken"


def test_nothing_of_a_checked_pack_is_kept(submitted: Desk, settings: Settings) -> None:
    client = submitted.client("audra")
    client.post(VERIFY, b"x" * 5_000_000, content_type="application/zip")
    client.post(VERIFY, {"pack": SimpleUploadedFile("a.zip", b"x" * 5_000_000)})
    client.post(VERIFY, {"a": SimpleUploadedFile("a.zip", b"x"), "b": SimpleUploadedFile("b.zip", b"x")})
    assert list(settings.STAGING_DIR.iterdir()) == []


def test_a_check_takes_exactly_one_file(submitted: Desk) -> None:
    client = submitted.client("audra")
    two: dict[str, Any] = {name: SimpleUploadedFile(f"{name}.zip", b"x") for name in "ab"}
    for body in (two, {"pack": "text"}):
        problem(client.post(VERIFY, body), 422, "fields_invalid")
    torn = client.post(VERIFY, b"--x\r\nContent-Disp", content_type="multipart/form-data; boundary=x")
    assert torn.status_code in (400, 422)
    nameless = client.post(VERIFY, b"--x", content_type="multipart/form-data")
    problem(nameless, 400, "parse_error")
    problem(client.post(VERIFY, b"{}", content_type="application/json"), 415, "unsupported_media_type")


def test_a_check_is_bounded_before_it_reads(submitted: Desk) -> None:
    client = submitted.client("audra")
    for kind in ("application/zip", "multipart/form-data; boundary=x"):
        problem(client.post(VERIFY, b"", content_type=kind, CONTENT_LENGTH=TOO_LONG), 413, "upload_too_large")
        problem(
            client.generic("POST", VERIFY, b"", content_type=kind, CONTENT_LENGTH=""), 411, "length_required"
        )


def test_nobody_signed_in_checks_nothing(submitted: Desk) -> None:
    problem(Client().post(VERIFY, b"x", content_type="application/zip"), 401, "not_authenticated")


def test_a_check_from_elsewhere_is_refused(submitted: Desk) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(submitted.cast["audra"], backend="django.contrib.auth.backends.ModelBackend")
    problem(client.post(VERIFY, b"x", content_type="application/zip"), 403, "csrf_failed")
    form = {"pack": SimpleUploadedFile("a.zip", b"x")}
    problem(client.post(VERIFY, form), 403, "csrf_failed")


def test_a_token_checks_too(submitted: Desk, with_token: WithToken) -> None:
    client: APIClient = with_token("ines", Permission.PROJECT_READ)
    found = client.post(VERIFY, b"x", content_type="application/zip")
    assert found.json()["verdict"] == "broken"
    assert opened(submitted)


def test_packs_of_runs_are_asked_for_and_listed(submitted: Desk) -> None:
    client, where = submitted.client("ruth"), "/api/v1/projects/HARBOR/packs"
    run = submitted.world.project.runs.get()
    one = client.post(where, {"scope": "run", "run": run.human_id}, content_type="application/json").json()
    drawn = client.post(where, {"scope": "sample", "size": 9}, content_type="application/json").json()
    assert (one["scope"], one["run"], one["release"]) == ("run", run.human_id, None)
    assert (drawn["scope"], drawn["sample_size"], drawn["run"]) == ("sample", 1, None)
    listed = client.get(where).json()["items"]
    assert [pack["human_id"] for pack in listed] == [drawn["human_id"], one["human_id"]]
    assert [pack["scope"] for pack in client.get(where, {"scope": "run"}).json()["items"]] == ["run"]


def test_a_period_is_asked_for_and_one_that_is_not_over_is_refused(submitted: Desk, later: datetime) -> None:
    client, where = submitted.client("ruth"), "/api/v1/projects/HARBOR/packs"
    since, over, coming = (utc_text(later + timedelta(days=days)) for days in (-3, -1, 1))
    asked = {"scope": "period", "since": since, "until": over}
    made = client.post(where, asked, content_type="application/json").json()
    assert (made["scope"], made["period_since"], made["period_until"]) == ("period", since, over)
    refused = client.post(where, {**asked, "until": coming}, content_type="application/json")
    assert "not over yet" in problem(refused, 409, "conflict")["detail"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"scope": "run"}, "/run"),
        ({"scope": "sample"}, "/size"),
        ({"scope": "sample", "size": 1, "run": "x"}, "/run"),
        ({"scope": "sample", "size": 0}, "/size"),
        ({"scope": "period", "since": "2026-01-01T00:00:00Z"}, "/until"),
        ({"scope": "period", "since": "2026-01-01T00:00:00Z", "until": "2026-02-30T00:00:00Z"}, "/until"),
        (
            {
                "scope": "period",
                "since": "2026-01-01T00:00:00Z",
                "until": "2026-02-01T00:00:00Z",
                "include_private": True,
            },
            "/include_private",
        ),
        ({"scope": "release"}, "/scope"),
    ],
)
def test_a_wish_that_names_no_runs_is_refused_at_its_field(
    submitted: Desk, body: dict[str, Any], pointer: str
) -> None:
    client = submitted.client("ruth")
    answer = problem(
        client.post("/api/v1/projects/HARBOR/packs", body, content_type="application/json"),
        422,
        "fields_invalid",
    )
    assert pointer in {error["pointer"] for error in answer["errors"]}


def test_a_pack_of_an_unknown_run_is_none(submitted: Desk) -> None:
    client = submitted.client("ruth")
    body = {"scope": "run", "run": "HARBOR-RUN-1999-0001"}
    problem(
        client.post("/api/v1/projects/HARBOR/packs", body, content_type="application/json"), 404, "not_found"
    )
