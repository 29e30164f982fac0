"""An installation of its own for a test, with real servers, workers and people in processes of their own.

Nothing outlives its `with` block: processes are killed by group, folders and databases are removed.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import select
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit, urlunsplit

import psycopg

from registry.conf import serving
from registry.conf.supervision import Part, Running, kill_group, start

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ANSWER_SECONDS: Final = 120.0
LEASE_SECONDS: Final = 3


class ChildCrashed(Exception):
    """An order ended in something no step foresaw."""


class NotInTime(Exception):
    """What was waited for did not come."""


@dataclass(frozen=True)
class Answer:
    """What became of an order: a value, or the code and status of a refusal."""

    value: Any = None
    refused: str = ""
    status: int = 200


@dataclass
class Child:
    """One process that carries out `tests.flows.orders`."""

    process: subprocess.Popen[str]

    def send(self, order: str, **arguments: Any) -> None:
        """Give an order without waiting for it."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"order": order, "with": arguments}) + "\n")
        self.process.stdin.flush()

    def answer(self) -> Answer:
        """The answer to the last order; raises `ChildCrashed` or `NotInTime`."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], ANSWER_SECONDS)[0]:
            raise NotInTime(f"No answer in {ANSWER_SECONDS:.0f} s")
        line = self.process.stdout.readline()
        facts: dict[str, Any] = json.loads(line) if line else {"crashed": "the process ended"}
        if "crashed" in facts:
            raise ChildCrashed(facts["crashed"])
        return Answer(facts.get("value"), facts.get("refused", ""), facts.get("status", 200))

    def ask(self, order: str, **arguments: Any) -> Any:
        """Give an order that must succeed; its value."""
        self.send(order, **arguments)
        answer = self.answer()
        assert not answer.refused, answer
        return answer.value

    def kill(self) -> None:
        """`kill -9`."""
        _end_child(self.process)


@dataclass
class Installation:
    """A data folder and a database; `with` it, everything started is ended."""

    folder: Path
    database: str
    settings: dict[str, str] = field(default_factory=dict)
    ends: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.ends.close()

    @property
    def environment(self) -> dict[str, str]:
        """What every process of the installation is started with; nothing of the test's own database."""
        kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
        return {
            **kept,
            "DJANGO_SETTINGS_MODULE": "tests.flows.settings",
            "BENCHSEAL_DATA": str(self.folder),
            "SECRET_KEY": "of-a-test-installation",
            "DATABASE_URL": self.database or f"sqlite:///{self.folder}/benchseal.sqlite3",
            "JOB_LEASE_SECONDS": str(LEASE_SECONDS),
            "TICK_SECONDS": "0.2",
            "LOG_LEVEL": "WARNING",
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    def manage(self, *arguments: str) -> str:
        """Run `manage.py`; its output, with what went wrong."""
        command = (sys.executable, "manage.py", *arguments)
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def child(self, orders: str = "tests.flows.orders") -> Child:
        """A process that takes the orders of this module, ready."""
        process = subprocess.Popen(
            (sys.executable, "-m", "tests.flows.child", orders),
            cwd=ROOT,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        self.ends.callback(_end_child, process)
        child = Child(process)
        assert child.answer().value == "ready"
        return child

    def worker(self) -> Running:
        """A Celery worker as `serve` starts it; it may need seconds to take its first message."""
        return self._started(serving.worker())

    def server(self) -> Server:
        """gunicorn as `serve` starts it, answering."""
        port = free_port()
        server = Server(self._started(serving.web("127.0.0.1", port)), port)
        wait_for(lambda: serving.answers("127.0.0.1", port), seconds=60)
        return server

    def forget_messages(self) -> int:
        """Lose every message that waits; how many were lost."""
        waiting = list((self.folder / "queue" / "messages").iterdir())
        for message in waiting:
            message.unlink()
        return len(waiting)

    def _started(self, part: Part) -> Running:
        running = start(part, environment=self.environment)
        self.ends.callback(kill_group, running.process)
        return running


@dataclass(frozen=True)
class Server:
    """A running gunicorn."""

    running: Running
    port: int

    def connection(self, timeout: float = 60) -> http.client.HTTPConnection:
        """A new connection that sends and receives in large pieces."""
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout, blocksize=1024 * 1024)

    def peak_memory(self) -> int:
        """The largest resident set any of its processes ever had, in bytes (VmHWM)."""
        return max(peak_of(pid) for pid in family(self.running.process.pid))

    def processor_seconds(self) -> float:
        """Processor time that all its processes have used."""
        return sum(processor_seconds(pid) for pid in family(self.running.process.pid))


def processor_seconds(pid: int) -> float:
    """Processor time that one process has used (user and system)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def peak_of(pid: int) -> int:
    """The largest resident set that one process ever had, in bytes (VmHWM)."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    (line,) = (line for line in lines if line.startswith("VmHWM:"))
    return int(line.split()[1]) * 1024


def free_port() -> int:
    """A port nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
    return port


def wait_for(is_so: Callable[[], bool], *, seconds: float, every: float = 0.05) -> None:
    """Ask until it is so; raises `NotInTime`."""
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise NotInTime(f"Not so after {seconds:.0f} s")
        time.sleep(every)


def kill(running: Running) -> None:
    """`kill -9`, the whole group, as a machine that loses power does."""
    kill_group(running.process)


def _end_child(process: subprocess.Popen[str]) -> None:
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            with contextlib.suppress(OSError):
                stream.close()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, 9)
    process.wait()


# --- a ground that is laid once and copied ---


@contextlib.contextmanager
def laid_ground(folder: Path, database: str) -> Iterator[Installation]:
    """Migrated, with keys, cast and catalogue; no process holds it open."""
    with _own_database(database) as own:
        folder.mkdir()
        (folder / "queue" / "messages").mkdir(parents=True)
        with Installation(folder, own) as ground:
            ground.manage("migrate", "--verbosity", "0")
            ground.child().ask("lay_ground")
        yield ground


@contextlib.contextmanager
def copy_of(
    ground: Installation, folder: Path, settings: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """An installation of its own that begins as the ground is."""
    with _own_database(ground.database, template=_name(ground.database)) as own:
        shutil.copytree(ground.folder, folder)
        with Installation(folder, own, dict(settings or {})) as installation:
            yield installation


@contextlib.contextmanager
def _own_database(server: str, template: str = "template0") -> Iterator[str]:
    """A new database beside the one of `server`, dropped at the end; nothing for SQLite."""
    if not server:
        yield ""
        return
    name = f"flow_{time.time_ns()}"
    admin = urlunsplit(urlsplit(server)._replace(path="/postgres"))
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{template}"'.encode())
        try:
            yield urlunsplit(urlsplit(server)._replace(path=f"/{name}"))
        finally:
            connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)'.encode())


def _name(database: str) -> str:
    return urlsplit(database).path.lstrip("/")
