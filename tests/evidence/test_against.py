"""Checkpoints kept outside show what the database alone cannot: an older copy, a log written anew."""

import shutil
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pytest
from pytest_django import Settings

from evidence import auditing, merkle, notes, proofs, publishing, sealing
from evidence.clock import now
from evidence.keymaking import make_keys
from evidence.models import Checkpoint, LedgerEntry
from evidence.signing import KeyUse, load_signer
from tests.evidence.tampered_log import cut_to, execute, found, put_back_into_the_queue, rewrite, tell

pytestmark = pytest.mark.django_db

ANOTHER_ROOT = "the log was rewritten: its first {} entries give another root"
PUT_BACK = "the database was put back to an older state: {} entries are missing"


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    """What was published of a log of 5, then 9 entries."""
    folder = tmp_path / "published"
    folder.mkdir()
    settings.CHECKPOINT_TARGETS = [str(folder)]
    for count in (5, 4):
        tell(count)
        publishing.publish()
    return folder


@pytest.fixture
def pack(tmp_path: Path, folder: Path) -> Path:
    """The part of a pack that counts here: the proof of one entry, as `data/audit` holds it."""
    path = tmp_path / "pack.zip"
    body = BytesIO()
    entry = LedgerEntry.objects.order_by("pk").first()
    assert entry is not None
    with ZipFile(body, "w") as archive:
        archive.writestr("PACK/manifest-sha256.txt", "")
        archive.writestr(f"PACK/data/audit/{entry.pk}.tlog-proof", proofs.tlog_proof(entry))
    path.write_bytes(body.getvalue())
    return path


def kept(folder: Path, size: int) -> Path:
    return folder / publishing.file_name(size)


def test_a_log_that_only_grew_fits_everything_that_was_kept(folder: Path, pack: Path) -> None:
    tell(3)
    assert found(folder, kept(folder, 5), pack) == []


def test_what_is_published_while_the_log_is_read_is_not_missing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    measure = auditing._extent

    def grow_after_measuring() -> tuple[int, int, int]:
        extent = measure()
        tell(2)
        publishing.publish()
        return extent

    monkeypatch.setattr(auditing, "_extent", grow_after_measuring)
    assert found(folder) == []
    assert len(list(folder.iterdir())) == 3


def test_the_owner_who_changes_an_entry_is_found_without_what_was_kept(folder: Path) -> None:
    execute("UPDATE evidence_ledgerentry SET kind = 'other' WHERE subject = 'thing:2'")
    assert found() == found(folder)
    assert "it is not the entry that was sealed here" in found()[0]


def test_the_owner_who_rewrites_tree_and_checkpoints_has_no_signature_for_them(folder: Path) -> None:
    rewrite(signer=None, sizes=(5, 9))
    unsigned = "its note does not verify: No published key of this log signed it."
    assert found() == [f"checkpoint 5: {unsigned}", f"checkpoint 9: {unsigned}"]
    assert f"{kept(folder, 9)}: {ANOTHER_ROOT.format(9)}" in found(folder)


def test_the_owner_who_takes_the_checkpoints_away_is_found(folder: Path) -> None:
    execute("DELETE FROM evidence_checkpoint WHERE size > 5")
    assert found() == ["checkpoints: the last 4 sealed entries are under no checkpoint"]


def test_the_owner_who_lets_the_worker_sign_a_rewritten_log_is_found_only_by_what_was_kept(
    folder: Path, pack: Path
) -> None:
    execute("UPDATE evidence_ledgerentry SET kind = 'other' WHERE subject = 'thing:2'")
    put_back_into_the_queue()
    sealing.seal()
    assert found() == []
    assert found(folder, pack) == [
        f"{kept(folder, 5)}: {ANOTHER_ROOT.format(5)}",
        f"{kept(folder, 9)}: {ANOTHER_ROOT.format(9)}",
        f"{pack}: {ANOTHER_ROOT.format(9)}",
    ]


def test_an_older_copy_of_the_database_is_found_only_by_what_was_kept(folder: Path, pack: Path) -> None:
    cut_to(5)
    assert found() == []
    assert found(folder) == [f"{kept(folder, 9)}: {PUT_BACK.format(4)}"]
    assert found(pack) == [f"{pack}: {PUT_BACK.format(4)}"]


def test_an_older_copy_that_grew_again_is_found_at_the_size_that_was_kept(folder: Path) -> None:
    cut_to(5)
    tell(6)
    assert found() == []
    assert found(folder) == [f"{kept(folder, 9)}: {ANOTHER_ROOT.format(9)}"]


def test_the_owner_with_the_signing_key_is_found_only_by_what_was_kept(folder: Path, pack: Path) -> None:
    rewrite(signer=load_signer(KeyUse.LOG), sizes=(5, 9))
    assert found() == []
    assert found(kept(folder, 5)) == [f"{kept(folder, 5)}: {ANOTHER_ROOT.format(5)}"]
    assert found(pack) == [f"{pack}: {ANOTHER_ROOT.format(9)}"]


def test_a_checkpoint_of_a_key_no_longer_in_use_still_counts(
    folder: Path, settings: Settings, key_folder: Path, tmp_path: Path
) -> None:
    keys = tmp_path / "keys"
    shutil.copytree(key_folder, keys)
    (keys / "log.key.pem").unlink()
    make_keys(keys, origin=settings.LOG_ORIGIN, operator="Test operator", now=now())
    settings.KEYS_DIR = keys
    tell(2)
    assert found(folder) == []


def test_a_checkpoint_that_nobody_here_signed_proves_nothing(
    folder: Path, tmp_path: Path, settings: Settings
) -> None:
    newest = Checkpoint.objects.get(size=9)
    text = notes.checkpoint_text(settings.LOG_ORIGIN, 9, bytes(newest.root))
    forged = tmp_path / "forged"
    forged.write_text(text + "\n" + Checkpoint.objects.get(size=5).note.rpartition("\n\n")[2])
    assert found(forged) == [f"{forged}: it proves nothing: No published key of this log signed it."]
    foreign = tmp_path / "foreign"
    text = notes.checkpoint_text("other.example/log", 9, merkle.EMPTY_ROOT)
    foreign.write_text(notes.sign_note(text, "other.example/log", load_signer(KeyUse.LOG)))
    assert found(foreign) == [
        f"{foreign}: it proves nothing: It is a checkpoint of the log other.example/log."
    ]


@pytest.mark.parametrize("body", [b"", b"a text", b"\xff\n\n", b"x" * 70_000, b"PK\x05\x06" + bytes(18)])
def test_what_is_no_checkpoint_is_a_fault_and_never_passed_over(body: bytes, tmp_path: Path) -> None:
    path = tmp_path / "thing"
    path.write_bytes(body)
    (line,) = found(path)
    assert line.startswith(f"{path}: it proves nothing: ")


def test_a_folder_without_checkpoints_and_a_missing_file_are_faults(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    assert found(empty) == [f"{empty}: it holds no checkpoint: no file ends in .checkpoint"]
    (line,) = found(empty / "nothing")
    assert line.startswith(f"{empty / 'nothing'}: it cannot be read: ")


def test_a_published_file_under_another_size_is_named(folder: Path) -> None:
    kept(folder, 5).rename(kept(folder, 7))
    assert found(folder) == [f"{kept(folder, 7)}: its name is not its size, which is 5"]
    kept(folder, 7).rename(folder / "old.checkpoint")
    assert found(folder) == [
        f"{folder / 'old.checkpoint'}: its name is not a size of 20 digits; name the file itself"
    ]
