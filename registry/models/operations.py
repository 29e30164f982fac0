"""How to go back and what is watched: rollback artifacts and monitoring signals (R-082, R-083)."""

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q

from registry.models.access import User
from registry.models.catalogue import DIGEST, NAME, CatalogueRecord, Direction


class RollbackKind(models.TextChoices):
    """What a restore starts from."""

    DEPLOYMENT_MANIFEST = "deployment_manifest"
    CONTAINER_IMAGE = "container_image"
    MODEL_WEIGHTS = "model_weights"
    CONFIGURATION = "configuration"
    SNAPSHOT = "snapshot"


class RollbackArtifact(CatalogueRecord):
    """A tested way back: kind, location, digest, procedure, last test and its tester."""

    RECORD_TYPE = "rollback-artifact"
    IDENTITY = ("name",)
    RECORD_FIELDS = (
        "name",
        "kind",
        "location",
        "digest",
        "restores",
        "procedure",
        "last_tested_at",
        "tested_by",
        "recovery_seconds",
    )

    name = models.CharField(max_length=100, validators=[NAME])
    kind = models.CharField(max_length=20, choices=RollbackKind.choices)
    location = models.CharField(max_length=500)
    digest = models.CharField(max_length=71, validators=[DIGEST])
    restores = models.CharField(max_length=200)
    procedure = models.TextField(max_length=4000)
    last_tested_at = models.DateTimeField(null=True, blank=True)
    tested_by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    recovery_seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "revision"], name="rollback_revision_once"),
            models.CheckConstraint(
                name="rollback_test_names_tester",
                condition=Q(last_tested_at__isnull=True) | Q(tested_by__isnull=False),
                violation_error_message="tested_by is required with last_tested_at.",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class BreachAction(models.TextChoices):
    """What a breach does to a live release."""

    SUSPEND = "suspend"
    WATCH = "watch"


class MonitoringSignal(CatalogueRecord):
    """What is measured after release, where, against which limit, and who acts."""

    RECORD_TYPE = "monitoring-signal"
    IDENTITY = ("name",)
    RECORD_FIELDS = (
        "name",
        "metric",
        "statistic",
        "unit",
        "source",
        "threshold",
        "direction",
        "window_minutes",
        "owner",
        "action",
        "runbook",
    )

    name = models.CharField(max_length=100, validators=[NAME])
    metric = models.CharField(max_length=100)
    statistic = models.CharField(max_length=40)
    unit = models.CharField(max_length=40)
    source = models.CharField(max_length=500)
    threshold = models.DecimalField(max_digits=18, decimal_places=6)
    direction = models.CharField(max_length=16, choices=Direction.choices)
    window_minutes = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=7, choices=BreachAction.choices)
    runbook = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "revision"], name="signal_revision_once"),
            models.CheckConstraint(name="signal_has_window", condition=Q(window_minutes__gte=1)),
        ]

    def __str__(self) -> str:
        return self.name
