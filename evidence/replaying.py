"""Replay what the log tells of rows and name each row that says something else; never changes anything.

Rows are read in batches, each with one query for their entries: memory does not grow with the table.
An entry that says less than a row holds leaves that column uncompared; one that says otherwise is a fault.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, TypeVar

from django.db import models

from evidence.faults import Fault
from evidence.histories import Told, of_subjects
from evidence.models import LedgerEntry
from evidence.progress import Progress, silent, watched

BATCH: Final = 200
LONGEST: Final = 120
State = Mapping[str, Any]
T = TypeVar("T")


def latest(told: Sequence[Told]) -> dict[str, Any]:
    """What the entries together say: a later one replaces an earlier one, name by name."""
    return {name: value for entry in told for name, value in entry.new.items()}


@dataclass(frozen=True)
class History:
    """How one kind of thing is replayed. `state` reads a row as entries write it; no query of its own."""

    word: str
    rows: models.QuerySet[Any]
    begins: frozenset[str]
    """Kinds of entries that tell of a new row: each row has one, and each has its row."""
    state: Callable[[Any], State]
    changes: frozenset[str] = frozenset()
    """Kinds of the later entries that change a row."""
    replay: Callable[[Sequence[Told]], State] = latest


def faults(history: History, *, progress: Progress = silent) -> Iterator[Fault]:
    """Rows that differ from their entries or have none, then entries whose row is gone."""
    every = history.rows.order_by("pk").iterator(BATCH)
    for rows in batches(watched(every, f"{history.word} rows", history.rows.count(), progress)):
        subjects = [f"{history.word}:{row.pk}" for row in rows]
        told = of_subjects(subjects, history.begins | history.changes)
        for row, subject in zip(rows, subjects, strict=True):
            yield from _compare(history, row, told[subject])
    yield from _lost(history)


def differences(where: str, found: State, told: State) -> Iterator[Fault]:
    """One fault for each name that both know and that differs."""
    for name in sorted(found.keys() & told.keys()):
        if found[name] != told[name]:
            yield Fault(where, f"{name} is {_shown(found[name])}; the log says {_shown(told[name])}")


def batches(rows: Iterable[T], size: int = BATCH) -> Iterator[list[T]]:
    """Lists of at most `size` rows."""
    source = iter(rows)
    while batch := list(islice(source, size)):
        yield batch


def _compare(history: History, row: models.Model, told: Sequence[Told]) -> Iterator[Fault]:
    where = f"{history.word} {row.pk} ({row})"
    if not any(entry.kind in history.begins for entry in told):
        yield Fault(where, "no entry of the log tells of this row")
        return
    yield from differences(where, history.state(row), history.replay(told))


def _lost(history: History) -> Iterator[Fault]:
    entries = LedgerEntry.objects.filter(
        kind__in=sorted(history.begins), subject__startswith=f"{history.word}:"
    )
    known = history.rows.model._default_manager
    for subjects in batches(entries.order_by("pk").values_list("subject", flat=True).iterator(BATCH)):
        ids = [subject.partition(":")[2] for subject in subjects]
        present = {str(pk) for pk in known.filter(pk__in=ids).values_list("pk", flat=True)}
        for identifier in ids:
            if identifier not in present:
                yield Fault(f"{history.word} {identifier}", "the log tells of this row, and it is not there")


def _shown(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
