"""Waivers of gates: the request, its signed decision, and its end."""

import django.db.models.deletion
import evidence.ids
from django.conf import settings
from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0010_accountability_and_series'),
        ('evidence', '0007_signed_by_key'),
        ('registry', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Waiver',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('revision', models.PositiveIntegerField(default=1)),
                ('created_at', models.DateTimeField()),
                ('responsible_persons', models.JSONField(default=list)),
                ('channel', models.CharField(choices=[('ui', 'ui'), ('api', 'api'), ('cli', 'cli'), ('system', 'system')], max_length=6)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
                ('withdraw_reason', models.CharField(blank=True, max_length=500)),
                ('human_id', models.CharField(max_length=48, unique=True)),
                ('gate', models.CharField(max_length=40)),
                ('criterion', models.CharField(blank=True, max_length=600)),
                ('finding', models.JSONField(default=dict)),
                ('measure', models.TextField(max_length=4000)),
                ('reason', models.TextField(max_length=4000)),
                ('starts_at', models.DateTimeField(blank=True, null=True)),
                ('expires_at', models.DateTimeField()),
                ('renewal', models.PositiveSmallIntegerField(default=0)),
                ('created_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('owner', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='owned_waivers', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='registry.project')),
                ('record', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.record')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waivers', to='approvals.release')),
                ('renewal_of', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='renewals', to='approvals.waiver')),
                ('supersedes', models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='superseded_by', to='approvals.waiver')),
            ],
        ),
        migrations.CreateModel(
            name='WaiverDecision',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('action', models.CharField(choices=[('approve', 'Approved'), ('reject', 'Rejected')], max_length=7)),
                ('printed_name', models.CharField(max_length=120)),
                ('role', models.CharField(max_length=20)),
                ('meaning', models.CharField(max_length=300)),
                ('comment', models.TextField(blank=True, max_length=4000)),
                ('methods', models.JSONField(default=list)),
                ('signed_at', models.DateTimeField()),
                ('signer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='waiver_decisions', to=settings.AUTH_USER_MODEL)),
                ('waiver', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='decision', to='approvals.waiver')),
                ('statement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='waiver_decision', to='evidence.statement')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='WaiverEnd',
            fields=[
                ('waiver', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='end', serialize=False, to='approvals.waiver')),
                ('kind', models.CharField(choices=[('closed', 'Closed'), ('renewed', 'Renewed'), ('expired', 'Expired')], max_length=7)),
                ('ended_at', models.DateTimeField()),
                ('reason', models.TextField(max_length=4000)),
                ('by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.AddIndex(
            model_name='waiver',
            index=models.Index(fields=['project', '-id'], name='waiver_by_project'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(('gate__in', ('GATE_EVIDENCE', 'GATE_OWNER', 'GATE_PRIVATE_EVAL', 'GATE_QUORUM')), _negated=True), name='waiver_gate_is_waivable'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('gate', 'GATE_CRITERIA'), models.Q(('criterion', ''), _negated=True)), models.Q(models.Q(('gate', 'GATE_CRITERIA'), _negated=True), ('criterion', '')), _connector='OR'), name='waiver_names_its_criterion'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('renewal', 0), ('renewal_of__isnull', True)), models.Q(('renewal__gte', 1), ('renewal__lte', 2), ('renewal_of__isnull', False)), _connector='OR'), name='waiver_renewed_twice_at_most'),
        ),
        migrations.AddConstraint(
            model_name='waiver',
            constraint=models.CheckConstraint(condition=models.Q(('expires_at__gt', models.F('created_at')), models.Q(('starts_at__isnull', True), ('expires_at__gt', models.F('starts_at')), _connector='OR')), name='waiver_ends_after_it_begins'),
        ),
        Protect("WaiverDecision"),
        Protect("WaiverEnd"),
    ]
