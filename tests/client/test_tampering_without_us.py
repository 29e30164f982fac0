"""The same tampering, found by VERIFY.md in a shell and by verify.py, which checks no signature."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from evidence import packs
from evidence.canonical import parse_record
from evidence.digests import sha256_bytes
from tests.client import tampering
from tests.client.made_pack import HUMAN_ID
from tests.client.tampering import ADDED, DOCUMENT, LISTS, ONE_FILE, SEAL, TOKEN, ZIPS, Files, Ground
from tests.evidence import verify_md

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:Duplicate name")]

STEP_OF: Final = {SEAL: 3, TOKEN: 5, DOCUMENT: 6, "data/attestations": 7, "data/audit": 8}
"""The step that checks a signature, by file or folder."""
UNSEEN_WITHOUT_DIGEST: Final = {"bomb", "appended"}


class Bench:
    """An unpacked bag whose files are exchanged in place; each test leaves it as the pack was."""

    def __init__(self, ground: Ground, folder: Path) -> None:
        self.genuine = ground.genuine
        self.zip = folder / f"{HUMAN_ID}.zip"
        self.zip.write_bytes(tampering.zip_of(ground.genuine))
        self.bag = verify_md.unpack(self.zip, folder / "unpacked")
        self.steps = {step.number: step for step in verify_md.steps(self.bag)}
        self.here = dict(ground.genuine)
        self.key = str(parse_record(ground.genuine["data/pack.json"])["keys"]["pack"])  # type: ignore[index,call-overload]  # the record is well formed

    def lay(self, files: Files) -> None:
        """Write only what differs."""
        for path in self.here.keys() - files.keys():
            (self.bag / path).unlink()
        for path, body in files.items():
            if self.here.get(path) != body:
                (self.bag / path).write_bytes(body)
        self.here = dict(files)

    def step(self, number: int) -> verify_md.Outcome:
        """One step; a step that finds something says so."""
        outcome = verify_md.run(self.steps[number], self.bag, pack_key=self.key)
        assert outcome.is_ok or f"STEP {number} FAILED" in outcome.output
        return outcome

    def failed(self) -> list[int]:
        """The numbers of all steps that find something, run from the first to the last."""
        outcomes = [self.step(number) for number in self.steps]
        return [outcome.number for outcome in outcomes if not outcome.is_ok]

    def verify_py(self) -> subprocess.CompletedProcess[str]:
        """The program as it was packed, not the one that may be spoilt in the bag."""
        command = [sys.executable, "-I", str(packs.ASSETS / "verify.py"), str(self.bag)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout.endswith("signatures: not checked here\n")
        return done


@pytest.fixture(scope="module")
def laid(ground: Ground, tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(ground, tmp_path_factory.mktemp("bench"))


@pytest.fixture
def bench(laid: Bench) -> Iterator[Bench]:
    yield laid
    laid.lay(laid.genuine)


def tampered(ground: Ground, kind: str) -> Iterator[tuple[str, Files]]:
    for path, own in ground.genuine.items():
        files = ONE_FILE[kind](ground, path)
        if files.get(path) != own:
            yield path, files


def signature_step(path: str) -> int:
    return STEP_OF.get(path) or STEP_OF[path.rpartition("/")[0]]


def test_the_pack_as_it_was_passes(bench: Bench) -> None:
    assert bench.failed() == []
    assert bench.verify_py().returncode == 0


@pytest.mark.parametrize("kind", ONE_FILE)
def test_every_file_that_is_not_as_it_was_is_found(ground: Ground, bench: Bench, kind: str) -> None:
    for path, files in tampered(ground, kind):
        bench.lay(files)
        first, python = bench.step(1), bench.verify_py()
        assert not first.is_ok, path
        assert python.returncode == 1, path
        if path not in LISTS:
            assert path in first.output, path
            assert path in python.stdout, path


@pytest.mark.parametrize("kind", ONE_FILE)
def test_the_seal_finds_it_though_the_lists_were_made_to_fit(ground: Ground, bench: Bench, kind: str) -> None:
    for path, files in tampered(ground, kind):
        if path in LISTS:
            continue
        bench.lay(tampering.listed_again(files))
        assert bench.step(1).is_ok, path
        assert not bench.step({SEAL: 3, TOKEN: 5}.get(path, 4)).is_ok, path
        # The token is a signature and nothing else, so this program has nothing to say about it.
        assert bench.verify_py().returncode == (0 if path == TOKEN else 1), path


@pytest.mark.parametrize("path", ADDED)
def test_an_added_file_is_found(ground: Ground, bench: Bench, path: str) -> None:
    bench.lay(tampering.with_added(ground, path))
    assert path in bench.step(1).output
    assert f"{path} is not listed" in bench.verify_py().stdout
    bench.lay(tampering.listed_again(tampering.with_added(ground, path)))
    assert path in bench.step(4).output
    assert f"{path} is not listed" in bench.verify_py().stdout


def test_a_signature_by_another_key_is_found_by_its_step(ground: Ground, bench: Bench) -> None:
    for path in filter(tampering.is_signed, ground.genuine):
        bench.lay(tampering.listed_again(tampering.signed_again(ground, path)))
        assert not bench.step(signature_step(path)).is_ok, path
        # A sealed file has another digest; what is not sealed differs in its signature alone.
        assert bench.verify_py().returncode == (0 if path in (SEAL, TOKEN) else 1), path


@pytest.mark.parametrize("kind", ONE_FILE)
def test_the_whole_of_verify_md_finds_it_in_every_folder(ground: Ground, bench: Bench, kind: str) -> None:
    folders: dict[str, Files] = {}
    for path, files in tampered(ground, kind):
        folders.setdefault(path.rpartition("/")[0], files)
    for folder, files in folders.items():
        bench.lay(tampering.listed_again(files) if folder else files)
        assert (4 if folder else 1) in bench.failed(), folder


def test_a_forged_pack_fails_at_the_published_key_alone(ground: Ground, bench: Bench) -> None:
    bench.lay(ground.forged)
    assert bench.failed() == [2]
    assert bench.verify_py().returncode == 0


@pytest.mark.parametrize("kind", ZIPS)
def test_a_spoilt_zip_is_found_by_step_0(ground: Ground, bench: Bench, kind: str) -> None:
    published, beside = sha256_bytes(tampering.zip_of(ground.genuine)), bench.bag.parent / bench.zip.name
    genuine = beside.read_bytes()
    beside.write_bytes(ZIPS[kind][0](ground))
    with_digest = verify_md.run(bench.steps[0], bench.bag, zip_digest=published)
    without = bench.step(0)
    beside.write_bytes(genuine)
    assert not with_digest.is_ok
    assert without.is_ok == (kind in UNSEEN_WITHOUT_DIGEST)
    assert verify_md.run(bench.steps[0], bench.bag, zip_digest=published).is_ok
