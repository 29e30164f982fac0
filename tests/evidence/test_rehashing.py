"""Stored files are hashed again: what was changed or lost on disk is named."""

from io import BytesIO

import pytest

from evidence import rehashing, vault
from evidence.digests import sha256_bytes
from evidence.models import Blob

pytestmark = pytest.mark.django_db


def store(body: bytes) -> str:
    digest = sha256_bytes(body)
    with vault.staged(BytesIO(body), expected_digest=digest, expected_size=len(body)) as file:
        vault.move_in(file)
        vault.register(file)
    return digest


def found() -> dict[str, str]:
    return {fault.where: fault.what for fault in rehashing.faults()}


def test_whole_files_have_no_fault() -> None:
    for body in (b"", b"one", b"x" * (vault.CHUNK + 1)):
        store(body)
    told: list[tuple[str, int, int]] = []
    assert list(rehashing.faults(progress=lambda *said: told.append(said))) == []
    assert told == [("files", 0, 3), ("files", 3, 3)]


def test_changed_cut_and_missing_files_are_each_named() -> None:
    changed, cut, lost, whole = (store(body) for body in (b"changed", b"cut off", b"lost", b"whole"))
    vault.file_path(changed).chmod(0o600)
    vault.file_path(changed).write_bytes(b"CHANGED")
    vault.file_path(cut).chmod(0o600)
    vault.file_path(cut).write_bytes(b"cut")
    vault.file_path(lost).unlink()
    lines = found()
    assert whole not in str(lines)
    assert lines[f"file {changed}"] == (
        f"its bytes were changed: {vault.address_of(changed)} has the digest {sha256_bytes(b'CHANGED')}"
    )
    assert lines[f"file {cut}"].startswith("its bytes were changed: ")
    assert lines[f"file {lost}"] == f"its 4 bytes are missing: {vault.address_of(lost)} is not there"


def test_a_file_that_cannot_be_read_is_named() -> None:
    digest = store(b"readable")
    vault.file_path(digest).unlink()
    vault.file_path(digest).mkdir()
    assert found()[f"file {digest}"].endswith("cannot be read: Is a directory")


def test_a_row_that_states_another_size_is_named() -> None:
    digest = store(b"five!")
    Blob.objects.update(size=6)
    assert found() == {f"file {digest}": "it has 5 bytes, its row says 6"}
