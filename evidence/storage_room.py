"""A full disk is a fact with a name and a next step, wherever bytes are written."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from evidence.errors import BenchsealError

FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
POSTGRESQL_FULL: Final = "53100"  # disk_full, PostgreSQL's appendix A


class StorageFull(BenchsealError):
    """No room is left where files or rows are kept; nothing was stored."""

    code = "storage_full"
    status = 507
    title = "No room is left"


@contextmanager
def room() -> Iterator[None]:
    """Raises `StorageFull` where something inside finds the disk full; any other error stays what it is."""
    try:
        yield
    except OSError as fault:
        if fault.errno not in FULL:
            raise
        raise full() from fault


def is_full(fault: BaseException) -> bool:
    """Whether a database refused to write for want of room."""
    cause = fault.__cause__
    return (
        getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
        or getattr(cause, "sqlstate", None) == POSTGRESQL_FULL
    )


def full() -> StorageFull:
    """The error with its words."""
    return StorageFull(
        "The disk that keeps files or rows is full; nothing of this was stored.",
        next_step="Ask the operator to make room, then repeat it.",
    )
