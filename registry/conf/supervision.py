"""Run a few programs as one: they start together and end together, and none is left behind.

Never restarts anything: what died is said, the others are ended, and the exit code is not zero.
"""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import IO, Final

POLL_SECONDS: Final = 0.1
START_SECONDS: Final = 120.0
GRACE_SECONDS: Final = 15.0
STOP_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True)
class Part:
    """One program: the name its log lines carry, and its command."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True)
class Running:
    """A started part, and the thread that copies its output."""

    process: subprocess.Popen[bytes]
    relay: threading.Thread


@dataclass
class StopRequests:
    """Signals received so far: the first asks the parts to end, a second one ends them at once."""

    first: threading.Event = field(default_factory=threading.Event)
    second: threading.Event = field(default_factory=threading.Event)

    def note(self, *_: object) -> None:
        (self.second if self.first.is_set() else self.first).set()


@contextlib.contextmanager
def listening() -> Iterator[StopRequests]:
    """Take SIGINT, SIGTERM and SIGHUP as requests to stop while the block runs."""
    stop = StopRequests()
    before = {number: signal.signal(number, stop.note) for number in STOP_SIGNALS}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def supervise(
    parts: Sequence[Part],
    *,
    environment: Mapping[str, str],
    is_up: Callable[[], bool],
    announce: Callable[[], None],
    grace: float = GRACE_SECONDS,
) -> int:
    """Run `parts` until a signal comes (returns 0) or one of them ends by itself (returns 1)."""
    running: dict[str, Running] = {}
    with listening() as stop:
        try:
            for part in parts:
                running[part.name] = start(part, environment=environment)
            return watch(running, stop=stop, is_up=is_up, announce=announce)
        finally:
            end(tuple(running.values()), stop=stop, grace=grace)


def start(part: Part, *, environment: Mapping[str, str]) -> Running:
    """Start one part in a process group of its own, so that Ctrl-C reaches only the parent."""
    process = subprocess.Popen(
        part.command,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        process_group=0,
    )
    assert process.stdout is not None
    thread = threading.Thread(target=relay, args=(part.name, process.stdout), daemon=True)
    thread.start()
    return Running(process, thread)


def relay(name: str, lines: IO[bytes]) -> None:
    """Copy a part's output to ours; keep reading when nobody listens, or the part would block."""
    with lines:
        for line in lines:
            with contextlib.suppress(OSError):
                say(f"{name:<6} | {line.decode(errors='replace').rstrip()}")


def watch(
    running: Mapping[str, Running],
    *,
    stop: StopRequests,
    is_up: Callable[[], bool],
    announce: Callable[[], None],
) -> int:
    """Wait for a signal or a dead part; announce once when the parts answer."""
    deadline = time.monotonic() + START_SECONDS
    announced = False
    while not stop.first.wait(POLL_SECONDS):
        for name, part in running.items():
            if part.process.poll() is not None:
                say(f"{name} ended with exit code {part.process.returncode}; stopping the rest.")
                return 1
        if not announced and is_up():
            announced = True
            announce()
        if not announced and time.monotonic() > deadline:
            say(f"No answer after {START_SECONDS:.0f} s; stopping. The lines above say why.")
            return 1
    say("Stopping; work in progress is finished first. A second Ctrl-C does not wait.")
    return 0


def end(parts: Sequence[Running], *, stop: StopRequests, grace: float) -> None:
    """Ask each part to end, wait at most `grace` seconds for all, then kill what is left."""
    for part in parts:
        part.process.terminate()
    deadline = time.monotonic() + grace
    while time.monotonic() < deadline and not stop.second.is_set():
        if all(part.process.poll() is not None for part in parts):
            break
        time.sleep(POLL_SECONDS)
    for part in parts:
        kill_group(part.process)
        part.relay.join(timeout=1)


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill what is left of the group: a part that is dead itself may leave children."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def say(line: str) -> None:
    """Print one whole line; two threads never share a line."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
