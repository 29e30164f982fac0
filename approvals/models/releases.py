"""Deployments, releases, their revisions and the evidence they link."""

from typing import Final

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from approvals.models.policies import Policy
from approvals.states import LIVE, SIGNED_STATES, State
from evidence.ids import uuid7
from evidence.models import Record
from registry.models import (
    CriteriaSet,
    DatasetVersion,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
    User,
)
from registry.querysets import InProjectQuerySet

SLUG = RegexValidator(r"^[a-z0-9][a-z0-9-]{0,58}[a-z0-9]$", "Small letters, digits and hyphens, 2 to 60.")


class Tier(models.TextChoices):
    """How much signoff a release needs."""

    LOW = "low", "Low"
    MODERATE = "moderate", "Moderate"
    HIGH = "high", "High"
    CRITICAL = "critical", "Critical"


class Deployment(models.Model):
    """Where a model runs; at most one release of it is live."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="deployments")
    name = models.CharField(max_length=60, validators=[SLUG])
    environment = models.CharField(max_length=60, validators=[SLUG])
    description = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = InProjectQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "environment"], name="deployment_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} in {self.environment}"


class Release(models.Model):
    """A decision about one model version in one deployment."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    human_id = models.CharField(max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="releases")
    deployment = models.ForeignKey(Deployment, on_delete=models.PROTECT, related_name="releases")
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="releases")
    criteria = models.ForeignKey(
        CriteriaSet, null=True, blank=True, on_delete=models.PROTECT, related_name="releases"
    )
    policy = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="releases")
    title = models.CharField(max_length=160)
    intended_use = models.TextField(max_length=4000)
    out_of_scope = models.TextField(max_length=4000, blank=True)
    tier = models.CharField(max_length=8, choices=Tier.choices)
    tier_answers = models.JSONField(default=dict)
    tier_set = models.CharField(max_length=8, choices=Tier.choices, blank=True)
    """The tier a person set, in place of the one that follows from the answers; empty where nobody did."""
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="owned_releases"
    )
    state = models.CharField(max_length=20, choices=State.choices, default=State.DRAFT)
    revision = models.PositiveIntegerField(default=1)
    optional_stages = models.JSONField(default=list, blank=True)
    opened_at = models.DateTimeField()
    opened_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    responsible_persons = models.JSONField(default=list)
    state_since = models.DateTimeField()
    approved_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)
    valid_until = models.DateTimeField(null=True, blank=True)
    review_at = models.DateTimeField(null=True, blank=True)
    emergency_ends_at = models.DateTimeField(null=True, blank=True)
    afterwards_due_at = models.DateTimeField(null=True, blank=True)

    objects = InProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="release_by_project")]
        constraints = [
            models.UniqueConstraint(
                fields=["deployment"],
                condition=Q(state__in=sorted(LIVE)),
                name="one_live_release_per_deployment",
            )
        ]

    def __str__(self) -> str:
        return self.human_id


class Purpose(models.TextChoices):
    """What the signatures of a revision lead to."""

    REVIEW = "review", "Review"
    EMERGENCY = "emergency", "Emergency release"
    AFTERWARDS = "afterwards", "Review after the fact"
    REINSTATEMENT = "reinstatement", "Reinstatement"


class ReleaseRevision(models.Model):
    """One frozen state of a release; `manifest` is what people sign."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    manifest = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    submitted_at = models.DateTimeField()
    submitted_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    purpose = models.CharField(max_length=13, choices=Purpose.choices, default=Purpose.REVIEW)
    cause = models.TextField(max_length=4000, blank=True)
    """Why it is signed in another way than the usual review."""
    incident = models.CharField(max_length=120, blank=True)
    hours = models.PositiveSmallIntegerField(null=True)
    """How long an emergency release may be live."""
    gates = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["release", "number"], name="revision_once_per_release"),
            models.CheckConstraint(
                name="emergency_names_incident_and_hours",
                condition=(
                    Q(purpose="emergency", hours__isnull=False, hours__gte=1, hours__lte=72)
                    & ~Q(incident="")
                    & ~Q(cause="")
                )
                | (~Q(purpose="emergency") & Q(hours__isnull=True, incident="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release}, revision {self.number}"

    @property
    def headline(self) -> str:
        """`Emergency release, incident INC-7, at most 48 hours`."""
        words = str(Purpose(self.purpose).label)
        return f"{words}, incident {self.incident}, at most {self.hours} hours" if self.incident else words

    def takes_signatures(self, state: str) -> bool:
        """Whether stages of this revision are signed while the release is in this state."""
        return state in SIGNED_IN[Purpose(self.purpose)]


SIGNED_IN: Final[dict[Purpose, frozenset[State]]] = {
    Purpose.REVIEW: SIGNED_STATES,
    Purpose.EMERGENCY: frozenset({State.IN_REVIEW}),
    Purpose.AFTERWARDS: frozenset({State.EMERGENCY_RELEASED, State.SUSPENDED}),
    Purpose.REINSTATEMENT: frozenset({State.SUSPENDED}),
}
"""Purpose → states of the release in which the stages of such a revision are signed."""


class Slot(models.TextChoices):
    """What a link is for."""

    PRIVATE_EVALUATION = "private_evaluation", "Private evaluation"
    PUBLIC_EVIDENCE = "public_evidence", "Public evidence"
    ROLLBACK = "rollback", "Rollback artifact"
    MONITORING = "monitoring", "Monitoring signal"
    DATASET = "dataset", "Dataset"


class EvidenceLink(models.Model):
    """One thing a release rests on; removed links stay as history."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="links")
    slot = models.CharField(max_length=20, choices=Slot.choices)
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="links")
    rollback = models.ForeignKey(RollbackArtifact, null=True, on_delete=models.PROTECT, related_name="links")
    signal = models.ForeignKey(MonitoringSignal, null=True, on_delete=models.PROTECT, related_name="links")
    dataset = models.ForeignKey(DatasetVersion, null=True, on_delete=models.PROTECT, related_name="links")
    linked_at = models.DateTimeField()
    linked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    unlinked_at = models.DateTimeField(null=True)
    unlinked_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="link_has_one_target",
                condition=(
                    Q(slot__in=["private_evaluation", "public_evidence"], run__isnull=False)
                    & Q(rollback__isnull=True, signal__isnull=True, dataset__isnull=True)
                )
                | (
                    Q(slot="rollback", rollback__isnull=False)
                    & Q(run__isnull=True, signal__isnull=True, dataset__isnull=True)
                )
                | (
                    Q(slot="monitoring", signal__isnull=False)
                    & Q(run__isnull=True, rollback__isnull=True, dataset__isnull=True)
                )
                | (
                    Q(slot="dataset", dataset__isnull=False)
                    & Q(run__isnull=True, rollback__isnull=True, signal__isnull=True)
                ),
            ),
            models.UniqueConstraint(
                fields=["release", "run"], condition=Q(unlinked_at__isnull=True), name="run_linked_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slot} of {self.release_id}"


class ReviewNote(models.Model):
    """What a person said when asking for changes, declining, rejecting or withdrawing."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="notes")
    revision = models.PositiveIntegerField()
    action = models.CharField(max_length=20)
    stage = models.CharField(max_length=4, blank=True)
    text = models.TextField(max_length=4000)
    items = models.JSONField(default=list)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["-at"]

    def __str__(self) -> str:
        return f"{self.action} of {self.release_id}"
