"""What is asked and made before the server starts: the port, the folder, the secret."""

import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings as SettingsWrapper

from registry.conf import data_folder, serving, static_files


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def test_a_taken_port_is_said_with_the_next_step(taken_port: int) -> None:
    with pytest.raises(CommandError) as refused:
        call_command("serve", port=taken_port)
    assert str(refused.value) == (
        f"Port {taken_port} is taken: another program listens on 127.0.0.1:{taken_port}. "
        f"Choose another one: make run PORT={taken_port + 1}"
    )


def test_an_address_of_another_machine_is_said() -> None:
    with pytest.raises(CommandError, match=r"^Cannot listen on 192\.0\.2\.1:8000: "):
        call_command("serve", host="192.0.2.1", port=8000)


def test_a_port_without_an_answer_is_not_up(taken_port: int) -> None:
    assert not serving.answers("127.0.0.1", taken_port)


def test_the_secret_is_made_once_and_private(tmp_path: Path) -> None:
    folder = tmp_path / "var"
    data_folder.prepare(folder)
    secret = folder / "secret-key"
    before = secret.read_text()
    data_folder.prepare(folder)
    assert secret.read_text() == before
    assert len(before) > 50
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600
    assert (folder / "queue" / "messages").is_dir()


def test_static_files_are_collected_again_only_after_a_change(
    tmp_path: Path, settings: SettingsWrapper
) -> None:
    settings.STATIC_ROOT = tmp_path / "collected"
    settings.STATICFILES_DIRS = [tmp_path / "sources"]
    style = tmp_path / "sources" / "style.css"
    style.parent.mkdir()
    style.write_text("a {}")
    static_files.collect(settings.STATIC_ROOT)
    collected = settings.STATIC_ROOT / "style.css"
    collected.unlink()
    static_files.collect(settings.STATIC_ROOT)
    assert not collected.exists()
    style.write_text("a { color: red }")
    static_files.collect(settings.STATIC_ROOT)
    assert collected.read_text() == "a { color: red }"
