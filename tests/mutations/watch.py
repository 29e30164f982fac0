"""Watches the statements of one act and compares: a governed table that was written, and no entry."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from django.db import connection

from tests.mutations.tables import is_governed

_WRITE: Final = re.compile(
    r'\s*(?:INSERT (?:OR \w+ )?INTO|UPDATE|DELETE FROM|REPLACE INTO) "?(\w+)"?', re.IGNORECASE
)
_SET: Final = re.compile(r"\bSET\b(.*?)(?:\bWHERE\b|$)", re.IGNORECASE | re.DOTALL)
_COLUMN: Final = re.compile(r'"?(\w+)"?\s*=')
_SAVEPOINT: Final = re.compile(
    r'\s*(SAVEPOINT|ROLLBACK TO SAVEPOINT|RELEASE SAVEPOINT) "?(\w+)"?', re.IGNORECASE
)
ENTRIES: Final = "evidence_ledgerentry"


@dataclass
class Watch:
    """What an act wrote so far; what it rolled back is forgotten."""

    writes: list[str] = field(default_factory=list)
    """Governed tables, and where each savepoint began."""
    entries: int = 0
    _points: list[tuple[str, int, int]] = field(default_factory=list)

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        """A wrapper of Django's around each statement."""
        result = execute(sql, params, many, context)
        if found := _SAVEPOINT.match(sql):
            self._turn(found[1].upper(), found[2])
        elif (found := _WRITE.match(sql)) and context["cursor"].rowcount != 0:
            self._note(found[1], sql)
        return result

    @property
    def untold(self) -> list[str]:
        """Governed tables that were written although the act told the log of nothing."""
        return [] if self.entries else sorted(set(self.writes))

    @property
    def changed(self) -> bool:
        """Whether the act changed anything governed."""
        return bool(self.writes)

    def _note(self, table: str, sql: str) -> None:
        if table == ENTRIES:
            self.entries += 1
        elif is_governed(table, columns_of(sql)):
            self.writes.append(table)

    def _turn(self, word: str, name: str) -> None:
        if word == "SAVEPOINT":
            self._points.append((name, len(self.writes), self.entries))
            return
        while self._points:
            point, writes, entries = self._points.pop()
            if point == name:
                if word.startswith("ROLLBACK"):
                    del self.writes[writes:]
                    self.entries = entries
                return


def columns_of(sql: str) -> frozenset[str]:
    """The columns an UPDATE sets; nothing for a statement that makes or deletes rows."""
    found = _SET.search(sql) if sql.lstrip().upper().startswith("UPDATE") else None
    return frozenset(_COLUMN.findall(found[1])) if found else frozenset()


@contextmanager
def watching() -> Iterator[Watch]:
    """Watch the statements of this thread while the block runs."""
    watch = Watch()
    with connection.execute_wrapper(watch):
        yield watch
