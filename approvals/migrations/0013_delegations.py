"""Delegations, and signatures that one person gives for another."""

import django.db.models.deletion
import evidence.ids
from django.conf import settings
from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0012_tier_set'),
        ('evidence', '0007_signed_by_key'),
        ('registry', '0003_recovery_cause'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='signature',
            name='on_behalf_name',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='signature',
            name='on_behalf_of',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.CreateModel(
            name='Delegation',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('stage', models.CharField(max_length=4)),
                ('role', models.CharField(choices=[('submitter', 'Submitter'), ('model_owner', 'Model owner'), ('validator', 'Independent validator'), ('domain_reviewer', 'Domain reviewer'), ('security_reviewer', 'Security reviewer'), ('privacy_reviewer', 'Privacy reviewer'), ('finops_reviewer', 'FinOps reviewer'), ('compliance_reviewer', 'Compliance reviewer'), ('release_manager', 'Release manager'), ('auditor', 'Auditor'), ('admin', 'Administrator')], max_length=20)),
                ('starts_at', models.DateTimeField()),
                ('ends_at', models.DateTimeField()),
                ('reason', models.CharField(max_length=500)),
                ('made_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('ending', models.CharField(blank=True, choices=[('revoked', 'Revoked'), ('declined', 'Declined'), ('ended', 'Ended by an administrator')], max_length=8)),
                ('end_reason', models.CharField(blank=True, max_length=500)),
                ('delegate', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations_received', to=settings.AUTH_USER_MODEL)),
                ('delegator', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations_given', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='registry.project')),
                ('release', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='delegations', to='approvals.release')),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.AddField(
            model_name='signature',
            name='delegation',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='signatures', to='approvals.delegation'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.UniqueConstraint(fields=('stage', 'on_behalf_of'), name='signature_once_for_a_person_and_stage'),
        ),
        migrations.AddConstraint(
            model_name='signature',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delegation__isnull', True), ('on_behalf_name', ''), ('on_behalf_of__isnull', True)), models.Q(('delegation__isnull', False), ('on_behalf_of__isnull', False), models.Q(('on_behalf_of', models.F('signer')), _negated=True), models.Q(('on_behalf_name', ''), _negated=True)), _connector='OR'), name='signature_for_another_by_delegation'),
        ),
        migrations.AddIndex(
            model_name='delegation',
            index=models.Index(fields=['delegate', 'project'], name='delegation_by_delegate'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('delegator', models.F('delegate')), _negated=True), name='delegation_not_to_oneself'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(('ends_at__gt', models.F('starts_at'))), name='delegation_ends_after_start'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ended_by__isnull', True), ('ending', '')), models.Q(('ended_at__isnull', False), ('ended_by__isnull', False), models.Q(('ending', ''), _negated=True)), _connector='OR'), name='delegation_ended_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('release__isnull', True)), fields=('project', 'delegator', 'delegate', 'stage', 'starts_at'), name='delegation_once_from_a_start'),
        ),
        migrations.AddConstraint(
            model_name='delegation',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True), ('release__isnull', False)), fields=('release', 'delegator', 'delegate', 'stage', 'starts_at'), name='delegation_of_release_once_from_a_start'),
        ),
        Protect("Signature"),
    ]
