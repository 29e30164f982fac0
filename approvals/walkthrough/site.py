"""A real installation for a walkthrough: empty folder, free port, server and worker of `manage.py serve`."""

from __future__ import annotations

import os
import secrets
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings

from approvals.walkthrough.visitor import StepFailed
from registry.conf import serving

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 90.0
STOP_SECONDS: Final = 30.0
PASSED_ON: Final = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "PYTHONPATH", "TERM")
PROJECT: Final = "HARBOR"
ADMINISTRATOR: Final = "adam"


@dataclass(frozen=True)
class Site:
    """Where it answers, who administers it, and the fingerprint that `bootstrap` printed."""

    address: str
    administrator: str
    password: str
    pack_key: str


@contextmanager
def running(folder: Path) -> Iterator[Site]:
    """Set the installation up, start it, and end it with the block."""
    port, password = free_port(), secrets.token_urlsafe(18)
    environment = _environment(folder, password)
    said = _bootstrap(environment)
    with (folder / "serve.log").open("w") as log, _served(port, environment, log.fileno()) as process:
        _wait(process, port, folder / "serve.log")
        yield Site(f"http://localhost:{port}", ADMINISTRATOR, password, _pack_key(said))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.create_server((HOST, 0)) as found:
        port: int = found.getsockname()[1]
    return port


def _environment(folder: Path, password: str) -> dict[str, str]:
    # Nothing of the caller's own settings: the walkthrough never touches another installation.
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return kept | {
        "BENCHSEAL_DATA": str(folder),
        "BENCHSEAL_ADMIN_PASSWORD": password,
        "OPERATOR": "HarborSure Insurance (made)",
        "LOG_LEVEL": "WARNING",
    }


def _bootstrap(environment: Mapping[str, str]) -> str:
    command = (
        *(sys.executable, "manage.py", "bootstrap", "--project", PROJECT, "--name", "Claims models"),
        *("--account", ADMINISTRATOR, "--printed-name", "Adam Holt", "--email", "adam@harborsure.example"),
    )
    done = subprocess.run(
        command, cwd=settings.BASE_DIR, env=dict(environment), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise StepFailed(f"bootstrap failed:\n{done.stderr[-2000:]}")
    return done.stdout


@contextmanager
def _served(port: int, environment: Mapping[str, str], log: int) -> Iterator[subprocess.Popen[bytes]]:
    command = (sys.executable, "manage.py", "serve", "--host", HOST, "--port", str(port))
    process = subprocess.Popen(
        command,
        cwd=settings.BASE_DIR,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if serving.answers(HOST, port):
            return
        time.sleep(0.1)
    raise StepFailed(f"the server did not start:\n{log.read_text()[-2000:]}")


def _pack_key(said: str) -> str:
    line = next(line for line in said.splitlines() if line.startswith("Key fingerprint"))
    return line.partition(":")[2].replace(" ", "")
