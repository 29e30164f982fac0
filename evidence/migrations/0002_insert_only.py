"""Install the insert-only triggers."""

from django.db import migrations

from evidence.protection import Protect


class Migration(migrations.Migration):
    dependencies = [("evidence", "0001_initial")]

    operations = [Protect(name) for name in ["Record", "Statement", "LedgerEntry", "LedgerPayload", "SealedLeaf", "TreeNode", "Checkpoint"]]
