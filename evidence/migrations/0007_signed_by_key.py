"""Find what a key signed: statements by their key, checkpoints by their time."""

from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):
    dependencies = [("evidence", "0006_job_indexes")]

    operations = [
        migrations.AddIndex("Statement", models.Index(fields=["key_id"], name="statement_by_key")),
        migrations.AddIndex("Checkpoint", models.Index(fields=["signed_at"], name="checkpoint_by_time")),
        Protect("Statement"),
        Protect("Checkpoint"),
    ]
