"""Models, datasets, benchmarks, metrics and criteria: each change is a new row with its own record."""

from typing import ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q

from evidence.actors import Channel
from evidence.digests import DIGEST_RE
from evidence.ids import uuid7
from evidence.models import Record
from registry.criteria import check_criteria
from registry.models.access import Project, User
from registry.querysets import CatalogueQuerySet, InProjectQuerySet

NAME = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9 ._/+:()-]{0,98}[A-Za-z0-9)]$|^[A-Za-z0-9]$",
    "A name has up to 100 letters, digits, spaces and . _ / + : ( ) -, and starts with a letter or digit.",
)
DIGEST = RegexValidator(DIGEST_RE, "A digest is sha256: and 64 small hexadecimal digits.")


class CatalogueRecord(models.Model):
    """One revision of a catalogue record. Columns named in RECORD_FIELDS make its canonical body."""

    RECORD_TYPE: ClassVar[str]
    RECORD_FIELDS: ClassVar[tuple[str, ...]]
    LATER_FIELDS: ClassVar[frozenset[str]] = frozenset()
    """Those that came later: a row that has none of them (NULL) keeps the body it was recorded with."""
    IDENTITY: ClassVar[tuple[str, ...]]
    """Fields that say which thing this is; they never change from revision to revision."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField(default=1)
    record = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    supersedes = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    responsible_persons = models.JSONField(default=list)
    channel = models.CharField(max_length=6, choices=[(c.value, c.value) for c in Channel])
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdraw_reason = models.CharField(max_length=500, blank=True)

    objects = CatalogueQuerySet.as_manager()

    class Meta:
        abstract = True

    @property
    def is_head(self) -> bool:
        """Whether no newer record supersedes this one."""
        return not hasattr(self, "superseded_by")


class Family(models.Model):
    """The named thing whose versions are recorded."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=100, validators=[NAME])
    created_at = models.DateTimeField()

    objects = InProjectQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class Model(Family):
    """A model family, as its supplier names it."""

    supplier = models.CharField(max_length=120)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="model_name_once")]


class Modality(models.TextChoices):
    """What goes in and comes out."""

    TEXT = "text"
    VISION = "vision"
    AUDIO = "audio"
    MULTIMODAL = "multimodal"
    TABULAR = "tabular"


class ModelVersion(CatalogueRecord):
    """A model version: own weights by digest, or a provider's snapshot by its id."""

    RECORD_TYPE = "model-version"
    IDENTITY = ("model", "version")
    RECORD_FIELDS = (
        "model",
        "version",
        "supplier",
        "weights_digest",
        "provider_snapshot",
        "aliases",
        "training_cutoff",
        "training_cutoff_source",
        "licence",
        "terms",
        "modality",
        "parameters",
        "sku",
        "region",
        "parent",
        "notes",
    )

    model = models.ForeignKey(Model, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=60, validators=[NAME])
    weights_digest = models.CharField(max_length=71, blank=True, validators=[DIGEST])
    provider_snapshot = models.CharField(max_length=200, blank=True)
    aliases = models.JSONField(default=list, blank=True)
    training_cutoff = models.DateField(null=True, blank=True)
    training_cutoff_source = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=120)
    terms = models.CharField(max_length=500, blank=True)
    modality = models.CharField(max_length=10, choices=Modality.choices, default=Modality.TEXT)
    parameters = models.BigIntegerField(null=True, blank=True)
    sku = models.CharField(max_length=120, blank=True)
    region = models.CharField(max_length=60, blank=True)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    notes = models.TextField(blank=True, max_length=4000)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["model", "version", "revision"], name="model_version_revision_once"
            ),
            models.CheckConstraint(
                name="model_version_has_digest_or_snapshot",
                condition=~Q(weights_digest="") | ~Q(provider_snapshot=""),
                violation_error_message="Give weights_digest or provider_snapshot.",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.version}"

    @property
    def supplier(self) -> str:
        """The family's supplier, part of the record."""
        return self.model.supplier


