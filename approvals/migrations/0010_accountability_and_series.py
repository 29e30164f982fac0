"""Who accepted the accountability statement, and series of signatures."""

import django.db.models.deletion
import evidence.ids
from django.conf import settings
from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0009_procedures'),
        ('registry', '0002_factors'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SigningSeries',
            fields=[
                ('user', models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name='+', serialize=False, to=settings.AUTH_USER_MODEL)),
                ('session', models.CharField(max_length=64)),
                ('with_factor', models.BooleanField()),
                ('last_at', models.DateTimeField()),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='approvals.signature')),
            ],
        ),
        migrations.CreateModel(
            name='Acceptance',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('version', models.PositiveSmallIntegerField()),
                ('text', models.TextField()),
                ('accepted_at', models.DateTimeField()),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='acceptances', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['version'],
                'constraints': [models.UniqueConstraint(fields=('user', 'version'), name='acceptance_once_per_person_and_version')],
            },
        ),
        Protect("Acceptance"),
    ]
