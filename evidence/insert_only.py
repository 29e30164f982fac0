"""Tables that accept inserts and nothing else: refused by the model first, by triggers behind it.

The log is the proof, not the trigger: the owner of the database can drop a trigger. A system check
(`evidence.E001`) and `verify_ledger` compare what is installed with what `expected` says.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Never, TypeVar

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from evidence.errors import LedgerImmutable

M = TypeVar("M", bound=models.Model)


class InsertOnlyQuerySet(models.QuerySet[M]):
    """Refuses bulk changes with a sentence instead of a database error."""

    def update(self, **kwargs: Any) -> Never:
        raise LedgerImmutable(f"{self.model.__name__} rows are never changed")

    def delete(self) -> Never:
        raise LedgerImmutable(f"{self.model.__name__} rows are never deleted")


class InsertOnlyModel(models.Model):
    """A row is written once; `save` on a stored row and `delete` raise `LedgerImmutable`."""

    objects = InsertOnlyQuerySet.as_manager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise LedgerImmutable(f"{type(self).__name__} {self.pk} is stored and never changed")
        super().save(*args, **{**kwargs, "force_insert": True})

    def delete(self, *args: Any, **kwargs: Any) -> Never:
        raise LedgerImmutable(f"{type(self).__name__} {self.pk} is never deleted")


def expected(model: type[models.Model], vendor: str) -> dict[str, str]:
    """Trigger name → SQL that creates it, for one table on `sqlite` or `postgresql`."""
    table = model._meta.db_table
    return _SQL[vendor](table, list(_unique_keys(model)))


def installed(connection: BaseDatabaseWrapper, table: str) -> dict[str, str]:
    """Trigger name → SQL text as the database holds it now."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = %s",
                [table],
            )
        else:
            cursor.execute(
                "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
                " WHERE NOT tgisinternal AND tgrelid = to_regclass(%s) AND tgenabled <> 'D'",
                [f'"{table}"'],
            )
        return dict(cursor.fetchall())


def missing(connection: BaseDatabaseWrapper, model: type[models.Model]) -> list[str]:
    """Names of triggers that are absent or whose text differs."""
    found = installed(connection, model._meta.db_table)
    wanted = expected(model, connection.vendor)
    if connection.vendor == "sqlite":
        return sorted(name for name, sql in wanted.items() if found.get(name) != sql)
    return sorted(name for name, sql in wanted.items() if not _same_on_postgresql(found.get(name), sql))


def protected_models(models_: Iterable[type[models.Model]]) -> Iterator[type[models.Model]]:
    """Concrete insert-only models among `models_`."""
    return (m for m in models_ if issubclass(m, InsertOnlyModel) and not m._meta.abstract)


def _unique_keys(model: type[models.Model]) -> Iterator[list[str]]:
    meta = model._meta
    for field in meta.local_concrete_fields:
        if field.unique:
            yield [_column(field)]
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None:
            yield [_column(meta.get_field(name)) for name in constraint.fields]


def _column(field: Any) -> str:
    return str(field.column)


def _sqlite(table: str, keys: list[list[str]]) -> dict[str, str]:
    message = f"{table} is insert-only"
    triggers = {
        f"{table}_no_{verb.lower()}": (
            f'CREATE TRIGGER "{table}_no_{verb.lower()}" BEFORE {verb} ON "{table}"'
            f" BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        for verb in ("UPDATE", "DELETE")
    }
    # REPLACE INTO deletes the old row without firing DELETE triggers; refuse the insert instead.
    taken = " OR ".join(
        f'EXISTS (SELECT 1 FROM "{table}" WHERE '  # noqa: S608  # reason: names of our own tables
        + " AND ".join(f'"{column}" = NEW."{column}"' for column in key)
        + ")"
        for key in keys
    )
    triggers[f"{table}_no_replace"] = (
        f'CREATE TRIGGER "{table}_no_replace" BEFORE INSERT ON "{table}" WHEN {taken}'
        f" BEGIN SELECT RAISE(ABORT, '{message}: key exists'); END"
    )
    return triggers


def _postgresql(table: str, keys: list[list[str]]) -> dict[str, str]:
    return {
        f"{table}_no_change": (
            f'CREATE TRIGGER "{table}_no_change" BEFORE UPDATE OR DELETE ON "{table}"'
            " FOR EACH ROW EXECUTE FUNCTION benchseal_insert_only()"
        ),
        f"{table}_no_truncate": (
            f'CREATE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}"'
            " FOR EACH STATEMENT EXECUTE FUNCTION benchseal_insert_only()"
        ),
    }


_SQL = {"sqlite": _sqlite, "postgresql": _postgresql}

POSTGRESQL_FUNCTION = """
CREATE OR REPLACE FUNCTION benchseal_insert_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '%% is insert-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$
"""


def _same_on_postgresql(found: str | None, wanted: str) -> bool:
    # PostgreSQL prints its own normal form: compare the words that carry meaning.
    if found is None:
        return False
    words = set(found.replace('"', "").replace("public.", "").split())
    wanted_words = wanted.replace('"', "").replace("OR DELETE", "").replace("UPDATE", "").split()
    return set(wanted_words) <= words | {"OR"}
