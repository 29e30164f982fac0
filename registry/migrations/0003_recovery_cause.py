"""One more cause of a recovery."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('registry', '0002_factors'),
    ]

    operations = [
        migrations.AlterField(
            model_name='recovery',
            name='cause',
            field=models.CharField(choices=[('password_reset', 'password set by a link sent by mail'), ('password_set', 'password set by the operator of the server'), ('factors_removed', 'second factor removed by an administrator'), ('recovery_code', 'second factor changed after logging in with a recovery code')], max_length=20),
        ),
    ]
