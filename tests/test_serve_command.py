"""`manage.py serve` as a user runs it: real server, real worker, an empty folder, twice."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Final

import httpx
import pytest
from django.conf import settings

pytestmark = pytest.mark.slow

END_SECONDS: Final = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def visit(data: Path) -> tuple[int, int]:
    """Start, read the login page once the address is printed, press Ctrl-C: (status, exit code)."""
    port = free_port()
    outside = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    with subprocess.Popen(
        (sys.executable, "manage.py", "serve", "--port", str(port)),
        cwd=settings.BASE_DIR,
        env={**outside, "BENCHSEAL_DATA": str(data)},
        stdout=subprocess.PIPE,
        text=True,
    ) as program:
        assert program.stdout is not None
        address = f"http://localhost:{port}"
        lines = iter(program.stdout)
        assert any(line.strip() == f"Benchseal is at {address}" for line in lines)
        status = httpx.get(f"{address}/accounts/login/").status_code
        program.send_signal(signal.SIGINT)
        list(lines)
        return status, program.wait(timeout=END_SECONDS)


def test_an_empty_folder_is_served_and_a_second_start_keeps_it(tmp_path: Path) -> None:
    assert visit(tmp_path) == (200, 0)
    secret = (tmp_path / "secret-key").read_text()
    assert visit(tmp_path) == (200, 0)
    assert (tmp_path / "secret-key").read_text() == secret
