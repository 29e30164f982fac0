"""Packs made before, while and after an installation changes its keys, and what a revoked key proves."""

import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from benchseal.verify import Report, Trust, Verdict, verify
from django.test import override_settings

from evidence import clock
from evidence.canonical import utc_text
from evidence.keymaking import replace_key
from evidence.publickeys import KeyUse
from evidence.signing import active_key
from tests.client import made_pack
from tests.client.conftest import Files, Sealer
from tests.client.made_pack import HUMAN_ID, MADE_AT, keys_of, with_manifests
from tests.client.zips import packed
from tests.evidence import verify_md
from tests.evidence.outside_time import OutsideAuthority, outside_authority
from tests.evidence.time_authority import authority

pytestmark = pytest.mark.thorough

ORIGIN = "benchseal.test/log"


@pytest.fixture(scope="module")
def changed_keys(key_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same installation a day after it got a new key for the log, for statements and for packs."""
    folder = Path(shutil.copytree(key_folder, tmp_path_factory.mktemp("changed") / "keys"))
    with override_settings(KEYS_DIR=folder, LOG_ORIGIN=ORIGIN):
        for use in (KeyUse.LOG, KeyUse.ATTEST, KeyUse.PACK):
            replace_key(
                folder, use, overlap=timedelta(days=30), origin=ORIGIN, operator="Test", now=clock.now()
            )
    return folder


@pytest.fixture(scope="module")
def changing(changed_keys: Path, sealed_with: Sealer) -> Files:
    """A pack whose head of the log bears two signatures."""
    return sealed_with(changed_keys, None)


def proof_of(files: Files) -> str:
    return next(name for name in files if name.endswith(".tlog-proof"))


def test_a_pack_with_both_signatures_of_the_log_is_genuine(changed_keys: Path, changing: Files) -> None:
    assert changing[proof_of(changing)].count("\n— ".encode()) == 2
    trust = Trust.of_list(keys_of(changed_keys), "benchseal-keys.json")
    report = verify(BytesIO(changing[""]), trust=trust)
    assert (report.verdict, report.faults) == (Verdict.GENUINE, ())


def test_verify_md_takes_the_signature_of_the_key_it_knows(changing: Files, tmp_path: Path) -> None:
    path = tmp_path / f"{HUMAN_ID}.zip"
    path.write_bytes(changing[""])
    bag = verify_md.unpack(path, tmp_path / "unpacked")
    outcomes = [verify_md.run(step, bag) for step in verify_md.steps(bag) if step.number in (2, 8)]
    assert [outcome.output for outcome in outcomes if not outcome.is_ok] == []


def test_an_older_pack_is_genuine_under_the_newer_list(changed_keys: Path, pack_bytes: bytes) -> None:
    trust = Trust.of_list(keys_of(changed_keys), "benchseal-keys.json")
    assert verify(BytesIO(pack_bytes), trust=trust).verdict is Verdict.GENUINE


def test_a_head_without_the_line_of_the_known_key_is_refused(changed_keys: Path, changing: Files) -> None:
    files = {name: body for name, body in changing.items() if name}
    name = proof_of(files)
    lines = files[name].decode().splitlines(keepends=True)
    files[name] = "".join([*lines[:-2], lines[-1]]).encode()
    report = verify(BytesIO(packed(with_manifests(files))), trust=None)
    assert any("bears 0 signatures by data/keys/log.vkey" in item.reason for item in report.faults)


def test_a_line_that_is_no_signature_of_the_log_is_refused(changing: Files) -> None:
    files = {name: body for name, body in changing.items() if name}
    name = proof_of(files)
    files[name] += "— elsewhere.example/log AAAAAAAA\n".encode()
    report = verify(BytesIO(packed(with_manifests(files))), trust=None)
    assert any("does not end with its signatures" in item.reason for item in report.faults)


@dataclass(frozen=True)
class Timed:
    """A pack with time by somebody else, and what its reader may have got elsewhere."""

    body: bytes
    keys: Path
    authority: OutsideAuthority


@pytest.fixture(scope="module")
def timed(key_folder: Path, sealed_with: Sealer, tmp_path_factory: pytest.TempPathFactory) -> Timed:
    folder = tmp_path_factory.mktemp("timed")
    outside = outside_authority(folder)
    until = clock.now() + timedelta(hours=1)
    lists = str(outside.revocation_list(folder / "time.crl", until=until))
    with (
        authority(outside.reply) as server,
        override_settings(TSA_URL=server.url, TSA_CHAIN=str(outside.chain), TSA_CRL=lists),
    ):
        return Timed(sealed_with(key_folder, None)[""], key_folder, outside)


def revoked(timed: Timed, use: str, since: datetime, *, knows_authority: bool) -> Report:
    """The report on the pack after one of its keys was revoked."""
    body = json.loads(keys_of(timed.keys))
    for entry in body["keys"]:
        if entry["use"] == use:
            told = {
                "revoked_at": utc_text(clock.now()),
                "reason": "Stolen",
                "compromised_since": utc_text(since),
            }
            entry.update(status="revoked", revocation=told)
    trust = Trust.of_list(json.dumps(body).encode(), "keys")
    trust = trust.with_time_root(timed.authority.chain) if knows_authority else trust
    return verify(BytesIO(timed.body), trust=trust)


def test_a_pack_with_outside_time_is_genuine_and_lasts(timed: Timed, tmp_path: Path) -> None:
    report = verify(BytesIO(timed.body), trust=Trust.of_list(keys_of(timed.keys), "keys"))
    assert (report.verdict, report.faults) == (Verdict.GENUINE, ())
    (level,) = (item for item in report.items if item.name == "PAdES level")
    assert level.reason.startswith("B-LTA")
    path = tmp_path / f"{HUMAN_ID}.zip"
    path.write_bytes(timed.body)
    bag = verify_md.unpack(path, tmp_path / "unpacked")
    outcomes = [verify_md.run(step, bag) for step in verify_md.steps(bag) if step.number in (5, 6)]
    assert [outcome.output for outcome in outcomes if not outcome.is_ok] == []


@pytest.mark.parametrize("use", ["pack", "attest", "log"])
def test_what_an_outside_clock_saw_before_the_theft_stays_proved(timed: Timed, use: str) -> None:
    after = clock.now() + timedelta(hours=1)
    report = revoked(timed, use, after, knows_authority=True)
    assert report.verdict is Verdict.GENUINE
    (item,) = (item for item in report.items if item.name == "revoked key")
    assert f"({use}) was revoked" in item.reason
    assert "before that" in item.reason


def test_a_clock_that_the_reader_does_not_know_proves_nothing_against_a_thief(timed: Timed) -> None:
    after = clock.now() + timedelta(hours=1)
    report = revoked(timed, "pack", after, knows_authority=False)
    assert report.verdict is Verdict.ORIGIN_NOT_PROVED
    (item,) = (item for item in report.items if item.name == "revoked key")
    assert "--time-root" in item.meaning


def test_another_authority_than_the_one_the_reader_knows_is_refused(timed: Timed, tmp_path: Path) -> None:
    stranger = replace(timed, authority=outside_authority(tmp_path))
    report = revoked(stranger, "pack", clock.now() + timedelta(hours=1), knows_authority=True)
    assert "not by the authority that was given" in report.faults[0].reason


def test_what_was_sealed_after_the_theft_is_not_proved(timed: Timed) -> None:
    before = clock.now() - timedelta(hours=1)
    report = revoked(timed, "pack", before, knows_authority=True)
    assert report.verdict is Verdict.BROKEN
    assert "this pack is not from before" in report.faults[0].reason


@pytest.mark.parametrize(
    ("since", "verdict"), [(timedelta(seconds=1), Verdict.GENUINE), (timedelta(0), Verdict.BROKEN)]
)
def test_the_log_shows_which_statements_are_from_before_the_theft(
    changed_keys: Path, key_folder: Path, sealed_with: Sealer, since: timedelta, verdict: Verdict
) -> None:
    """A statement by the older key, in a pack sealed after the change; the log has it from MADE_AT."""
    with override_settings(KEYS_DIR=key_folder):
        draft, older = made_pack.draft(), active_key(KeyUse.ATTEST)["key_id"]
    body = json.loads(keys_of(changed_keys))
    (entry,) = (one for one in body["keys"] if one["key_id"] == older)
    compromised = utc_text(datetime.fromisoformat(MADE_AT) + since)
    told = {"revoked_at": utc_text(clock.now()), "reason": "Stolen", "compromised_since": compromised}
    entry.update(status="revoked", revocation=told)
    trust = Trust.of_list(json.dumps(body).encode(), "keys")
    report = verify(BytesIO(sealed_with(changed_keys, draft)[""]), trust=trust)
    assert report.verdict is verdict
    named = [item for item in report.items if item.section == "origin" and str(older) in item.reason]
    assert bool(named) is (verdict is Verdict.BROKEN)
    good = [item for item in report.items if item.name == "statements by a revoked key"]
    assert bool(good) is (verdict is Verdict.GENUINE)


def test_a_statement_the_log_never_held_is_not_from_before_the_theft(
    changed_keys: Path, key_folder: Path, sealed_with: Sealer
) -> None:
    with override_settings(KEYS_DIR=key_folder):
        draft, older = made_pack.draft(), active_key(KeyUse.ATTEST)["key_id"]
    unheld = draft.payload_statements.pop(0)
    body = json.loads(keys_of(changed_keys))
    (entry,) = (one for one in body["keys"] if one["key_id"] == older)
    now = utc_text(clock.now())
    told = {"revoked_at": now, "reason": "Stolen", "compromised_since": now}
    entry.update(status="revoked", revocation=told)
    trust = Trust.of_list(json.dumps(body).encode(), "keys")
    (fault,) = verify(BytesIO(sealed_with(changed_keys, draft)[""]), trust=trust).faults
    assert fault.name == f"data/attestations/{unheld.removeprefix('sha256:')}.dsse.json"
    assert fault.reason.endswith("the log has the statement from no time.")


@pytest.mark.parametrize(("stated", "made"), [("B-LTA", "B-T"), ("B-T", "B-LTA")])
def test_a_document_of_another_level_than_stated_is_found(
    key_folder: Path, sealed_with: Sealer, monkeypatch: pytest.MonkeyPatch, stated: str, made: str
) -> None:
    monkeypatch.setattr("evidence.packs._level", lambda _: made)
    monkeypatch.setattr("tests.evidence.synthetic_pack.LEVEL", stated)
    report = verify(BytesIO(sealed_with(key_folder, None)[""]), trust=None)
    (fault,) = report.faults
    assert fault.reason.startswith(f"data/pack.json states the level {stated}")
