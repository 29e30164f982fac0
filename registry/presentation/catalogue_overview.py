"""The catalogue at a glance, and which runs rest on a record."""

from dataclasses import dataclass

from django.db.models import Q

from registry.models import (
    BenchmarkVersion,
    CatalogueRecord,
    DatasetVersion,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
)
from registry.presentation.catalogue_kinds import KINDS, Kind

MOST_RUNS = 10


@dataclass(frozen=True, slots=True)
class KindCount:
    """A kind and how many of its records are in use."""

    kind: Kind
    count: int


def overview(project: Project) -> list[KindCount]:
    """Each kind with the number of its newest revisions that are not withdrawn; one query a kind."""
    return [
        KindCount(kind, kind.rows(project).heads().filter(withdrawn_at__isnull=True).count())
        for kind in KINDS
    ]


def runs_that_use(row: CatalogueRecord) -> list[Run]:
    """The newest runs that name this revision."""
    columns: dict[type[CatalogueRecord], Q] = {
        ModelVersion: Q(model_version=row.pk),
        DatasetVersion: Q(dataset_version=row.pk),
        BenchmarkVersion: Q(benchmark_version=row.pk),
        RollbackArtifact: Q(rollback_artifacts=row.pk),
        MonitoringSignal: Q(monitoring_signals=row.pk),
    }
    wanted = columns.get(type(row), Q(results__metric=row.pk))
    runs = Run.objects.filter(wanted, project=row.project_id).select_related("project")
    return list(runs.distinct().order_by("-pk")[:MOST_RUNS])
