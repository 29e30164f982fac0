"""A pack is what VERIFY.md and verify.py accept, and they accept nothing else."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from zipfile import ZipFile

import bagit
import pytest
from django.test import override_settings

from evidence import bags, clock, packs
from evidence.canonical import Json, parse_record
from evidence.digests import sha256_bytes
from evidence.errors import PackIncomplete, RenderFailed
from evidence.keymaking import make_keys
from evidence.packs import BuiltPack, PackContent, PackFile, evidence_name
from tests.evidence import synthetic_pack, verify_md

pytestmark = pytest.mark.thorough

ORIGIN = "benchseal.test/log"
LISTS = (bags.MANIFEST, bags.TAG_MANIFEST)
AUDIT = "data/audit/00000000-0000-0000-0000-000000000003"


def quiet(done: int, total: int, text: str) -> None:
    pass


@pytest.fixture(scope="module")
def built(key_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltPack]:
    staging = tmp_path_factory.mktemp("built") / "staging"
    with override_settings(KEYS_DIR=key_folder, LOG_ORIGIN=ORIGIN, TSA_URL=""):
        yield packs.build(synthetic_pack.content(), staging, progress=quiet)


@pytest.fixture
def bag(built: BuiltPack, tmp_path: Path) -> Path:
    return verify_md.unpack(built.zip_path, tmp_path / "unpacked")


def failed(bag: Path, *numbers: int, pack_key: str = "") -> list[int]:
    """Those of the steps that find something; each must say so."""
    chosen = [step for step in verify_md.steps(bag) if step.number in numbers]
    outcomes = [verify_md.run(step, bag, pack_key=pack_key) for step in chosen]
    assert all(o.is_ok or (o.code != 0 and f"STEP {o.number} FAILED" in o.output) for o in outcomes)
    return [outcome.number for outcome in outcomes if not outcome.is_ok]


def verify_py(bag: Path) -> subprocess.CompletedProcess[str]:
    program = packs.ASSETS / "verify.py"
    command = [sys.executable, "-I", str(program), str(bag)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def list_again(bag: Path) -> None:
    """What a forger does who knows the lists: make them fit."""
    for name in LISTS:
        (bag / name).unlink(missing_ok=True)
    bags.write_manifest(bag)
    bags.write_tag_manifest(bag)


def flip(path: Path) -> None:
    """In the middle; a token holds certificates there that nobody needs, its signature at the end."""
    body = bytearray(path.read_bytes() or b"\0")
    body[-1 if path.name == packs.SEAL_TIME else len(body) // 2] ^= 1
    path.write_bytes(bytes(body))


def test_every_step_of_verify_md_passes(built: BuiltPack, bag: Path) -> None:
    key = str(synthetic_pack.content().pack["keys"]["pack"])  # type: ignore[index,call-overload]
    outcomes = verify_md.run_all(bag, zip_digest=built.zip_digest, pack_key=key)
    assert [outcome.number for outcome in outcomes] == list(range(11))
    assert [outcome.output for outcome in outcomes if not outcome.is_ok] == []


def test_without_published_values_origin_is_not_claimed(bag: Path) -> None:
    second = verify_md.run(verify_md.steps(bag)[2], bag)
    assert second.is_ok
    assert "origin not proved" in second.output


def test_verify_py_passes_and_claims_no_signature(bag: Path) -> None:
    ended = verify_py(bag)
    assert ended.returncode == 0
    assert ended.stdout.endswith("signatures: not checked here\n")
    assert "FAILED" not in ended.stdout


def test_the_bagit_library_finds_it_valid(bag: Path) -> None:
    assert bagit.Bag(str(bag)).is_valid()


def test_what_is_returned_describes_the_files(built: BuiltPack, bag: Path) -> None:
    assert sha256_bytes(built.zip_path.read_bytes()) == built.zip_digest
    assert built.zip_path.stat().st_size == built.zip_size
    assert sha256_bytes((bag / packs.DOCUMENT).read_bytes()) == built.pdf_digest
    assert sha256_bytes((bag / "data/record.json").read_bytes()) == built.record_digest
    assert built.pages == 2


@pytest.mark.parametrize(
    ("name", "step"),
    [
        (packs.SEAL, 3),
        (packs.SEAL_TIME, 5),
        (packs.DOCUMENT, 6),
        ("data/keys/pack.pem", 2),
        ("data/keys/log.pem", 2),
        ("data/keys/attest.pem", 2),
        (f"{AUDIT}.json", 8),
        (f"{AUDIT}.payload.json", 8),
        (f"{AUDIT}.tlog-proof", 8),
        ("data/attestations", 7),
    ],
)
def test_each_step_finds_what_it_is_for(bag: Path, name: str, step: int) -> None:
    path = bag / name
    flip(next(path.iterdir()) if path.is_dir() else path)
    assert failed(bag, step) == [step]


@pytest.mark.parametrize("name", ["extra.txt", "data/extra.txt", "data/audit/.hidden"])
def test_an_added_file_is_found(bag: Path, name: str) -> None:
    (bag / name).write_text("more")
    assert failed(bag, 1, 4) == [1, 4]
    assert "is not listed" in verify_py(bag).stdout
    list_again(bag)
    assert failed(bag, 1, 4) == [4]


def test_a_missing_file_is_found(bag: Path) -> None:
    (bag / AUDIT).with_suffix(".json").unlink()
    list_again(bag)
    assert failed(bag, 4, 8) == [4, 8]
    assert verify_py(bag).returncode == 1


def test_an_entry_that_is_elsewhere_in_the_log_is_found(bag: Path) -> None:
    proof = bag / f"{AUDIT}.tlog-proof"
    proof.write_text(proof.read_text().replace("index 2\n", "index 3\n"))
    assert failed(bag, 8) == [8]
    assert "does not lead to the root" in verify_py(bag).stdout


def test_another_zip_is_not_the_published_one(built: BuiltPack, bag: Path) -> None:
    first = verify_md.steps(bag)[0]
    assert verify_md.run(first, bag, zip_digest=built.zip_digest).is_ok
    assert not verify_md.run(first, bag, zip_digest=sha256_bytes(b"")).is_ok


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", [f"{synthetic_pack.HUMAN_ID}/VERIFY.md", "elsewhere/VERIFY.md"])
def test_a_zip_with_a_second_file_of_a_name_or_folder_is_found(bag: Path, name: str) -> None:
    with ZipFile(bag.parent / f"{bag.name}.zip", "a") as archive:
        archive.writestr(name, b"other")
    assert failed(bag, 0) == [0]


def test_a_pack_by_another_installation_passes_all_but_the_published_key(
    built: BuiltPack, tmp_path: Path
) -> None:
    key = str(parse_record(_member(built, "data/pack.json"))["keys"]["pack"])  # type: ignore[index,call-overload]
    make_keys(tmp_path / "k", origin=ORIGIN, operator="Test operator", now=clock.now())
    with override_settings(KEYS_DIR=tmp_path / "k"):
        forged = packs.build(synthetic_pack.content(), tmp_path / "staging", progress=quiet)
    bag = verify_md.unpack(forged.zip_path, tmp_path / "unpacked")
    assert failed(bag, *range(9), pack_key=key) == [2]
    assert failed(bag, 2) == []


def _member(built: BuiltPack, name: str) -> bytes:
    with ZipFile(built.zip_path) as archive:
        return archive.read(f"{synthetic_pack.HUMAN_ID}/{name}")


@pytest.mark.parametrize("entries", [0, 1, 2, 8])
def test_logs_of_any_size_are_checked(tmp_path: Path, entries: int) -> None:
    content = synthetic_pack.content(entries=entries)
    pack = packs.build(content, tmp_path / "staging", progress=quiet)
    bag = verify_md.unpack(pack.zip_path, tmp_path / "unpacked")
    assert failed(bag, 8) == []
    assert verify_py(bag).returncode == 0


def test_a_restart_begins_anew_and_gives_the_same_data(built: BuiltPack, tmp_path: Path) -> None:
    staging = tmp_path / "staging"
    (staging / "bag" / "data").mkdir(parents=True)
    (staging / "bag" / "data" / "left-over").write_text("of a stopped worker")
    again = packs.build(_same_content(built), staging, progress=quiet)
    assert _data(staging / "bag") == _data(built.zip_path.parent / "bag")
    assert again.record_digest == built.record_digest


def _same_content(built: BuiltPack) -> PackContent:
    """The content of the built pack with its files given as paths."""
    bag = built.zip_path.parent / "bag"
    names = [f"data/{name}" for name in bags.files_of(bag / "data")]
    files = [PackFile(n, bag / n) for n in names if n not in ("data/record.json", "data/pack.json")]
    record = (bag / "data/record.json").read_bytes()
    pack = parse_record((bag / "data/pack.json").read_bytes())
    return replace(synthetic_pack.content(), record=record, pack=pack, files=files)


def _data(bag: Path) -> dict[str, bytes]:
    return {name: (bag / "data" / name).read_bytes() for name in bags.files_of(bag / "data")}


def test_progress_goes_from_nothing_to_all(tmp_path: Path) -> None:
    said: list[tuple[int, int]] = []
    packs.build(
        synthetic_pack.content(),
        tmp_path / "staging",
        progress=lambda done, total, _: said.append((done, total)),
    )
    assert said[0][0] == 0
    assert said[-1][0] == said[-1][1]
    assert said == sorted(said)


def refused(content: PackContent, tmp_path: Path, item: str) -> None:
    with pytest.raises(PackIncomplete) as raised:
        packs.build(content, tmp_path / "staging", progress=quiet)
    assert item in raised.value.detail
    assert not list(tmp_path.glob("staging/*.zip"))


def test_a_file_that_differs_from_the_record_stops_the_pack(tmp_path: Path) -> None:
    content = synthetic_pack.content()
    changed = [
        replace(file, source=b'{"acc": 0.6}') if "01-results" in file.path else file for file in content.files
    ]
    refused(replace(content, files=changed), tmp_path, "01-results__.json")


@pytest.mark.parametrize(
    "item",
    [
        "data/evidence/HARBOR-RUN-1/02-empty.txt",
        f"{AUDIT}.tlog-proof",
        "data/attestations/",
        "data/records/",
        "data/keys/tsa-chain.pem",
    ],
)
def test_a_missing_file_stops_the_pack(tmp_path: Path, item: str) -> None:
    content = synthetic_pack.content()
    files = [file for file in content.files if not file.path.startswith(item)]
    refused(replace(content, files=files), tmp_path, item)


@pytest.mark.parametrize(
    "path",
    [
        "data/../seal.tsr",
        "data/./a",
        "/data/a",
        "data//a",
        "data/",
        "data",
        "VERIFY.md",
        "data/a b",
        "data/é",
        "data/a\nb",
        "data/" + "a" * 201,
        "data/record.json",
        "data/PACK.json",
        "data/Records/x.json/y",
        "data/schema/run.json/below",
        "data/schema/RUN.json",
    ],
)
def test_an_unsafe_path_stops_the_pack(tmp_path: Path, path: str) -> None:
    content = synthetic_pack.content()
    files = [*content.files, PackFile(path, b"")]
    if path == "data/Records/x.json/y":
        files.append(PackFile("data/records/X.json", b""))
    with pytest.raises(PackIncomplete):
        packs.build(replace(content, files=files), tmp_path / "staging", progress=quiet)


@pytest.mark.parametrize(
    "change",
    [
        {"record": "sha256:" + "0" * 64},
        {"human_id": "OTHER-PACK-2026-0001"},
        {"time_authority": "external"},
        {"keys": {"pack": "0" * 64}},
    ],
)
def test_a_pack_json_that_states_something_else_stops_the_pack(
    tmp_path: Path, change: dict[str, Json]
) -> None:
    content = synthetic_pack.content()
    wrong = replace(content, pack={**content.pack, **change})
    refused(wrong, tmp_path, f"pack.json says {next(iter(change))}")


def test_a_record_file_under_the_name_of_another_stops_the_pack(tmp_path: Path) -> None:
    content = synthetic_pack.content()
    wrong = PackFile(f"data/records/{'0' * 64}.json", b"{}")
    refused(replace(content, files=[*content.files, wrong]), tmp_path, wrong.path)


def test_a_record_that_is_not_canonical_stops_the_pack(tmp_path: Path) -> None:
    content = replace(synthetic_pack.content(), record=b'{"files": []}')
    refused(content, tmp_path, "canonical")


def test_a_document_that_fails_stops_the_pack(tmp_path: Path) -> None:
    content = synthetic_pack.content(html='<html lang="en"><title>T</title><img src="x.png">')
    with pytest.raises(RenderFailed):
        packs.build(content, tmp_path / "staging", progress=quiet)
    assert not list(tmp_path.glob("staging/*.zip"))


@pytest.mark.parametrize(
    ("original", "name"),
    [
        ("results.json", "07-results.json"),
        ("../../etc/passwd", "07-.._.._etc_passwd"),
        ("résumé (1).csv", "07-r_sum___1_.csv"),
        ("", "07-file"),
        ("a" * 100 + ".json", "07-" + "a" * 75 + ".json"),
    ],
)
def test_evidence_names_are_safe_and_short(original: str, name: str) -> None:
    assert evidence_name(7, original) == name


@pytest.mark.parametrize(
    "damage",
    [
        lambda bag: (bag / packs.SEAL).write_text("[" * 100_000),
        lambda bag: (bag / packs.SEAL).write_text('{"payload": "####"}'),
        lambda bag: (bag / "data/record.json").write_text("[]"),
        lambda bag: (bag / "data/pack.json").write_text('{"record": 1e999}'),
        lambda bag: (bag / f"{AUDIT}.tlog-proof").write_text("index " + "9" * 5000 + "\n\n\n"),
        lambda bag: (bag / f"{AUDIT}.tlog-proof").write_bytes(b"\xff\xfe"),
        lambda bag: (bag / bags.MANIFEST).write_text("0" * 64 + "  ../../etc/passwd\n"),
        lambda bag: (bag / "data/link").symlink_to("/etc/passwd"),
        lambda bag: (bag / "data/folder").symlink_to("/etc"),
        lambda bag: shutil.rmtree(bag / "data"),
        lambda bag: (bag / "data/\x1b[2J").write_text("a name a terminal would obey"),
    ],
    ids=[str(number) for number in range(11)],
)
def test_verify_py_ends_with_a_verdict_on_anything(bag: Path, damage: Callable[[Path], object]) -> None:
    damage(bag)
    ended = verify_py(bag)
    assert ended.returncode == 1
    assert ended.stderr == ""
    assert ended.stdout.endswith("signatures: not checked here\n")
    assert "\x1b" not in ended.stdout
    assert "root:" not in ended.stdout
