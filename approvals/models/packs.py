"""Evidence packs: the row says which bytes were issued; the bytes lie in the vault for ever."""

from django.db import models
from django.db.models import F, Q

from approvals.models.releases import Release
from evidence.ids import uuid7
from evidence.models import Blob, Job
from registry.models import Project, Run, User
from registry.querysets import InProjectQuerySet


class PackScope(models.TextChoices):
    """What a pack is about."""

    RELEASE = "release", "Release"
    RUN = "run", "One run"
    SAMPLE = "sample", "Random sample of runs"
    PERIOD = "period", "Audit period"


def _names_its_target() -> Q:
    """Each scope has what it asks for, and nothing of another scope."""
    none = {"release": None, "run": None, "sample_size": None, "period_since": None, "period_until": None}
    return (
        Q(scope=PackScope.RELEASE, release__isnull=False, **_without(none, "release"))
        | Q(scope=PackScope.RUN, run__isnull=False, **_without(none, "run"))
        | Q(scope=PackScope.SAMPLE, sample_size__gte=1, **_without(none, "sample_size"))
        | Q(
            scope=PackScope.PERIOD,
            period_since__isnull=False,
            period_until__isnull=False,
            period_since__lt=F("period_until"),
            **_without(none, "period_since", "period_until"),
        )
    )


def _without(facts: dict[str, None], *names: str) -> dict[str, None]:
    return {name: value for name, value in facts.items() if name not in names}


class Pack(models.Model):
    """A pack asked for and, once its job is done, issued. A new state is a new version.

    Versions are counted for each release, each run and each period. A sample is drawn anew each time, so its
    versions count the draws of the project: whoever draws until a sample pleases is seen.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    human_id = models.CharField(max_length=40, unique=True)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="packs")
    scope = models.CharField(max_length=10, choices=PackScope.choices, default=PackScope.RELEASE)
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="packs")
    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="packs")
    sample_size = models.PositiveIntegerField(null=True)
    population_digest = models.CharField(max_length=71, blank=True)
    period_since = models.DateTimeField(null=True)
    period_until = models.DateTimeField(null=True)
    version = models.PositiveIntegerField()
    include_private = models.BooleanField(default=False)
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    job = models.OneToOneField(Job, null=True, on_delete=models.PROTECT, related_name="pack")
    issued_at = models.DateTimeField(null=True)
    blob = models.ForeignKey(Blob, null=True, on_delete=models.PROTECT, related_name="+")
    record_digest = models.CharField(max_length=71, blank=True)
    pdf_digest = models.CharField(max_length=71, blank=True)
    pages = models.PositiveIntegerField(default=0)
    checkpoint_size = models.BigIntegerField(null=True)
    supersedes = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="superseded_by"
    )

    objects = InProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["project", "-id"], name="pack_by_project"),
            models.Index(fields=["issued_at"], name="pack_by_issue"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["release", "version"], name="pack_version_once_per_release"),
            models.UniqueConstraint(fields=["run", "version"], name="pack_version_once_per_run"),
            models.UniqueConstraint(
                fields=["project", "version"],
                condition=Q(scope=PackScope.SAMPLE),
                name="pack_draw_once_per_project",
            ),
            models.UniqueConstraint(
                fields=["project", "period_since", "period_until", "version"],
                name="pack_version_once_per_period",
            ),
            models.CheckConstraint(name="pack_names_what_its_scope_asks", condition=_names_its_target()),
        ]

    def __str__(self) -> str:
        return self.human_id

    @property
    def about(self) -> str:
        """What it is about, by the id people know; its own id for a sample or a period."""
        about = self.release or self.run
        return about.human_id if about else self.human_id

    def alike(self) -> "models.QuerySet[Pack]":
        """Packs of the same thing; those of a sample are only itself, each draw being another."""
        if self.scope == PackScope.SAMPLE:
            return Pack.objects.filter(pk=self.pk)
        return Pack.objects.filter(
            project=self.project_id,
            scope=self.scope,
            release=self.release_id,
            run=self.run_id,
            period_since=self.period_since,
            period_until=self.period_until,
        )
