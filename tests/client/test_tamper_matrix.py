"""Every file of a pack, tampered with in every way: the library, the API and the page say what and where."""

from collections.abc import Iterator
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from benchseal.verify import Report, State, Trust, Verdict, verify
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from evidence.verification import SOURCE
from tests.cast import Cast
from tests.client import tampering
from tests.client.made_pack import keys_of
from tests.client.tampering import ADDED, LISTS, ONE_FILE, SEAL, TOKEN, ZIPS, Files, Ground
from tests.client.test_tampering import checked

pytestmark = [pytest.mark.filterwarnings("ignore:Duplicate name"), pytest.mark.thorough]

SEALED = "data/record.json"
UNREADABLE_WITHOUT = ("data/pack.json", "data/record.json")
SAME_EVERYWHERE = {"VERIFY.md", "verify.py", "bagit.txt"}
REPRESENTATIVES = (
    "genuine",
    "another genuine pack",
    "flipped",
    "removed",
    "added",
    "swapped",
    "signed again",
    "forged as a whole",
    *ZIPS,
)


@pytest.fixture(scope="module")
def trust(key_folder: Path) -> Trust:
    return Trust.of_list(keys_of(key_folder), SOURCE)


def report_on(files: Files, trust: Trust) -> Report:
    return checked(tampering.zip_of(files), trust)


def tampered(ground: Ground, kind: str) -> Iterator[tuple[str, Files]]:
    """Every file of the pack, tampered with in one way."""
    for path, own in ground.genuine.items():
        if kind != "swapped" or tampering.counterpart(ground, path) != own:
            yield path, ONE_FILE[kind](ground, path)


def named_in(report: Report, path: str) -> set[str]:
    """The parts of the report that find this file at fault."""
    return {item.section for item in report.faults if path in f"{item.name} {item.reason}"}


def sections_for(path: str, *, is_listed_again: bool) -> set[str]:
    """Which part of the report names the file: the lists or, when these were made to fit, what is signed."""
    if not is_listed_again:
        found = {"bag"}
    elif path == TOKEN:
        found = {"time"}
    else:
        found = {"seal"}
    return found | ({"ZIP"} if path in UNREADABLE_WITHOUT else set())


@pytest.mark.parametrize("kind", ONE_FILE)
def test_the_lists_find_every_file_that_is_not_as_it_was(ground: Ground, trust: Trust, kind: str) -> None:
    for path, files in tampered(ground, kind):
        report = report_on(files, trust)
        assert report.verdict is Verdict.BROKEN, path
        assert named_in(report, path) & sections_for(path, is_listed_again=False), path


@pytest.mark.parametrize("kind", ONE_FILE)
def test_the_seal_finds_every_file_though_the_lists_were_made_to_fit(
    ground: Ground, trust: Trust, kind: str
) -> None:
    for path, files in tampered(ground, kind):
        if path in LISTS:
            continue
        report = report_on(tampering.listed_again(files), trust)
        assert report.verdict is Verdict.BROKEN, path
        # A genuine seal of another pack is no fault itself: it names the files it does not fit.
        named = SEALED if path == SEAL and kind == "swapped" else path
        assert named_in(report, named) & sections_for(path, is_listed_again=True), path


def test_only_what_is_the_same_in_every_pack_has_no_counterpart(ground: Ground) -> None:
    left_out = {path for path in ground.genuine if path not in dict(tampered(ground, "swapped"))}
    keys_and_schema = {path for path in ground.genuine if path.startswith(("data/keys/", "data/schema/"))}
    shared = {path for path in left_out if ground.other.get(path) == ground.genuine[path]}
    assert left_out == shared
    assert keys_and_schema | SAME_EVERYWHERE <= left_out
    assert {SEAL, TOKEN, *LISTS, *UNREADABLE_WITHOUT, tampering.DOCUMENT}.isdisjoint(left_out)


@pytest.mark.parametrize(
    ("path", "section", "words"),
    [
        (TOKEN, "time", "The token is for other bytes"),
        (tampering.DOCUMENT, "document", "It differs from data/record.json"),
        (SEAL, "seal", "The seal states something else than data/pack.json"),
    ],
)
def test_what_another_genuine_pack_lends_does_not_fit(
    ground: Ground, trust: Trust, path: str, section: str, words: str
) -> None:
    report = report_on(tampering.listed_again(tampering.swapped(ground, path)), trust)
    assert any(item.section == section and words in item.reason for item in report.faults)


