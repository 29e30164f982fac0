"""Drafts of policy versions, who had a hand in them, and their signed publication."""

import django.db.models.deletion
import evidence.ids
from django.conf import settings
from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0016_challenges'),
        ('evidence', '0007_signed_by_key'),
        ('registry', '0003_recovery_cause'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterField(
            model_name='signingchallenge',
            name='release',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='approvals.release'),
        ),
        migrations.CreateModel(
            name='PolicyDraft',
            fields=[
                ('id', models.UUIDField(default=evidence.ids.uuid7, editable=False, primary_key=True, serialize=False)),
                ('tiers', models.JSONField()),
                ('stages', models.JSONField()),
                ('state', models.CharField(choices=[('open', 'Open'), ('proposed', 'Proposed'), ('published', 'Published'), ('discarded', 'Discarded')], default='open', max_length=9)),
                ('begun_at', models.DateTimeField()),
                ('proposed_at', models.DateTimeField(null=True)),
                ('reason', models.CharField(blank=True, max_length=500)),
                ('closed_at', models.DateTimeField(null=True)),
                ('close_reason', models.CharField(blank=True, max_length=500)),
                ('base', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='drafts', to='approvals.policy')),
                ('begun_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('closed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('project', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='policy_drafts', to='registry.project')),
                ('proposal', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='evidence.record')),
                ('proposed_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-id'],
            },
        ),
        migrations.CreateModel(
            name='PolicyHand',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('part', models.CharField(choices=[('wrote', 'Wrote'), ('published', 'Published')], max_length=9)),
                ('at', models.DateTimeField()),
                ('draft', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hands', to='approvals.policydraft')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['id'],
            },
        ),
        migrations.CreateModel(
            name='PolicyPublication',
            fields=[
                ('policy', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='publication', serialize=False, to='approvals.policy')),
                ('printed_name', models.CharField(max_length=120)),
                ('role', models.CharField(max_length=20)),
                ('meaning', models.CharField(max_length=300)),
                ('comment', models.TextField(blank=True, max_length=4000)),
                ('methods', models.JSONField(default=list)),
                ('signed_at', models.DateTimeField()),
                ('draft', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='publication', to='approvals.policydraft')),
                ('proposer', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('publisher', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('statement', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='policy_publication', to='evidence.statement')),
            ],
        ),
        migrations.AddIndex(
            model_name='policydraft',
            index=models.Index(fields=['project', '-id'], name='policy_draft_by_project'),
        ),
        migrations.AddConstraint(
            model_name='policydraft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('proposal', None), ('proposed_at__isnull', True), ('proposed_by__isnull', True), ('state', 'open')), models.Q(('proposal__isnull', False), ('proposed_at__isnull', False), ('proposed_by__isnull', False), ('state__in', ['proposed', 'published'])), ('state', 'discarded'), _connector='OR'), name='policy_draft_proposed_as_a_whole'),
        ),
        migrations.AddConstraint(
            model_name='policydraft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at__isnull', True), ('closed_by__isnull', True), ('state__in', ('open', 'proposed'))), models.Q(models.Q(('state__in', ('open', 'proposed')), _negated=True), ('closed_at__isnull', False), ('closed_by__isnull', False)), _connector='OR'), name='policy_draft_closed_by_somebody'),
        ),
        migrations.AddConstraint(
            model_name='policydraft',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'published'), _negated=True), models.Q(('closed_by', models.F('proposed_by')), _negated=True), _connector='OR'), name='policy_draft_published_by_another'),
        ),
        migrations.AddConstraint(
            model_name='policyhand',
            constraint=models.UniqueConstraint(fields=('draft', 'person'), name='policy_draft_one_part_for_each_person'),
        ),
        migrations.AddConstraint(
            model_name='policyhand',
            constraint=models.UniqueConstraint(condition=models.Q(('part', 'published')), fields=('draft',), name='policy_draft_published_once'),
        ),
        migrations.AddConstraint(
            model_name='policypublication',
            constraint=models.CheckConstraint(condition=models.Q(('proposer', models.F('publisher')), _negated=True), name='policy_published_by_another'),
        ),
        Protect("PolicyHand"),
        Protect("PolicyPublication"),
    ]
