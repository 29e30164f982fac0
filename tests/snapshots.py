"""States that many tests begin with: reached once through the real steps, put back as rows and files.

A state is known by its name and by the last entry of the log before it: where that is another one, the
steps are taken again. So a test that did something of its own first never gets a state that ignores it.
The steps themselves have tests of their own, which do not begin here.
"""

from __future__ import annotations

import io
import pickle
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

from django.apps import apps
from django.conf import settings
from django.db import connection

from evidence import clock
from evidence.models import LedgerEntry

T = TypeVar("T")
Row = tuple[Any, ...]
Rows = dict[Any, Row]

_real_time = clock.now


@dataclass(frozen=True)
class Table:
    """One table with its columns, the primary key first."""

    name: str
    columns: tuple[str, ...]

    def read(self) -> Rows:
        """Every row by its key, as the database holds it."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self._listed} FROM {self.name}")  # noqa: S608  # reason: names of models
            return {row[0]: tuple(row) for row in cursor.fetchall()}

    def insert(self, rows: list[Row]) -> None:
        """Write rows with their keys."""
        marks = ", ".join(["%s"] * len(self.columns))
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {self.name} ({self._listed}) VALUES ({marks})", rows)  # noqa: S608  # reason: names of models

    def update(self, rows: list[Row]) -> None:
        """Write all other columns of rows that are there."""
        assigned = ", ".join(f'"{column}" = %s' for column in self.columns[1:])
        with connection.cursor() as cursor:
            cursor.executemany(
                f'UPDATE {self.name} SET {assigned} WHERE "{self.columns[0]}" = %s',  # noqa: S608  # reason: names of models
                [(*row[1:], row[0]) for row in rows],
            )

    def delete(self, keys: list[Any]) -> None:
        """Take rows out."""
        with connection.cursor() as cursor:
            cursor.executemany(
                f'DELETE FROM {self.name} WHERE "{self.columns[0]}" = %s',  # noqa: S608  # reason: names of models
                [(key,) for key in keys],
            )

    @property
    def _listed(self) -> str:
        return ", ".join(f'"{column}"' for column in self.columns)


@dataclass(frozen=True)
class Change:
    """What happened to one table."""

    table: Table
    added: list[Row]
    changed: list[Row]
    gone: list[Any]

    @property
    def is_any(self) -> bool:
        """Whether something happened at all."""
        return bool(self.added or self.changed or self.gone)

    def repeat(self) -> None:
        """Do the same again."""
        if self.gone:
            self.table.delete(self.gone)
        if self.added:
            self.table.insert(self.added)
        if self.changed:
            self.table.update(self.changed)


@dataclass(frozen=True)
class Snapshot:
    """What a builder returned, and everything that it did to tables and to the data folder."""

    made: bytes
    changes: list[Change]
    files: dict[str, bytes]

    def put_back(self) -> None:
        """Rows and files as they were."""
        for change in self.changes:
            change.repeat()
        for name, body in self.files.items():
            path = Path(settings.DATA_DIR) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(body)


_taken: dict[Hashable, Snapshot] = {}
_seen_once: set[Hashable] = set()


def reached(
    name: str, build: Callable[[], T], *, around: object = None, given: Hashable = (), often: bool = True
) -> T:
    """What `build` makes, rows and files in place; from the second call on without taking its steps.

    `around` is an object that what is made refers to: it stays the caller's own. `given` is everything
    that `build` depends on beside the rows. What is not made often is remembered from its second time on.
    A test that moved the clock takes the steps, and so does one outside a transaction: its database may
    be another process's, too.
    """
    if clock.now is not _real_time or not connection.in_atomic_block:
        return build()
    key = (name, given, LedgerEntry.objects.order_by("-pk").values_list("pk", flat=True).first())
    taken = _taken.get(key)
    if taken is None and not often and key not in _seen_once:
        _seen_once.add(key)
        return build()
    if taken is None:
        before, files = _all_rows(), _all_files()
        made = build()
        _taken[key] = Snapshot(_dump(made, around), _changes(before), _new_files(files))
        return made
    taken.put_back()
    return cast("T", _load(taken.made, around))


def _tables() -> list[Table]:
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return [_table(model._meta) for model in models]


def _table(meta: Any) -> Table:
    columns = [field.column for field in meta.concrete_fields]
    key = meta.pk.column
    return Table(meta.db_table, (key, *(column for column in columns if column != key)))


def _all_rows() -> dict[Table, Rows]:
    return {table: table.read() for table in _tables()}


def _changes(before: dict[Table, Rows]) -> list[Change]:
    found = [_change(table, rows, table.read()) for table, rows in before.items()]
    return [change for change in found if change.is_any]


def _change(table: Table, before: Rows, after: Rows) -> Change:
    return Change(
        table=table,
        added=[row for key, row in after.items() if key not in before],
        changed=[row for key, row in after.items() if key in before and before[key] != row],
        gone=[key for key in before if key not in after],
    )


def _all_files() -> set[str]:
    folder = Path(settings.DATA_DIR)
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def _new_files(before: set[str]) -> dict[str, bytes]:
    return {name: (Path(settings.DATA_DIR) / name).read_bytes() for name in _all_files() - before}


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, around: object) -> None:
        super().__init__(file)
        self._around = around

    def persistent_id(self, obj: Any) -> str | None:
        return "around" if obj is self._around and obj is not None else None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, around: object) -> None:
        super().__init__(file)
        self._around = around

    def persistent_load(self, _: str) -> object:
        return self._around


def _dump(made: object, around: object) -> bytes:
    file = io.BytesIO()
    _Pickler(file, around).dump(made)
    return file.getvalue()


def _load(made: bytes, around: object) -> object:
    return _Unpickler(io.BytesIO(made), around).load()
