"""Packs made before, while and after an installation changes its keys, and what a revoked key proves."""

import shutil
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from benchseal.verify import Trust, Verdict, verify
from django.test import override_settings

from evidence import clock
from evidence.keymaking import replace_key
from evidence.publickeys import KeyUse
from tests.client.conftest import Files, Sealer
from tests.client.made_pack import HUMAN_ID, keys_of, with_manifests
from tests.client.zips import packed
from tests.evidence import verify_md

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
