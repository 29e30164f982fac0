"""Rows that many tests begin with: made once through the real steps, put back as rows afterwards."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from django.apps import apps
from django.db import models

T = TypeVar("T")


@dataclass(frozen=True)
class Snapshot:
    """What a builder returned, and every row it wrote, by model."""

    made: object
    rows: dict[type[models.Model], list[models.Model]]


class Snapshots:
    """One snapshot for each builder and process; the steps behind it have tests of their own."""

    def __init__(self) -> None:
        self._taken: dict[str, Snapshot] = {}

    def of(self, name: str, build: Callable[[], T]) -> T:
        """What `build` makes in the current transaction; from the second call on a copy, rows and all."""
        taken = self._taken.get(name)
        if taken is None:
            before = _keys()
            made = build()
            self._taken[name] = Snapshot(copy.deepcopy(made), _rows_beyond(before))
            return made
        for model, rows in taken.rows.items():
            model._base_manager.bulk_create(copy.deepcopy(rows))
        return cast("T", copy.deepcopy(taken.made))


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]


def _keys() -> dict[type[models.Model], set[Any]]:
    return {model: set(model._base_manager.values_list("pk", flat=True)) for model in _models()}


def _rows_beyond(before: dict[type[models.Model], set[Any]]) -> dict[type[models.Model], list[models.Model]]:
    found = {model: list(model._base_manager.exclude(pk__in=before[model])) for model in _models()}
    return {model: rows for model, rows in found.items() if rows}
