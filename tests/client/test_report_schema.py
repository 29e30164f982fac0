"""The report of a verification fits its published schema, whoever made it and whatever it found."""

import json
import shutil
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from benchseal import cli
from benchseal.verify import State, Verdict, verify
from benchseal.verify.report import PackFacts
from benchseal.verify.verification import COUNTED
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from jsonschema import Draft202012Validator
from pytest_django import Settings

from evidence import clock
from evidence.canonical import jcs, utc_text
from evidence.packs import build
from tests.cast import Cast
from tests.client import made_pack
from tests.client.bare import bare_document
from tests.client.made_pack import keys_of
from tests.evidence.outside_time import outside_authority
from tests.evidence.time_authority import authority
from tests.test_schemas import SCHEMAS

SCHEMA = SCHEMAS["verification-report"]
Report = dict[str, Any]


@pytest.fixture
def pack(tmp_path: Path, key_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A genuine pack; its document is an empty page."""
    monkeypatch.setattr("evidence.packs.render_pdf", bare_document)
    return build(
        made_pack.content(made_pack.draft()), tmp_path / "pack", progress=made_pack.no_progress
    ).zip_path


def broken(body: bytes) -> bytes:
    return body.replace(b"How to check", b"How to trust", 1)


def wrong(report: Report) -> list[str]:
    return [
        f"{error.json_path}: {error.message}" for error in Draft202012Validator(SCHEMA).iter_errors(report)
    ]


def by_command(path: Path, capsys: pytest.CaptureFixture[str], *trust: str) -> Report:
    capsys.readouterr()
    code = cli.run(["pack", "verify", str(path), "--json", *trust])
    report: Report = json.loads(capsys.readouterr().out)
    assert report["exit_code"] == code
    return report


def by_api(body: bytes, cast: Cast) -> Report:
    client = Client()
    client.force_login(cast["audra"], backend="django.contrib.auth.backends.ModelBackend")
    report: Report = client.post("/api/v1/packs/verify", body, content_type="application/zip").json()
    return report


def test_the_command_writes_what_the_schema_says(
    pack: Path, key_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoilt, trust = tmp_path / "broken.zip", ("--trust", str(key_folder / "keys.json"))
    spoilt.write_bytes(broken(pack.read_bytes()))
    reports = [by_command(pack, capsys, *trust), by_command(spoilt, capsys, *trust), by_command(pack, capsys)]
    assert [report["verdict"] for report in reports] == ["genuine", "broken", "origin_not_proved"]
    assert [wrong(report) for report in reports] == [[], [], []]
    counts = reports[0]["pack"]["counts"]
    assert (counts["signatures"], counts["stopped"]) == (2, 1)


def test_the_page_says_how_many_signatures_stopped_counting(pack: Path, db: None) -> None:
    sent = SimpleUploadedFile("pack.zip", pack.read_bytes())
    page = Client().post("/verify/", {"pack": sent}).content.decode()
    assert "Signatures that stopped counting: 1; they are part of the record, not damage." in page


@pytest.mark.django_db
def test_the_api_answers_the_same_report_and_what_it_alone_knows(
    pack: Path, key_folder: Path, cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    body, trust = pack.read_bytes(), ("--trust", str(key_folder / "keys.json"))
    for bytes_, verdict in ((body, "genuine"), (broken(body), "broken"), (b"no pack", "broken")):
        path = tmp_path / "sent.zip"
        path.write_bytes(bytes_)
        answer = by_api(bytes_, cast)
        assert (answer["verdict"], wrong(answer)) == (verdict, [])
        assert answer.pop("superseded_by") is None
        told = by_command(path, capsys, *trust)
        assert without_source(answer) == without_source(told)


@pytest.mark.django_db
def test_the_api_says_by_the_schema_that_an_origin_is_not_proved(
    key_folder: Path,
    cast: Cast,
    tmp_path: Path,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A revoked key, and a clock whose root the installation got from nowhere but the pack."""
    monkeypatch.setattr("evidence.packs.render_pdf", bare_document)
    outside = outside_authority(tmp_path)
    lists = outside.revocation_list(tmp_path / "time.crl", until=clock.now() + timedelta(hours=1))
    with authority(outside.reply) as server:
        settings.TSA_URL, settings.TSA_CHAIN, settings.TSA_CRL = server.url, str(outside.chain), str(lists)
        content = made_pack.content(made_pack.draft())
        timed = build(content, tmp_path / "pack", progress=made_pack.no_progress).zip_path.read_bytes()
    settings.KEYS_DIR = with_revoked_pack_key(key_folder, tmp_path / "keys")
    answer = by_api(timed, cast)
    assert (answer["verdict"], wrong(answer)) == ("origin_not_proved", [])


def with_revoked_pack_key(keys: Path, folder: Path) -> Path:
    shutil.copytree(keys, folder)
    listed = json.loads(keys_of(folder))
    (key,) = (one for one in listed["keys"] if one["use"] == "pack")
    since = utc_text(clock.now() + timedelta(hours=1))
    told = {"revoked_at": since, "reason": "Stolen", "compromised_since": since}
    key.update(status="revoked", revocation=told)
    (folder / "keys.json").write_bytes(jcs(listed))
    return folder


def without_source(report: Report) -> Report:
    """Where the trusted keys come from is named in one reason; all else is the same."""
    items = [item if item["name"] != "issued by" else {**item, "reason": ""} for item in report["items"]]
    return {**report, "items": items}


@pytest.mark.parametrize("body", [b"", b"PK\x03\x04", b"no pack"])
def test_a_file_that_is_no_pack_has_a_report_too(body: bytes) -> None:
    assert wrong(verify(BytesIO(body), trust=None).as_dict()) == []


def test_the_schema_names_exactly_what_the_verifier_tells() -> None:
    facts = SCHEMA["properties"]["pack"]["properties"]
    assert set(facts) == set(PackFacts.__dataclass_fields__)
    assert set(facts["counts"]["properties"]) == {"files", "stopped", *COUNTED}
    assert SCHEMA["properties"]["verdict"]["enum"] == [one.value for one in Verdict]
    assert set(SCHEMA["properties"]["words"]["enum"]) == {one.words for one in Verdict}
    states = SCHEMA["properties"]["items"]["items"]["properties"]["state"]["enum"]
    assert states == [one.value for one in State]


def test_a_report_that_contradicts_itself_does_not_fit() -> None:
    report = verify(BytesIO(b""), trust=None).as_dict()
    assert wrong({**report, "exit_code": 0})
    assert wrong({**report, "words": "genuine"})
    assert wrong({**report, "superseded_by": {"human_id": "HARBOR-PACK-2026-0002"}})
