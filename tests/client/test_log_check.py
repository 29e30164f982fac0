"""`benchseal log check` against the real API: what was kept outside is compared with the log as it is now."""

import json
import shutil
from pathlib import Path

import pytest
from benchseal import cli
from pytest_django import Settings

from evidence import clock, notes, sealing
from evidence.canonical import jcs
from evidence.keymaking import make_keys
from evidence.models import Checkpoint
from evidence.signing import KeyUse, active_key, load_signer, published_keys
from tests.cast import Cast
from tests.evidence.tampered_log import cut_to, execute, put_back_into_the_queue, rewrite, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def kept(cast: Cast, real_api: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A checkpoint that Ines kept before the log grew on."""
    monkeypatch.setenv("BENCHSEAL_TOKEN", cast.token("ines"))
    tell(5)
    path = tmp_path / "kept.checkpoint"
    path.write_text(newest().note)
    tell(4)
    return path


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    """The published list, kept as well."""
    path = tmp_path / "benchseal-keys.json"
    path.write_bytes(jcs(published_keys()))
    return path


def newest() -> Checkpoint:
    return Checkpoint.objects.order_by("-size")[0]


def check(
    path: Path, capsys: pytest.CaptureFixture[str], *more: str
) -> tuple[int, str, dict[str, tuple[str, str]]]:
    """Exit code, words, and state and reason of each item."""
    capsys.readouterr()
    code = cli.run(["log", "check", str(path), "--json", *more])
    answer = json.loads(capsys.readouterr().out)
    items = {item["name"]: (item["state"], item["reason"]) for item in answer["items"]}
    assert answer["exit_code"] == code
    return code, answer["words"], items


def test_a_log_that_only_grew_begins_with_what_was_kept(
    kept: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words, items = check(kept, capsys, "--trust", str(keys))
    assert (code, words) == (0, "the log still begins with what this checkpoint holds")
    assert {state for state, _ in items.values()} == {"ok"}
    assert "4 came since" in items["history"][1]


def test_without_a_key_from_elsewhere_the_origin_is_not_proved(
    kept: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, words, items = check(kept, capsys)
    assert (code, words) == (2, "the log still begins with what this checkpoint holds")
    assert items["key of the log"][0] == "unchecked"


def test_the_outcome_is_said_in_words(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["log", "check", str(kept)]) == 2
    said = capsys.readouterr().out
    assert "the log still begins with what this checkpoint holds" in said
    assert "whoever answers for the installation also gave the key" in said


def test_a_log_that_has_not_grown_is_the_same(
    kept: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.write_text(newest().note)
    assert check(kept, capsys, "--trust", str(keys))[0] == 0


@pytest.mark.parametrize("same_size", [False, True])
def test_history_rewritten_with_the_key_is_found(
    kept: Path, keys: Path, same_size: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    if same_size:
        kept.write_text(newest().note)
    rewrite(signer=load_signer(KeyUse.LOG), sizes=[newest().size])
    code, words, items = check(kept, capsys, "--trust", str(keys))
    assert (code, words) == (1, "history was rewritten")
    assert items["history"][0] == "bad"


def test_history_that_the_worker_was_made_to_sign_anew_is_found(
    kept: Path, keys: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute("UPDATE evidence_ledgerentry SET kind = 'other' WHERE subject = 'thing:2'")
    put_back_into_the_queue()
    sealing.seal()
    assert check(kept, capsys, "--trust", str(keys))[:2] == (1, "history was rewritten")


def test_a_log_put_back_is_found(kept: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = newest().size
    kept.write_text(newest().note)
    cut_to(size - 4)
    code, words, items = check(kept, capsys, "--trust", str(keys))
    assert (code, words) == (1, "the log is shorter than it was: it was put back")
    assert items["history"] == ("bad", f"It had {size} entries and has {size - 4}: 4 are missing.")


def test_a_pack_of_another_history_under_the_same_key_is_found(
    kept: Path, keys: Path, pack_bytes: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    pack = kept.with_name("pack.zip")
    pack.write_bytes(pack_bytes)
    code, words, _ = check(pack, capsys, "--trust", str(keys))
    assert (code, words) == (1, "history was rewritten")


def test_a_checkpoint_that_the_log_did_not_sign_proves_nothing(
    kept: Path, keys: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    text = notes.checkpoint_text(settings.LOG_ORIGIN, 5, bytes(32))
    kept.write_text(text + "\n" + newest().note.rpartition("\n\n")[2])
    code, words, items = check(kept, capsys, "--trust", str(keys))
    assert (code, words) == (1, "what this checkpoint holds proves nothing about this log")
    assert "signed by no key of the log" in items["what was kept"][1]


@pytest.mark.parametrize("body", [b"", b"a text\n\nmore", b"PK and more", b"\xff" * 10, b"x" * 70_000])
def test_what_is_no_checkpoint_proves_nothing(
    kept: Path, keys: Path, body: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.write_bytes(body)
    code, words, _ = check(kept, capsys, "--trust", str(keys))
    assert code == 1
    assert "proves nothing" in words


def test_another_log_or_key_that_answers_is_found(
    kept: Path,
    keys: Path,
    settings: Settings,
    key_folder: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    other = kept.with_name("keys")
    shutil.copytree(key_folder, other)
    (other / "log.key.pem").unlink()
    make_keys(other, origin=settings.LOG_ORIGIN, operator="Test operator", now=clock.now())
    settings.KEYS_DIR = other
    tell(1)
    code, words, items = check(kept, capsys, "--trust", str(keys))
    assert (code, words) == (1, "the newest head of the log is not signed by its key")
    assert "obtain the list again" in items["newest head"][1]
    keys.write_bytes(jcs(published_keys()))
    assert check(kept, capsys, "--trust", str(keys))[0] == 0


def test_a_key_id_is_enough_for_a_pack_alone(kept: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key = str(active_key(KeyUse.PACK)["key_id"])
    assert cli.run(["log", "check", str(kept), "--trust", key]) == 64
    assert "A key id proves a pack alone" in capsys.readouterr().err
