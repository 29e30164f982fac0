"""Emergency releases, reviews after the fact and reinstatements are revisions with a purpose."""

from django.conf import settings
from django.db import migrations, models

from evidence.protection import Protect


class Migration(migrations.Migration):

    dependencies = [
        ('approvals', '0008_policy_stages'),
        ('evidence', '0007_signed_by_key'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='policy',
            name='procedures',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='release',
            name='afterwards_due_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='release',
            name='emergency_ends_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='releaserevision',
            name='cause',
            field=models.TextField(blank=True, max_length=4000),
        ),
        migrations.AddField(
            model_name='releaserevision',
            name='hours',
            field=models.PositiveSmallIntegerField(null=True),
        ),
        migrations.AddField(
            model_name='releaserevision',
            name='incident',
            field=models.CharField(blank=True, max_length=120),
        ),
        migrations.AddField(
            model_name='releaserevision',
            name='purpose',
            field=models.CharField(choices=[('review', 'Review'), ('emergency', 'Emergency release'), ('afterwards', 'Review after the fact'), ('reinstatement', 'Reinstatement')], default='review', max_length=13),
        ),
        migrations.AlterField(
            model_name='decision',
            name='action',
            field=models.CharField(max_length=24),
        ),
        migrations.AddConstraint(
            model_name='releaserevision',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('hours__gte', 1), ('hours__isnull', False), ('hours__lte', 72), ('purpose', 'emergency'), models.Q(('incident', ''), _negated=True), models.Q(('cause', ''), _negated=True)), models.Q(models.Q(('purpose', 'emergency'), _negated=True), ('hours__isnull', True), ('incident', '')), _connector='OR'), name='emergency_names_incident_and_hours'),
        ),
        Protect("Decision"),
    ]
