"""What the pure rules look at, loaded in a fixed number of queries; no rule reads the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from approvals.models import EvidenceLink, Release, Waiver
from approvals.models.releases import Slot
from registry import catalogue
from registry.models import (
    BenchmarkVersion,
    CatalogueRecord,
    CriteriaSet,
    DatasetVersion,
    MetricDefinition,
    MetricResult,
    ModelVersion,
    MonitoringSignal,
    RollbackArtifact,
    Run,
)
from registry.models.runs import RunStatus

R = TypeVar("R", bound=CatalogueRecord)


@dataclass(frozen=True)
class LinkedRun:
    """A run with what it rests on, at its newest revisions."""

    slot: str
    run: Run
    dataset: DatasetVersion
    benchmark: BenchmarkVersion
    results: Sequence[MetricResult]
    is_corrected: bool

    @property
    def stands(self) -> bool:
        """Whether the run still counts as evidence."""
        return self.run.status == RunStatus.ADMITTED and not self.is_corrected


@dataclass(frozen=True)
class ReleaseFacts:
    """Everything the gates and the manifest need about one release at one moment."""

    release: Release
    model: ModelVersion
    runs: Sequence[LinkedRun]
    datasets: Sequence[DatasetVersion]
    rollbacks: Sequence[RollbackArtifact]
    signals: Sequence[MonitoringSignal]
    criteria: CriteriaSet | None
    metrics: Mapping[str, MetricDefinition]
    eligible: Mapping[str, int]
    moment: datetime
    waivers: Sequence[Waiver] = ()
    """Approved and not ended; whether one is in force now, the clock says."""

    @property
    def has_waiver(self) -> bool:
        """Whether a waiver is present: then compliance signs once more than the policy asks."""
        return bool(self.waivers)

    @property
    def tier_rules(self) -> Mapping[str, Any]:
        """The policy's rules of the release's tier."""
        rules: Mapping[str, Any] = self.release.policy.tiers[self.release.tier]
        return rules


def heads_of(rows: Iterable[R]) -> dict[Any, R]:
    """Row id → newest revision of the same thing; a fixed number of queries for any number of rows."""
    heads = {row.pk: row for row in rows}
    if not heads:
        return {}
    kind: type[R] = type(next(iter(heads.values())))
    # Revision by revision: all rows that moved on are asked for at once.
    moving = {pk: pk for pk in heads}
    while moving:
        newer = catalogue.rows(kind).filter(supersedes__in=list(moving)).select_related(*_related(kind))
        following = {row.supersedes.pk: row for row in newer if row.supersedes is not None}
        heads |= {origin: following[pk] for pk, origin in moving.items() if pk in following}
        moving = {following[pk].pk: origin for pk, origin in moving.items() if pk in following}
    return heads


def links_of(release: Release) -> list[EvidenceLink]:
    """Standing links with everything they point at."""
    return list(
        EvidenceLink.objects.filter(release=release, unlinked_at__isnull=True)
        .select_related(
            "run__model_version__model",
            "run__dataset_version__dataset",
            "run__benchmark_version__benchmark",
            "run__owner",
            "rollback__tested_by",
            "signal__owner",
            "dataset__dataset",
        )
        .order_by("linked_at", "pk")
    )


def load(release: Release, *, eligible: Mapping[str, int], moment: datetime) -> ReleaseFacts:
    """The facts of a release now."""
    links = links_of(release)
    runs = _runs([link for link in links if link.run is not None])
    metric_names = _metric_names(release)
    return ReleaseFacts(
        release=release,
        model=heads_of([release.model_version])[release.model_version_id],
        runs=runs,
        datasets=list(heads_of([link.dataset for link in links if link.dataset is not None]).values()),
        rollbacks=list(heads_of([link.rollback for link in links if link.rollback is not None]).values()),
        signals=list(heads_of([link.signal for link in links if link.signal is not None]).values()),
        criteria=_criteria(release),
        metrics={
            row.name: row
            for row in MetricDefinition.objects.heads().filter(
                project=release.project_id, name__in=metric_names
            )
        },
        eligible=eligible,
        moment=moment,
        waivers=list(Waiver.objects.standing().filter(release=release).order_by("pk")),
    )


def _runs(links: Sequence[EvidenceLink]) -> list[LinkedRun]:
    runs = [link.run for link in links if link.run is not None]
    ids = [run.pk for run in runs]
    datasets = heads_of([run.dataset_version for run in runs])
    benchmarks = heads_of([run.benchmark_version for run in runs])
    corrected = set(
        Run.objects.filter(corrects__in=ids, status=RunStatus.ADMITTED).values_list("corrects_id", flat=True)
    )
    results: dict[Any, list[MetricResult]] = {}
    for result in MetricResult.objects.filter(run__in=ids).select_related("metric"):
        results.setdefault(result.run_id, []).append(result)
    return [
        LinkedRun(
            slot=link.slot,
            run=link.run,
            dataset=datasets[link.run.dataset_version_id],
            benchmark=benchmarks[link.run.benchmark_version_id],
            results=results.get(link.run_id, []),
            is_corrected=link.run_id in corrected,
        )
        for link in links
        if link.run is not None
    ]


def _criteria(release: Release) -> CriteriaSet | None:
    return heads_of([release.criteria])[release.criteria_id] if release.criteria else None


def _metric_names(release: Release) -> list[str]:
    return [criterion["metric"] for criterion in release.criteria.criteria] if release.criteria else []


def _related(kind: type[models.Model]) -> list[str]:
    wanted = {"dataset", "benchmark", "model", "tested_by", "owner", "supersedes"}
    return [f.name for f in kind._meta.concrete_fields if f.is_relation and f.name in wanted]


RUN_SLOTS = (Slot.PRIVATE_EVALUATION, Slot.PUBLIC_EVIDENCE)
