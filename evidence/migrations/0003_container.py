"""Say of each entry under whose permissions it is read; entries written before are placed by their layer."""

from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):
    dependencies = [("evidence", "0002_insert_only")]

    operations = [
        migrations.RemoveIndex("LedgerEntry", "entry_by_actor"),
        migrations.RemoveIndex("LedgerEntry", "entry_by_kind"),
        migrations.AddField(
            "LedgerEntry",
            "container",
            models.CharField(max_length=120, blank=True, default=""),
            preserve_default=False,
        ),
        *(
            migrations.AddIndex("LedgerEntry", models.Index(fields=[*fields, "id"], name=name))
            for name, *fields in (
                ("entry_by_container", "container"),
                ("entry_by_container_subject", "container", "subject"),
                ("entry_by_container_kind", "container", "kind"),
                ("entry_by_container_actor", "container", "actor_id"),
                ("entry_by_container_channel", "container", "channel"),
            )
        ),
        Protect("LedgerEntry"),
    ]
