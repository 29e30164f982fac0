"""A ZIP is read only in the one form a pack has; every other form is refused with the name."""

import os
import struct
import tracemalloc
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from benchseal.verify import State, Verdict, verify
from benchseal.verify.archive import Archive
from benchseal.verify.report import Flaw

from evidence import bags
from tests.client.zips import entry, packed, zipped

PLAIN = {"P-1/a.txt": b"one", "P-1/data/b.txt": b"two"}


def opened(data: bytes) -> Archive:
    return Archive(BytesIO(data))


def test_the_files_are_read_by_their_path_in_the_bag() -> None:
    archive = opened(packed(PLAIN))
    assert archive.top == "P-1"
    assert archive.read("data/b.txt") == b"two"
    with pytest.raises(Flaw, match=r"nothing\.txt is missing"):
        archive.read("nothing.txt")


def test_all_bytes_are_digested_as_sha256sum_does(tmp_path: Path) -> None:
    path = tmp_path / "pack.zip"
    path.write_bytes(packed(PLAIN))
    with path.open("rb") as stream:
        contents = Archive(stream).contents()
    assert contents.zip_hex == bags.digest_file(path).hex
    assert contents.files["a.txt"].size == 3
    assert contents.damaged == ()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("P-1/../../etc/passwd", "not a safe path"),
        ("/etc/passwd", "not a safe path"),
        ("P-1//a.txt", "not a safe path"),
        ("P-1/./a.txt", "not a safe path"),
        ("P-1\\..\\a.txt", "not a safe path"),
        ("C:/a.txt", "not a safe path"),
        ("P-1/folder/", "not a safe path"),
        ("a.txt", "not a safe path"),
        ("P-1/résumé.txt", "not a safe path"),
        ("P-1/" + "d/" * 400 + "a.txt", "not a safe path"),
        ("P-2/a.txt", "2 top folders"),
        ("P-1/A.txt", "one file on some systems"),
        ("P-1/a.txt/b.txt", "lies below a path that is a file"),
    ],
)
def test_a_dangerous_name_is_refused(name: str, words: str) -> None:
    files = sorted([*PLAIN.items(), (name, b"x")])
    with pytest.raises(Flaw, match=words):
        opened(zipped(files))


def test_a_name_that_occurs_twice_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped([("P-1/a.txt", b"one"), ("P-1/a.txt", b"two")])
    with pytest.raises(Flaw, match=r"'P-1/a\.txt' occurs twice"):
        opened(data)


def test_names_out_of_order_are_refused() -> None:
    with pytest.raises(Flaw, match="out of order"):
        opened(zipped([("P-1/b.txt", b""), ("P-1/a.txt", b"")]))


def test_a_compressed_bomb_is_refused_before_a_byte_of_it_is_expanded() -> None:
    bomb = zipped([(entry("P-1/a.txt", method=ZIP_DEFLATED), bytes(64 * 1024 * 1024))])
    tracemalloc.start()
    with pytest.raises(Flaw, match="compressed or encrypted"):
        opened(bomb)
    assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    tracemalloc.stop()


def test_entries_that_share_their_bytes_are_refused() -> None:
    """Overlapping entries make a small file expand without compression."""
    data = bytearray(packed(PLAIN))
    second = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, second + 42, 0)
    with pytest.raises(Flaw, match="does not lie directly after"):
        opened(bytes(data))


def test_a_link_is_refused() -> None:
    with pytest.raises(Flaw, match="not listed as a plain file"):
        opened(zipped([(entry("P-1/a.txt", mode=0o120777 << 16), b"/etc/passwd")]))


def test_a_comment_and_another_time_are_refused() -> None:
    stream = BytesIO(packed(PLAIN))
    with ZipFile(stream, "a") as archive:
        archive.comment = b"see also"
    with pytest.raises(Flaw, match="appended"):
        opened(stream.getvalue())
    later = entry("P-1/a.txt")
    later.date_time = (2026, 11, 22, 7, 0, 0)
    with pytest.raises(Flaw, match="not listed as a plain file"):
        opened(zipped([(later, b"")]))


def test_a_list_longer_than_any_pack_is_refused() -> None:
    end = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 7, 7, 65 << 20, 0, 0)
    with pytest.raises(Flaw, match="does not lie where it should"):
        opened(bytes(1000) + end)


def test_a_large_file_is_digested_in_pieces() -> None:
    archive = opened(packed({**PLAIN, "P-1/data/large.bin": bytes(48 * 1024 * 1024)}))
    tracemalloc.start()
    contents = archive.contents()
    assert tracemalloc.get_traced_memory()[1] < 4 * 1024 * 1024
    tracemalloc.stop()
    assert contents.files["data/large.bin"].size == 48 * 1024 * 1024
    assert contents.damaged == ()


def test_a_pack_beyond_four_gigabytes_is_read_with_constant_memory(tmp_path: Path) -> None:
    """The builder's own ZIP64 form; the large file is a hole, so it takes no room on disk."""
    path = tmp_path / "large.zip"
    size = 2**32 + 5
    _write_sparse(path, size)
    tracemalloc.start()
    with path.open("rb") as stream:
        archive = Archive(stream)
        assert archive.entries["data/big.bin"].size == size
        assert archive.read("data/c.txt") == b"after"
        with pytest.raises(Flaw, match="at most"):
            archive.read("data/big.bin")
    assert tracemalloc.get_traced_memory()[1] < 8 * 1024 * 1024
    tracemalloc.stop()


def _write_sparse(path: Path, size: int) -> None:
    """What `bags.write_zip` writes, but skipping over the bytes of the large file."""
    with path.open("wb") as stream, ZipFile(stream, "w", allowZip64=True) as archive:
        big = entry("P-1/data/big.bin")
        big.file_size = big.compress_size = size
        big.header_offset, big.CRC = stream.tell(), 0
        stream.write(big.FileHeader(zip64=True))
        stream.seek(size, os.SEEK_CUR)
        archive.filelist.append(big)
        archive.NameToInfo[big.filename] = big
        archive.start_dir = stream.tell()
        big.create_version = big.extract_version = 45
        archive.writestr(entry("P-1/data/c.txt"), b"after")


def test_the_builders_archives_are_read(tmp_path: Path) -> None:
    folder = tmp_path / "bag"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "empty.txt").write_bytes(b"")
    (folder / "bagit.txt").write_bytes(b"declared")
    bags.write_zip(folder, tmp_path / "pack.zip", top="P-1")
    assert opened((tmp_path / "pack.zip").read_bytes()).read("bagit.txt") == b"declared"


@pytest.mark.parametrize("data", [packed(PLAIN), b"%PDF-1.7 no ZIP at all", b""], ids=["zip", "pdf", "empty"])
def test_what_is_no_pack_gives_a_report_not_an_error(data: bytes) -> None:
    report = verify(BytesIO(data), trust=None)
    assert report.verdict is Verdict.BROKEN
    assert report.items[0].section == "ZIP"
    assert report.items[-1].state is State.UNCHECKED