class Dataset(Family):
    """A dataset, over all its versions."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="dataset_name_once")]


class PrivacyClass(models.TextChoices):
    """R-065, least to most sensitive."""

    SYNTHETIC = "synthetic"
    ANONYMISED = "anonymised"
    PSEUDONYMISED = "pseudonymised"
    PERSONAL = "personal"
    SPECIAL = "special_category"


class Exposure(models.TextChoices):
    """R-023: who can have seen the items."""

    NEVER_PUBLISHED = "never_published"
    ACCESS_CONTROLLED = "access_controlled"
    PUBLISHED = "published"
    UNKNOWN = "unknown"


class Split(models.TextChoices):
    """R-022."""

    TRAIN = "train"
    DEV = "dev"
    TEST = "test"
    HELD_OUT = "held_out_private"
    UNKNOWN = "split_unknown"


class DatasetVersion(CatalogueRecord):
    """A dataset version with its provenance (R-003, R-022, R-023, R-065, R-095)."""

    RECORD_TYPE = "dataset-version"
    IDENTITY = ("dataset", "version")
    RECORD_FIELDS = (
        "dataset",
        "version",
        "content_digest",
        "source",
        "collection_method",
        "collected_from",
        "collected_to",
        "owner",
        "legal_basis",
        "licence",
        "privacy_class",
        "anonymisation_method",
        "privacy_attested_by",
        "exposure",
        "published_at",
        "item_count",
        "split",
        "split_public_at_cutoff",
        "languages",
        "annotators",
        "annotation_guideline",
        "relevance",
        "previous_version",
        "lineage_reason",
    )

    dataset = models.ForeignKey(Dataset, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=60, validators=[NAME])
    content_digest = models.CharField(max_length=71, validators=[DIGEST])
    source = models.CharField(max_length=500)
    collection_method = models.CharField(max_length=500)
    collected_from = models.DateField(null=True, blank=True)
    collected_to = models.DateField(null=True, blank=True)
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    legal_basis = models.CharField(max_length=300, blank=True)
    licence = models.CharField(max_length=120)
    privacy_class = models.CharField(max_length=16, choices=PrivacyClass.choices)
    anonymisation_method = models.CharField(max_length=300, blank=True)
    privacy_attested_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    exposure = models.CharField(max_length=17, choices=Exposure.choices)
    published_at = models.DateField(null=True, blank=True)
    item_count = models.PositiveIntegerField(validators=[MinValueValidator(1)])
    split = models.CharField(max_length=16, choices=Split.choices)
    split_public_at_cutoff = models.BooleanField(null=True, blank=True)
    languages = models.JSONField(default=list)
    annotators = models.JSONField(default=list, blank=True)
    annotation_guideline = models.CharField(max_length=300, blank=True)
    relevance = models.TextField(max_length=2000)
    previous_version = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="next_versions"
    )
    lineage_reason = models.CharField(max_length=500, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dataset", "version", "revision"], name="dataset_version_revision_once"
            ),
            models.UniqueConstraint(
                fields=["dataset", "content_digest", "revision"], name="dataset_digest_once"
            ),
            models.CheckConstraint(name="dataset_has_items", condition=Q(item_count__gte=1)),
            models.CheckConstraint(
                name="private_dataset_names_annotation",
                condition=Q(exposure__in=["published", "unknown"]) | ~Q(annotation_guideline=""),
                violation_error_message="annotation_guideline is required for a dataset that is not public.",
            ),
            models.CheckConstraint(
                name="anonymised_dataset_names_method",
                condition=~Q(privacy_class__in=["anonymised", "pseudonymised"])
                | (~Q(anonymisation_method="") & Q(privacy_attested_by__isnull=False)),
                violation_error_message=(
                    "anonymisation_method and privacy_attested_by are required for this privacy class."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dataset} {self.version}"

    @property
    def is_private(self) -> bool:
        """Whether outsiders cannot have seen the items (R-001)."""
        return self.exposure in (Exposure.NEVER_PUBLISHED, Exposure.ACCESS_CONTROLLED)

    @property
    def is_withheld(self) -> bool:
        """Whether a pack lists its files by digest only."""
        sensitive = self.privacy_class in (PrivacyClass.PERSONAL, PrivacyClass.SPECIAL)
        return sensitive or self.exposure != Exposure.PUBLISHED


class Benchmark(Family):
    """A benchmark: dataset and task; scores belong to metrics (R-029)."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "name"], name="benchmark_name_once")]


