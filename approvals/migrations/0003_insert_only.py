"""Install the insert-only triggers."""

from django.db import migrations

from evidence.protection import Protect


class Migration(migrations.Migration):
    dependencies = [("approvals", "0002_initial")]

    operations = [Protect(name) for name in ["Signature", "SignatureEnd", "Decision"]]
