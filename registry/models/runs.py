"""Submissions and the runs they become. A run is immutable once admitted; a correction is a new run."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from evidence.ids import uuid7
from evidence.models import Job, Record, Statement
from registry.models.access import ApiToken, Project, User
from registry.models.artifacts import Artifact
from registry.models.catalogue import BenchmarkVersion, DatasetVersion, MetricDefinition, ModelVersion
from registry.models.operations import MonitoringSignal, RollbackArtifact
from registry.querysets import InProjectQuerySet, RunQuerySet


class SubmissionState(models.TextChoices):
    """Where a submission is."""

    RECEIVED = "received"
    READING = "reading"
    ADMITTED = "admitted"
    REFUSED = "refused"


class Submission(models.Model):
    """What an engineer posted, until it is admitted as a run or refused with findings."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="submissions")
    external_id = models.CharField(max_length=120)
    document = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=SubmissionState.choices, default=SubmissionState.RECEIVED)
    findings = models.JSONField(default=list)
    received_at = models.DateTimeField()
    received_from = models.ForeignKey(User, on_delete=models.PROTECT, related_name="submissions")
    token = models.ForeignKey(ApiToken, null=True, on_delete=models.PROTECT, related_name="submissions")
    job = models.ForeignKey(Job, null=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = InProjectQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="submission_by_project")]
        constraints = [
            models.UniqueConstraint(
                fields=["project", "external_id"],
                condition=~Q(state="refused"),
                name="external_id_once_unless_refused",
            )
        ]

    def __str__(self) -> str:
        return self.external_id


class RunStatus(models.TextChoices):
    """An admitted run counts until it is voided."""

    ADMITTED = "admitted"
    VOID = "void"


class Run(models.Model):
    """One benchmark run. Everything but its status is frozen in its record and attested."""

    RECORD_TYPE: ClassVar[str] = "run"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="runs")
    human_id = models.CharField(max_length=40, unique=True)
    submission = models.OneToOneField(Submission, on_delete=models.PROTECT, related_name="run")
    external_id = models.CharField(max_length=120)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_runs")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="uploaded_runs")
    responsible_persons = models.JSONField(default=list)
    model_version = models.ForeignKey(ModelVersion, on_delete=models.PROTECT, related_name="runs")
    benchmark_version = models.ForeignKey(BenchmarkVersion, on_delete=models.PROTECT, related_name="runs")
    dataset_version = models.ForeignKey(DatasetVersion, on_delete=models.PROTECT, related_name="runs")
    stage = models.CharField(max_length=10)
    origin_kind = models.CharField(max_length=6)
    split = models.CharField(max_length=16)
    reader = models.CharField(max_length=20)
    reader_version = models.CharField(max_length=20)
    harness = models.JSONField(default=dict)
    environment = models.JSONField(default=dict)
    conditions = models.JSONField(default=dict)
    not_covered = models.TextField()
    origins = models.JSONField(default=list)
    completeness = models.JSONField(default=dict)
    findings = models.JSONField(default=list)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    received_at = models.DateTimeField()
    admitted_at = models.DateTimeField()
    record = models.OneToOneField(Record, on_delete=models.PROTECT, related_name="+")
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="+")
    corrects = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="corrections"
    )
    correction_reason = models.CharField(max_length=500, blank=True)
    status = models.CharField(max_length=8, choices=RunStatus.choices, default=RunStatus.ADMITTED)
    voided_at = models.DateTimeField(null=True)
    voided_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    void_reason = models.CharField(max_length=500, blank=True)
    rollback_artifacts = models.ManyToManyField(RollbackArtifact, related_name="runs")
    monitoring_signals = models.ManyToManyField(MonitoringSignal, related_name="runs")

    objects = RunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="run_by_project")]
        constraints = [
            models.CheckConstraint(
                name="void_run_has_reason",
                condition=Q(status="admitted", voided_at__isnull=True)
                | (Q(status="void", voided_at__isnull=False) & ~Q(void_reason="")),
            )
        ]

    def __str__(self) -> str:
        return self.human_id


class RunArtifact(models.Model):
    """A file of a run, with the name and the role the uploader gave it."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="files")
    artifact = models.ForeignKey(Artifact, on_delete=models.PROTECT, related_name="uses")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=255)
    role = models.CharField(max_length=12)
    media_type = models.CharField(max_length=120)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["run", "position"], name="run_file_position_once")]

    def __str__(self) -> str:
        return self.name


class MetricResult(models.Model):
    """One measured value. Proportions are integers k and n; a value that is no number is a typed state."""

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="results")
    position = models.PositiveSmallIntegerField()
    metric = models.ForeignKey(MetricDefinition, null=True, on_delete=models.PROTECT, related_name="results")
    name = models.CharField(max_length=160)
    slice = models.CharField(max_length=160, blank=True)
    statistic = models.CharField(max_length=40, default="mean")
    value = models.CharField(max_length=60)
    value_state = models.CharField(max_length=8, default="finite")
    unit = models.CharField(max_length=40, blank=True)
    k = models.BigIntegerField(null=True)
    n = models.BigIntegerField(null=True)
    stderr = models.CharField(max_length=60, blank=True)
    ci_low = models.CharField(max_length=30, blank=True)
    ci_high = models.CharField(max_length=30, blank=True)
    ci_method = models.CharField(max_length=20, blank=True)
    k_source = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["run", "name", "slice", "statistic"], name="metric_result_once"),
            models.CheckConstraint(
                name="metric_result_k_within_n",
                condition=Q(k__isnull=True) | (Q(n__isnull=False) & Q(k__gte=0) & Q(k__lte=models.F("n"))),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.slice}"
