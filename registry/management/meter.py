"""A line on a terminal that says how far a long command is, how fast, and how long it will take."""

import sys
import time
from typing import TextIO

EVERY_SECONDS = 0.2
MINUTE = 60


class Meter:
    """Shows progress on a terminal, and nothing anywhere else; `clear` before other lines are written.

    `read` holds how many of each there were.
    """

    def __init__(self, stream: TextIO = sys.stderr) -> None:
        self._stream = stream
        self._is_shown = stream.isatty()
        self.read: dict[str, int] = {}
        self._what = ""
        self._began = self._told = 0.0

    def __call__(self, what: str, done: int, total: int) -> None:
        """Tell how many of how many were read."""
        self.read[what] = done
        now = time.monotonic()
        if what != self._what:
            self._what, self._began, self._told = what, now, 0.0
        if self._is_shown and (now - self._told >= EVERY_SECONDS or done == total):
            self._told = now
            self._write(line(what, done, total, now - self._began))

    def clear(self) -> None:
        """Take the line away."""
        if self._is_shown:
            self._write("")

    def _write(self, text: str) -> None:
        self._stream.write(f"\r\x1b[2K{text}")
        self._stream.flush()


def line(what: str, done: int, total: int, seconds: float) -> str:
    """`entries  300,000 of 1,000,000  30%  12,000 a second  58 s left`."""
    parts = [what, f"{done:,} of {total:,}" if total else f"{done:,}"]
    if total:
        parts.append(f"{100 * done // total}%")
    if done and seconds > 0:
        rate = done / seconds
        parts.append(f"{rate:,.0f} a second")
        if total > done:
            parts.append(f"{_time((total - done) / rate)} left")
    return "  ".join(parts)


def _time(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole} s" if whole < MINUTE else f"{whole // MINUTE} min {whole % MINUTE:02} s"
