"""Two programs run as one: real processes, started, stopped and killed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from registry.conf.supervision import Part, supervise

WAITS = "import time; time.sleep(60)"
STUBBORN = (
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN);"
    "print('ready', flush=True); time.sleep(60)"
)
# Runs in a process of its own: signals go to the whole program, not to the test.
PROGRAM = """
import os, pathlib, sys
from registry.conf.supervision import Part, supervise
pids = pathlib.Path(sys.argv[1])
code = "import os, pathlib, sys; pathlib.Path(sys.argv[1], str(os.getpid())).touch();" + sys.argv[2]
parts = [Part(name, (sys.executable, "-c", code, str(pids))) for name in ("web", "worker")]
sys.exit(supervise(
    parts,
    environment=os.environ,
    is_up=lambda: len(list(pids.iterdir())) == 2,
    announce=lambda: print("UP", flush=True),
    grace=float(sys.argv[3]),
))
"""


Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the parts say that they run; nothing else lies here."""
    path = tmp_path / "running"
    path.mkdir()
    return path


@pytest.fixture
def start(folder: Path) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def begin(code: str, *, grace: float = 10) -> subprocess.Popen[str]:
            command = (sys.executable, "-c", PROGRAM, str(folder), code, str(grace))
            return stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))

        yield begin


def read_until(program: subprocess.Popen[str], *wanted: str) -> None:
    assert program.stdout is not None
    left = set(wanted)
    for line in program.stdout:
        left.discard(line.strip())
        if not left:
            return
    pytest.fail(f"the program ended without {left}")


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def children(folder: Path) -> list[int]:
    return [int(entry.name) for entry in folder.iterdir()]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_both_and_is_no_failure(folder: Path, start: Start, number: signal.Signals) -> None:
    program = start(WAITS)
    read_until(program, "UP")
    program.send_signal(number)
    assert program.wait(timeout=20) == 0
    assert not any(is_alive(pid) for pid in children(folder))


def test_a_dead_part_ends_the_other_and_is_a_failure(folder: Path, start: Start) -> None:
    program = start(WAITS)
    read_until(program, "UP")
    os.kill(children(folder)[0], signal.SIGKILL)
    assert program.wait(timeout=20) == 1
    assert not any(is_alive(pid) for pid in children(folder))


def test_a_part_that_ignores_the_request_is_killed_after_the_grace(folder: Path, start: Start) -> None:
    program = start(STUBBORN, grace=0.3)
    read_until(program, "UP", "web    | ready", "worker | ready")
    program.terminate()
    assert program.wait(timeout=20) == 0
    assert not any(is_alive(pid) for pid in children(folder))


def test_a_second_signal_does_not_wait_for_the_grace(folder: Path, start: Start) -> None:
    program = start(STUBBORN, grace=60)
    read_until(program, "UP", "web    | ready", "worker | ready")
    program.terminate()
    time.sleep(0.5)
    program.terminate()
    assert program.wait(timeout=20) == 0
    assert not any(is_alive(pid) for pid in children(folder))


def test_lines_carry_the_name_of_their_part(capsys: pytest.CaptureFixture[str]) -> None:
    part = Part("worker", (sys.executable, "-c", "print('hello'); print('twice')"))
    code = supervise([part], environment=os.environ, is_up=lambda: False, announce=lambda: None)
    out = capsys.readouterr().out
    assert "worker | hello\nworker | twice\n" in out
    assert "worker ended with exit code 0; stopping the rest." in out
    assert code == 1
