"""The challenge log: questions of reviewers, replies, closings."""

import django.db.models.deletion
import evidence.ids
from django.conf import settings
from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0015_conditions'),
        ('evidence', '0007_signed_by_key'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Challenge',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('revision', models.PositiveIntegerField()),
                ('stage', models.CharField(max_length=4)),
                ('role', models.CharField(choices=[('submitter', 'Submitter'), ('model_owner', 'Model owner'), ('validator', 'Independent validator'), ('domain_reviewer', 'Domain reviewer'), ('security_reviewer', 'Security reviewer'), ('privacy_reviewer', 'Privacy reviewer'), ('finops_reviewer', 'FinOps reviewer'), ('compliance_reviewer', 'Compliance reviewer'), ('release_manager', 'Release manager'), ('auditor', 'Auditor'), ('admin', 'Administrator')], max_length=20)),
                ('text', models.TextField(max_length=4000)),
                ('gate', models.CharField(blank=True, max_length=40)),
                ('record_name', models.CharField(blank=True, max_length=300)),
                ('wants_evidence', models.BooleanField(default=False)),
                ('printed_name', models.CharField(max_length=120)),
                ('asked_at', models.DateTimeField()),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='challenges', to=settings.AUTH_USER_MODEL)),
                ('delegation', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='challenges', to='approvals.delegation')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.record')),
                ('release', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='challenges', to='approvals.release')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='ChallengeReply',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveIntegerField()),
                ('kind', models.CharField(choices=[('answer', 'Answer'), ('question', 'Further question')], max_length=8)),
                ('text', models.TextField(max_length=4000)),
                ('record_name', models.CharField(blank=True, max_length=300)),
                ('printed_name', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('challenge', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='replies', to='approvals.challenge')),
                ('record', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.record')),
            ],
            options={
                'ordering': ['number'],
            },
        ),
        migrations.CreateModel(
            name='ChallengeClosing',
            fields=[
                ('challenge', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='closing', serialize=False, to='approvals.challenge')),
                ('outcome', models.CharField(choices=[('satisfied', 'Satisfied'), ('withdrawn', 'Withdrawn')], max_length=9)),
                ('reason', models.TextField(blank=True, max_length=4000)),
                ('printed_name', models.CharField(max_length=120)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.UniqueConstraint(fields=('release', 'number'), name='challenge_number_once_per_release'),
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('record__isnull', True), ('record_name', '')), models.Q(('record__isnull', False), models.Q(('record_name', ''), _negated=True)), _connector='OR'), name='challenge_names_its_record'),
        ),
        migrations.AddConstraint(
            model_name='challenge',
            constraint=models.CheckConstraint(condition=models.Q(('gate', ''), ('record__isnull', True), _connector='OR'), name='challenge_about_one_thing'),
        ),
        migrations.AddConstraint(
            model_name='challengereply',
            constraint=models.UniqueConstraint(fields=('challenge', 'number'), name='reply_number_once_per_challenge'),
        ),
        migrations.AddConstraint(
            model_name='challengereply',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('record__isnull', True), ('record_name', '')), models.Q(('kind', 'answer'), ('record__isnull', False), models.Q(('record_name', ''), _negated=True)), _connector='OR'), name='reply_names_its_record'),
        ),
        migrations.AddConstraint(
            model_name='challengeclosing',
            constraint=models.CheckConstraint(condition=models.Q(('outcome', 'satisfied'), models.Q(('reason', ''), _negated=True), _connector='OR'), name='challenge_withdrawn_with_a_reason'),
        ),
        Protect("Challenge"),
        Protect("ChallengeReply"),
        Protect("ChallengeClosing"),
    ]
