"""How to go back and what is watched: rollback artifacts and monitoring signals (R-082, R-083)."""

from decimal import Decimal

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q

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
        "clear_threshold",
        "minimum_minutes",
        "staleness_minutes",
    )
    LATER_FIELDS = frozenset({"clear_threshold", "minimum_minutes", "staleness_minutes"})

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
    clear_threshold = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    """What a value has to come back to before a breach ends; the limit itself where there is none."""
    minimum_minutes = models.PositiveIntegerField(null=True, blank=True)
    """How long a value is beyond the limit before it is a breach; the whole window where there is none."""
    staleness_minutes = models.PositiveIntegerField(null=True, blank=True, validators=[MinValueValidator(1)])
    """How old the newest reading may be before data are missing; silence says nothing where there is none."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "revision"], name="signal_revision_once"),
            models.CheckConstraint(name="signal_has_window", condition=Q(window_minutes__gte=1)),
            models.CheckConstraint(
                name="signal_clears_on_the_good_side",
                condition=Q(clear_threshold__isnull=True)
                | Q(direction=Direction.LOWER, clear_threshold__lte=F("threshold"))
                | Q(direction=Direction.HIGHER, clear_threshold__gte=F("threshold")),
                violation_error_message="clear_threshold lies on the good side of threshold, or is the same.",
            ),
            models.CheckConstraint(
                name="signal_minimum_fits_its_window",
                condition=Q(minimum_minutes__isnull=True) | Q(minimum_minutes__lte=F("window_minutes")),
                violation_error_message="minimum_minutes is not longer than window_minutes.",
            ),
            models.CheckConstraint(
                name="signal_has_staleness",
                condition=Q(staleness_minutes__isnull=True) | Q(staleness_minutes__gte=1),
            ),
        ]

    @property
    def clears_at(self) -> Decimal:
        """What a value has to come back to before a breach ends."""
        return self.threshold if self.clear_threshold is None else self.clear_threshold

    @property
    def lasting_minutes(self) -> int:
        """How long a value is beyond the limit before it is a breach."""
        return self.window_minutes if self.minimum_minutes is None else self.minimum_minutes

    def __str__(self) -> str:
        return self.name
