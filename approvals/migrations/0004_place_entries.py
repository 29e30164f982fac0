"""Place the entries that were written before an entry said its container."""

from collections import defaultdict

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from evidence.protection import drop, install
from registry.subjects import containers_of

BATCH = 500


def place(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Entries of accounts, keys and the organisation keep the empty container."""
    entry = apps.get_model("evidence", "LedgerEntry")
    drop(schema_editor, entry)
    rows = entry.objects.order_by("pk")
    while batch := list(rows.values_list("pk", "subject")[:BATCH]):
        containers = containers_of([subject for _, subject in batch], apps)
        keys = defaultdict(list)
        for key, subject in batch:
            keys[containers.get(subject, "")].append(key)
        for container, found in keys.items():
            entry.objects.filter(pk__in=found).update(container=container)
        rows = rows.filter(pk__gt=batch[-1][0])
    install(schema_editor, entry)


class Migration(migrations.Migration):
    dependencies = [
        ("approvals", "0003_insert_only"),
        ("evidence", "0003_container"),
        ("registry", "0001_initial"),
    ]

    operations = [migrations.RunPython(place, migrations.RunPython.noop)]
