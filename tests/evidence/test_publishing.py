"""Checkpoints leave the database by themselves, each target for itself, and nothing is ever overwritten."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from evidence import clock, publishing
from evidence.models import Checkpoint, Publication
from evidence.publishing import file_name, publish
from tests.evidence.tampered_log import tell
from tests.evidence.time_authority import Page, authority
from tests.no_io_in_transactions import watching

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(tmp_path: Path, settings: Settings) -> Path:
    folder = tmp_path / "published"
    folder.mkdir()
    settings.CHECKPOINT_TARGETS = [str(folder)]
    return folder


def note(size: int) -> str:
    return Checkpoint.objects.get(size=size).note


def state(target: str) -> tuple[int | None, str]:
    row = Publication.objects.get(target=target)
    return row.size, row.error


def later(monkeypatch: pytest.MonkeyPatch, seconds: int) -> None:
    moment = clock.now() + timedelta(seconds=seconds)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_each_newest_checkpoint_becomes_a_file_that_nobody_writes_again(folder: Path) -> None:
    tell(3)
    publish()
    tell(2)
    publish()
    publish()
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "00000000000000000003.checkpoint": note(3),
        "00000000000000000005.checkpoint": note(5),
    }
    assert {path.stat().st_mode & 0o777 for path in folder.iterdir()} == {0o444}
    assert state(str(folder)) == (5, "")


def test_an_empty_log_publishes_nothing(folder: Path) -> None:
    publish()
    assert list(folder.iterdir()) == []
    assert not Publication.objects.exists()


def test_other_content_at_the_same_size_is_an_error_and_stays(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / file_name(3)).write_text("of another log")
    tell(3)
    publish()
    assert (folder / file_name(3)).read_text() == "of another log"
    assert [path.name for path in folder.iterdir()] == [file_name(3)]
    size, error = state(str(folder))
    assert size is None
    assert error.startswith(f"{file_name(3)} is there with other content and was left as it is")
    assert str(folder) in caplog.text


def test_a_file_already_there_with_the_same_content_is_published(folder: Path) -> None:
    tell(3)
    (folder / file_name(3)).write_text(note(3))
    publish()
    assert state(str(folder)) == (3, "")


def test_an_address_gets_the_note_as_text(settings: Settings) -> None:
    tell(3)
    got: list[bytes] = []

    def take(body: bytes) -> bytes:
        got.append(body)
        return b"thanks"

    with authority(take) as server:
        settings.CHECKPOINT_TARGETS = [server.url]
        publish()
        publish()
    assert got == [note(3).encode()]
    assert state(server.url) == (3, "")


def test_a_target_that_fails_stops_no_other_and_is_tried_again_later(
    folder: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(3)
    replies: Iterator[bytes | Page] = iter([Page(status=503), b"", b""])
    with authority(lambda _: next(replies)) as server:
        settings.CHECKPOINT_TARGETS = [server.url, str(folder / "missing"), str(folder)]
        publish()
        assert state(server.url) == (None, "it answered with the HTTP status 503")
        assert "No such file or directory" in state(str(folder / "missing"))[1]
        assert state(str(folder)) == (3, "")
        publish()
        assert server.asked == 1
        later(monkeypatch, 3)
        publish()
        assert server.asked == 2
        assert state(server.url) == (3, "")


def test_pauses_grow_to_five_minutes(settings: Settings, tmp_path: Path) -> None:
    tell(1)
    settings.CHECKPOINT_TARGETS = [str(tmp_path / "missing")]
    pauses = []
    for _ in range(10):
        Publication.objects.update(retry_at=None)
        publish()
        row = Publication.objects.get()
        assert row.retry_at is not None
        pauses.append(round((row.retry_at - clock.now()).total_seconds()))
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]


def test_a_redirect_is_not_followed(settings: Settings) -> None:
    tell(1)
    with authority(lambda _: b"") as other:
        away = Page(status=307, headers={"Location": other.url})
        with authority(lambda _: away) as server:
            settings.CHECKPOINT_TARGETS = [server.url]
            publish()
            assert state(server.url) == (None, "it redirects (HTTP status 307), which is not followed")
    assert other.asked == 0


def test_a_silent_address_is_given_up(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "POST_SECONDS", 0.1)
    tell(1)
    with authority(lambda _: Page(pieces=(b"late",), pause=0.3)) as server:
        settings.CHECKPOINT_TARGETS = [server.url]
        publish()
        assert state(server.url) == (None, "the connection failed (timed out)")


def test_an_address_is_shown_without_password_and_query(settings: Settings) -> None:
    tell(1)
    settings.CHECKPOINT_TARGETS = ["http://user:secret@127.0.0.1:9/log?key=secret"]
    publish()
    row = Publication.objects.get()
    assert row.target == "http://127.0.0.1:9/log"
    assert "secret" not in row.error


def test_nothing_is_written_or_sent_inside_a_transaction(folder: Path, settings: Settings) -> None:
    tell(1)
    with authority(lambda _: b"") as server:
        settings.CHECKPOINT_TARGETS = [str(folder), server.url]
        with watching() as watch:
            publish()
    assert watch.seen == []
    assert [path.name for path in folder.iterdir()] == [file_name(1)]
