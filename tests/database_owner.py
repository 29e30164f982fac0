"""Somebody who owns the database: the triggers of insert-only tables do not hold him."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.apps import apps
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from evidence import insert_only


@contextmanager
def owner_of_the_database() -> Iterator[CursorWrapper]:
    """Somebody whom no trigger holds; all is put back afterwards."""
    with transaction.atomic(), connection.cursor() as cursor:
        connection.check_constraints()  # PostgreSQL drops no trigger while a constraint waits
        mark = transaction.savepoint()
        for model in insert_only.protected_models(apps.get_models()):
            suffix = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""
            for name in insert_only.expected(model, connection.vendor):
                cursor.execute(f'DROP TRIGGER "{name}"{suffix}')
        yield cursor
        transaction.savepoint_rollback(mark)
