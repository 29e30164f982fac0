"""System checks of the evidence layer."""

from collections.abc import Sequence
from typing import Any

from django.apps import apps
from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections

from evidence import insert_only


@register(Tags.database)
def insert_only_triggers(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """evidence.E001: the triggers of every insert-only table are installed and unchanged."""
    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        tables = set(connection.introspection.table_names())
        for model in insert_only.protected_models(apps.get_models()):
            if model._meta.db_table in tables:
                found += [
                    _error(model._meta.db_table, name) for name in insert_only.missing(connection, model)
                ]
    return found


def _error(table: str, trigger: str) -> CheckMessage:
    return Error(
        f"Trigger {trigger} of the insert-only table {table} is missing or changed.",
        hint="A migration that rebuilds the table must end with evidence.protection.Protect.",
        id="evidence.E001",
    )