@pytest.mark.parametrize("path", ADDED)
@pytest.mark.parametrize("is_listed_again", [False, True], ids=["as added", "listed"])
def test_an_added_file_is_found_and_named(
    ground: Ground, trust: Trust, path: str, is_listed_again: bool
) -> None:
    files = tampering.with_added(ground, path)
    report = report_on(tampering.listed_again(files) if is_listed_again else files, trust)
    assert report.verdict is Verdict.BROKEN
    assert named_in(report, path) >= {"seal", *([] if is_listed_again else ["bag"])}


def test_a_signature_by_another_key_is_found_in_whatever_bears_one(ground: Ground, trust: Trust) -> None:
    wanted = {SEAL: "seal", TOKEN: "time", tampering.DOCUMENT: "document"}
    by_folder = {"data/attestations": "statements", "data/audit": "log"}
    signed = [path for path in ground.genuine if tampering.is_signed(path)]
    assert {path.rpartition("/")[0] for path in signed} == {"", *by_folder}
    for path in signed:
        report = report_on(tampering.listed_again(tampering.signed_again(ground, path)), trust)
        assert report.verdict is Verdict.BROKEN, path
        assert (wanted.get(path) or by_folder[path.rpartition("/")[0]]) in named_in(report, path), path


def test_a_pack_forged_with_a_whole_set_of_keys_fails_at_its_origin_alone(
    ground: Ground, trust: Trust
) -> None:
    assert report_on(ground.forged, trust).verdict is Verdict.BROKEN
    assert [item.name for item in report_on(ground.forged, trust).faults] == ["issued by"]
    assert checked(tampering.zip_of(ground.forged), None).verdict is Verdict.ORIGIN_NOT_PROVED


def test_keys_of_a_forger_in_a_genuine_pack_are_found(ground: Ground, trust: Trust) -> None:
    theirs = {path: body for path, body in ground.forged.items() if path.startswith("data/keys/")}
    report = report_on(tampering.listed_again({**ground.genuine, **theirs}), trust)
    assert {"keys", "seal", "time", "log", "statements"} <= {item.section for item in report.faults}


def test_another_whole_pack_of_the_installation_is_genuine(ground: Ground, trust: Trust) -> None:
    """So is an older version of the same pack; that a newer one exists, only the installation knows."""
    report = report_on(ground.other, trust)
    assert report.verdict is Verdict.GENUINE
    assert all(item.state is State.OK for item in report.items)


@pytest.mark.parametrize("kind", ZIPS)
def test_a_spoilt_zip_is_refused_with_the_reason(ground: Ground, trust: Trust, kind: str) -> None:
    spoil, words = ZIPS[kind]
    report = verify(BytesIO(spoil(ground)), trust=trust)
    assert report.verdict is Verdict.BROKEN
    assert words in report.faults[0].reason
    assert [item.section for item in report.faults] == ["ZIP"]


@pytest.fixture(scope="module")
def zips(ground: Ground) -> dict[str, bytes]:
    return tampering.representatives(ground)


def test_every_kind_has_a_representative(zips: dict[str, bytes]) -> None:
    assert tuple(zips) == REPRESENTATIVES


@pytest.mark.parametrize("kind", REPRESENTATIVES)
def test_api_and_page_say_what_the_library_says(
    zips: dict[str, bytes], trust: Trust, cast: Cast, kind: str
) -> None:
    report = verify(BytesIO(zips[kind]), trust=trust)
    client = Client()
    client.force_login(cast["audra"], backend="django.contrib.auth.backends.ModelBackend")
    answer = client.post("/api/v1/packs/verify", zips[kind], content_type="application/zip")
    assert answer.json() == {**report.as_dict(), "superseded_by": None}
    page = Client().post("/verify/", {"pack": SimpleUploadedFile("pack.zip", zips[kind])})
    shown = unescape(page.content.decode())
    assert page.status_code == 200
    assert ("Intact, and issued by" in shown) == (report.verdict is Verdict.GENUINE)
    for item in report.items:
        assert item.name in shown
        assert item.reason in shown
        assert item.meaning in shown