class BenchmarkKind(models.TextChoices):
    """Whose evidence this is (R-001)."""

    PUBLIC = "public"
    PRIVATE = "private"
    VENDOR = "vendor"
    ARENA = "arena"


class BenchmarkVersion(CatalogueRecord):
    """A benchmark version: task, kind and the day it became public."""

    RECORD_TYPE = "benchmark-version"
    IDENTITY = ("benchmark", "version")
    RECORD_FIELDS = (
        "benchmark",
        "version",
        "kind",
        "task",
        "aliases",
        "public_release_date",
        "licence",
        "source",
        "item_count",
        "notes",
    )

    benchmark = models.ForeignKey(Benchmark, on_delete=models.PROTECT, related_name="versions")
    version = models.CharField(max_length=60, validators=[NAME])
    kind = models.CharField(max_length=7, choices=BenchmarkKind.choices)
    task = models.CharField(max_length=200)
    aliases = models.JSONField(default=list, blank=True)
    public_release_date = models.DateField(null=True, blank=True)
    licence = models.CharField(max_length=120)
    source = models.CharField(max_length=500, blank=True)
    item_count = models.PositiveIntegerField(null=True, blank=True)
    notes = models.TextField(blank=True, max_length=4000)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["benchmark", "version", "revision"], name="benchmark_version_revision_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.benchmark} {self.version}"


class Direction(models.TextChoices):
    """Which way is better."""

    HIGHER = "higher_is_better"
    LOWER = "lower_is_better"


class MetricDefinition(CatalogueRecord):
    """What a score means (R-027, R-029, R-036): formula, unit, direction, range, aggregation, goal."""

    RECORD_TYPE = "metric-definition"
    IDENTITY = ("name",)
    RECORD_FIELDS = (
        "name",
        "formula",
        "unit",
        "direction",
        "range_low",
        "range_high",
        "aggregation",
        "is_proportion",
        "aliases",
        "goal",
    )

    name = models.CharField(max_length=100, validators=[NAME])
    formula = models.CharField(max_length=500)
    unit = models.CharField(max_length=40)
    direction = models.CharField(max_length=16, choices=Direction.choices)
    range_low = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    range_high = models.DecimalField(max_digits=18, decimal_places=6, null=True, blank=True)
    aggregation = models.CharField(max_length=80)
    is_proportion = models.BooleanField(default=False)
    aliases = models.JSONField(default=list, blank=True)
    goal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "revision"], name="metric_revision_once")
        ]

    def __str__(self) -> str:
        return self.name


class CriteriaSet(CatalogueRecord):
    """Acceptance criteria: metric, statistic, operator, threshold, slice, severity."""

    RECORD_TYPE = "criteria-set"
    IDENTITY = ("name",)
    RECORD_FIELDS = ("name", "criteria", "goal")

    name = models.CharField(max_length=100, validators=[NAME])
    criteria = models.JSONField(default=list)
    goal = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["project", "name", "revision"], name="criteria_revision_once")
        ]

    def __str__(self) -> str:
        return f"{self.name}, revision {self.revision}"

    def clean(self) -> None:
        """Each criterion has its shape; the message names the place."""
        if problems := check_criteria(self.criteria):
            raise ValidationError({"criteria": [f"{p['pointer']}: {p['detail']}" for p in problems]})
