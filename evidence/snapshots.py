"""A consistent read across tables, without taking a write lock."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


@contextmanager
def snapshot_read() -> Iterator[None]:
    """Everything read inside sees one state. Load ids and digests only; do no other work inside.

    SQLite: `BEGIN DEFERRED` (Django's `atomic` would begin IMMEDIATE and lock writers out).
    PostgreSQL: REPEATABLE READ, READ ONLY. Inside a caller's transaction its own view is used.
    """
    if connection.in_atomic_block:
        yield
    elif connection.vendor == "sqlite":
        yield from _deferred()
    else:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield


def _deferred() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN DEFERRED")
        try:
            yield
        finally:
            cursor.execute("COMMIT")
