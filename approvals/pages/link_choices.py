"""What a draft could link next, slot by slot; only rows that the link step would accept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar
from uuid import UUID

from django.db import models

from approvals.linking import Target
from approvals.models import EvidenceLink, Release
from approvals.models.releases import Slot
from approvals.presentation.slots import Choice
from registry.access import policy
from registry.errors import NotFound
from registry.models import CatalogueRecord, DatasetVersion, MonitoringSignal, RollbackArtifact, Run
from registry.models.catalogue import BenchmarkKind
from registry.models.runs import RunStatus
from registry.querysets import CatalogueQuerySet

R = TypeVar("R", bound=CatalogueRecord)

MOST = 200


def choices_of(release: Release, links: Sequence[EvidenceLink]) -> dict[str, list[Choice]]:
    """Slot → what can be linked there and is not; four queries."""
    runs = list(
        _runs(release).exclude(pk__in=[link.run_id for link in links if link.run_id]).order_by("-pk")[:MOST]
    )
    private = [run for run in runs if run.benchmark_version.kind == BenchmarkKind.PRIVATE]
    public = [run for run in runs if run.benchmark_version.kind != BenchmarkKind.PRIVATE]
    linked = {link.rollback_id or link.signal_id or link.dataset_id for link in links}
    datasets = DatasetVersion.objects.select_related("dataset").order_by("dataset__name")
    return {
        Slot.PRIVATE_EVALUATION: [_run(run) for run in private],
        Slot.PUBLIC_EVIDENCE: [_run(run) for run in public],
        Slot.ROLLBACK: _heads(RollbackArtifact.objects.order_by("name"), release, linked),
        Slot.MONITORING: _heads(MonitoringSignal.objects.order_by("name"), release, linked),
        Slot.DATASET: _heads(datasets, release, linked),
    }


def target_of(release: Release, slot: str, value: str) -> Target:
    """The row that a posted choice names, of this project; `NotFound` otherwise."""
    project = release.project
    match slot:
        case Slot.PRIVATE_EVALUATION | Slot.PUBLIC_EVIDENCE:
            runs = Run.objects.select_related("model_version__model", "project")
            return policy.find(runs.filter(project=project), value)
        case Slot.ROLLBACK:
            return policy.find(RollbackArtifact.objects.filter(project=project), value, "name")
        case Slot.MONITORING:
            return policy.find(MonitoringSignal.objects.filter(project=project), value, "name")
        case Slot.DATASET:
            datasets = DatasetVersion.objects.select_related("dataset")
            return policy.find(datasets.filter(project=project), value, "version")
    raise NotFound(f"No slot {slot}")


def _runs(release: Release) -> models.QuerySet[Run]:
    version = release.model_version
    return Run.objects.filter(
        project=release.project_id,
        status=RunStatus.ADMITTED,
        model_version__model=version.model_id,
        model_version__version=version.version,
    ).select_related("benchmark_version__benchmark", "dataset_version__dataset")


def _run(run: Run) -> Choice:
    return Choice(run.human_id, f"{run.human_id}, {run.benchmark_version}, {run.dataset_version}")


def _heads(rows: CatalogueQuerySet[R], release: Release, linked: set[UUID | None]) -> list[Choice]:
    wanted = rows.heads().filter(project=release.project_id, withdrawn_at__isnull=True)
    return [Choice(str(row.pk), str(row)) for row in wanted.exclude(pk__in=linked - {None})[:MOST]]
