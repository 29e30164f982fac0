"""Counts the rows that queries give and statements write: a query may be one and read a whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass
class Rows:
    """How many so far."""

    read: int = 0
    written: int = 0
    is_counting: bool = False

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A wrapper of Django's around each statement."""
        if self.is_counting:
            return execute(sql, params, many, context)
        if sql.startswith("SELECT"):
            self.read += self._count(sql.replace(" FOR UPDATE", ""), params)
        result = execute(sql, params, many, context)
        if sql.startswith(WRITES):
            self.written += context["cursor"].rowcount
        return result

    def _count(self, sql: str, params: Any) -> int:
        self.is_counting = True
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS counted", params)  # noqa: S608  # reason: Django's
            found: int = cursor.fetchone()[0]
        self.is_counting = False
        return found


@contextmanager
def rows() -> Iterator[Rows]:
    """Count while the block runs."""
    counter = Rows()
    with connection.execute_wrapper(counter):
        yield counter
