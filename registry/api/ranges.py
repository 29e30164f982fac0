"""One byte range of a stored file (RFC 9110, section 14); several ranges are answered with the whole."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import IO

_RANGE = re.compile(r"bytes=\s*(\d{0,18})-(\d{0,18})\s*\Z", re.ASCII)


@dataclass(frozen=True)
class Span:
    """Bytes from `start` to `stop`, `stop` not included."""

    start: int
    stop: int

    @property
    def length(self) -> int:
        """Number of bytes."""
        return self.stop - self.start


class RangeUnsatisfiable(Exception):
    """The range lies outside the file: 416."""


def wanted(headers: Mapping[str, str], *, size: int, etag: str) -> Span | None:
    """The range asked for; None means the whole file. Raises `RangeUnsatisfiable`."""
    match = _RANGE.match(headers.get("Range", ""))
    if match is None or headers.get("If-Range", etag) != etag:
        return None
    first, last = match.groups()
    if not first and not last:
        return None
    return _span(first, last, size)


def _span(first: str, last: str, size: int) -> Span | None:
    if not first:
        start, stop = max(0, size - int(last)), size
    elif last and int(last) < int(first):
        return None
    else:
        start, stop = int(first), min(size, int(last) + 1) if last else size
    if start >= stop:
        raise RangeUnsatisfiable
    return Span(start, stop)


class Slice:
    """The bytes of a span, read in chunks; closing it closes the file."""

    def __init__(self, file: IO[bytes], span: Span) -> None:
        file.seek(span.start)
        self._file = file
        self._left = span.length

    def read(self, size: int = -1) -> bytes:
        chunk = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(chunk)
        return chunk

    def close(self) -> None:
        self._file.close()
