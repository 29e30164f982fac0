"""Watches one thread: while its database transaction is open, it opens no file, socket or program.

Python tells of each by an audit event (PEP 578), from whichever library it comes. Key files are allowed:
they are read at the first signature of a process and kept. What a database driver opens in C is not seen.
"""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.db import connection

EVENTS: Final = frozenset(
    {"open", "socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.rename", "os.remove", "os.mkdir"}
)
OURS: Final = ("evidence", "registry", "approvals")
ROOT: Final = Path(__file__).resolve().parent.parent


@dataclass
class Watch:
    """What was seen, each with the line of ours that led to it."""

    depth: int
    thread: int
    seen: list[str] = field(default_factory=list)

    def note(self, event: str, arguments: tuple[Any, ...]) -> None:
        """Called for every event of the interpreter: cheap, and never raises."""
        if event not in EVENTS or threading.get_ident() != self.thread or depth() <= self.depth:
            return
        target = str(arguments[1] if event.startswith("socket") else arguments[0])
        if not _is_allowed(target):
            self.seen.append(f"{event} {target} by {_culprit()}")


_WATCHES: Final[list[Watch]] = []


def depth() -> int:
    """How many transactions and savepoints this thread has open; the test's own count as well."""
    return 1 + len(connection.savepoint_ids) if connection.in_atomic_block else 0


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch this thread while the block runs; compare `seen` with nothing afterwards."""
    watch = Watch(depth(), threading.get_ident())
    _WATCHES.append(watch)
    try:
        yield watch
    finally:
        _WATCHES.remove(watch)


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    for watch in _WATCHES:
        watch.note(event, arguments)


sys.addaudithook(_hook)  # cannot be taken away again; without a watch it does nothing


def _is_allowed(target: str) -> bool:
    # A module imported late is opened by the import system; its bytes are code, not data.
    is_code = target.endswith((".py", ".pyc")) or "/__pycache__" in target
    return is_code or target.startswith(str(settings.KEYS_DIR))


def _culprit() -> str:
    for frame, line in traceback.walk_stack(None):
        path = Path(frame.f_code.co_filename)
        if path.is_relative_to(ROOT) and path.relative_to(ROOT).parts[0] in OURS:
            return f"{path.relative_to(ROOT)}:{line} {frame.f_code.co_name}"
    return "a test"
