"""The bag is what BagIt's own library and sha256sum accept, and the ZIP is the same each time."""

import os
import stat
import subprocess
from pathlib import Path
from zipfile import ZIP_STORED, ZipFile

import bagit
import pytest

from evidence import bags
from evidence.errors import PackIncomplete


@pytest.fixture
def bag(tmp_path: Path) -> Path:
    folder = tmp_path / "bag"
    (folder / "data" / "b").mkdir(parents=True)
    (folder / "data" / "b" / "two.txt").write_bytes(b"two")
    (folder / "data" / "B.txt").write_bytes(b"")
    (folder / "data" / "one.txt").write_bytes(b"one\n")
    payload = bags.write_manifest(folder)
    bags.write_declaration(
        folder, payload, made_at="2026-11-22T07:00:00.000000Z", identifier="HARBOR-PACK-2026-0001"
    )
    (folder / "VERIFY.md").write_text("how to")
    bags.write_tag_manifest(folder)
    return folder


def sha256sum(folder: Path, manifest: str) -> int:
    command = ["sha256sum", "-c", "--strict", "--quiet", manifest]
    return subprocess.run(command, cwd=folder, check=False).returncode


def test_the_bagit_library_finds_it_valid(bag: Path) -> None:
    found = bagit.Bag(str(bag))
    assert found.is_valid()
    assert found.info["Bagging-Date"] == "2026-11-22"
    assert found.info["External-Identifier"] == "HARBOR-PACK-2026-0001"
    assert found.info["Payload-Oxum"] == "7.3"


def test_sha256sum_accepts_both_manifests(bag: Path) -> None:
    assert sha256sum(bag, "manifest-sha256.txt") == 0
    assert sha256sum(bag, "tagmanifest-sha256.txt") == 0


def test_the_manifests_cover_exactly_payload_and_tag_files(bag: Path) -> None:
    assert [line[66:] for line in (bag / bags.MANIFEST).read_text().splitlines()] == [
        "data/B.txt",
        "data/b/two.txt",
        "data/one.txt",
    ]
    assert [line[66:] for line in (bag / bags.TAG_MANIFEST).read_text().splitlines()] == [
        "VERIFY.md",
        "bag-info.txt",
        "bagit.txt",
        "manifest-sha256.txt",
    ]


def test_a_link_in_the_folder_is_refused(bag: Path) -> None:
    (bag / "data" / "link").symlink_to("/etc/passwd")
    with pytest.raises(PackIncomplete, match="link in the staging folder"):
        bags.write_manifest(bag)


def test_the_zip_is_stored_sorted_and_undated(bag: Path, tmp_path: Path) -> None:
    bags.write_zip(bag, tmp_path / "pack.zip", top="PACK")
    with ZipFile(tmp_path / "pack.zip") as archive:
        entries = archive.infolist()
    names = [entry.filename for entry in entries]
    assert names == sorted(f"PACK/{name}" for name in bags.files_of(bag))
    assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}
    assert {entry.compress_type for entry in entries} == {ZIP_STORED}
    assert {entry.external_attr >> 16 for entry in entries} == {stat.S_IFREG | 0o644}


def test_the_zip_depends_on_nothing_but_names_and_bytes(bag: Path, tmp_path: Path) -> None:
    first = bags.write_zip(bag, tmp_path / "first.zip", top="PACK")
    for name in bags.files_of(bag):
        os.utime(bag / name, (1, 1))
        (bag / name).chmod(0o600)
    second = bags.write_zip(bag, tmp_path / "second.zip", top="PACK")
    assert first == second
    assert first == bags.digest_file(tmp_path / "first.zip")


def test_unzip_accepts_the_zip(bag: Path, tmp_path: Path) -> None:
    bags.write_zip(bag, tmp_path / "pack.zip", top="PACK")
    command = ["unzip", "-tqq", str(tmp_path / "pack.zip")]
    subprocess.run(command, check=True)


@pytest.mark.slow
def test_a_file_above_four_gibibytes_is_packed(tmp_path: Path) -> None:
    folder = tmp_path / "bag"
    folder.mkdir()
    with (folder / "large").open("wb") as stream:
        stream.truncate(4 * 1024**3 + 1)
    archive = bags.write_zip(folder, tmp_path / "pack.zip", top="PACK")
    assert archive.size > 4 * 1024**3
    with ZipFile(tmp_path / "pack.zip") as opened:
        assert opened.getinfo("PACK/large").file_size == 4 * 1024**3 + 1
