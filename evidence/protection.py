"""Migration operation that installs the insert-only triggers of one model."""

from typing import Any

from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation

from evidence import insert_only


class Protect(Operation):
    """Drop and recreate the triggers; put it last in every migration that touches the table."""

    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Triggers are no part of Django's model state."""

    def database_forwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        install(schema_editor, to_state.apps.get_model(app_label, self.model_name))

    def database_backwards(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, from_state: Any, to_state: Any
    ) -> None:
        drop(schema_editor, from_state.apps.get_model(app_label, self.model_name))

    def describe(self) -> str:
        return f"Make {self.model_name} insert-only"


def install(schema_editor: BaseDatabaseSchemaEditor, model: Any) -> None:
    """Drop and recreate the triggers of one table."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(insert_only.POSTGRESQL_FUNCTION)
    drop(schema_editor, model)
    for sql in insert_only.expected(model, schema_editor.connection.vendor).values():
        schema_editor.execute(sql)


def drop(schema_editor: BaseDatabaseSchemaEditor, model: Any) -> None:
    """Remove the triggers of one table; only migrations and the test harness do this."""
    table = model._meta.db_table
    on = f' ON "{table}"' if schema_editor.connection.vendor == "postgresql" else ""
    for name in insert_only.expected(model, schema_editor.connection.vendor):
        schema_editor.execute(f'DROP TRIGGER IF EXISTS "{name}"{on}')
