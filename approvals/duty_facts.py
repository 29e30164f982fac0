"""Who did what for many releases at once, in a fixed number of queries; the rules are `separation`'s."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Prefetch, prefetch_related_objects

from approvals import separation
from approvals.facts import LinkedRun, ReleaseFacts
from approvals.models import EvidenceLink, Release, ReleaseRevision
from approvals.separation import Duties
from evidence import clock
from registry.models import CriteriaSet, DatasetVersion, MetricDefinition

_REVISIONS = ReleaseRevision.objects.select_related("submitted_by")


@dataclass(frozen=True)
class _Heads:
    """Newest revisions of what the releases name: by (family, version), or by (project, name)."""

    datasets: Mapping[tuple[UUID, str], DatasetVersion]
    criteria: Mapping[tuple[UUID, str], CriteriaSet]
    metrics: Mapping[tuple[UUID, str], MetricDefinition]


def duties_of_all(releases: Sequence[Release]) -> dict[UUID, Duties]:
    """Release id → duties. Gates are never asked with these facts: what they need is not loaded."""
    each = list({release.pk: release for release in releases}.values())
    prefetch_related_objects(each, Prefetch("revisions", _REVISIONS))
    links = _links(each)
    heads = _heads(each, [link for some in links.values() for link in some])
    moment = clock.now()
    return {
        release.pk: separation.duties_of(
            release,
            _facts(release, links.get(release.pk, []), heads, moment=moment),
            release.revisions.all(),
        )
        for release in each
    }


def _links(releases: Sequence[Release]) -> dict[UUID, list[EvidenceLink]]:
    rows = EvidenceLink.objects.filter(release__in=releases, unlinked_at__isnull=True).select_related(
        "run__dataset_version__dataset", "run__benchmark_version", "dataset__dataset"
    )
    found: dict[UUID, list[EvidenceLink]] = {}
    for link in rows.order_by("linked_at", "pk"):
        found.setdefault(link.release_id, []).append(link)
    return found


def _heads(releases: Sequence[Release], links: Sequence[EvidenceLink]) -> _Heads:
    runs = [link.run.dataset_version for link in links if link.run is not None]
    families = {row.dataset_id for row in [*runs, *(link.dataset for link in links if link.dataset)]}
    criteria = [release.criteria for release in releases if release.criteria is not None]
    projects = {row.project_id for row in criteria}
    metrics = {criterion["metric"] for row in criteria for criterion in row.criteria}
    datasets = DatasetVersion.objects.heads().filter(dataset__in=families).select_related("dataset")
    sets = CriteriaSet.objects.heads().filter(project__in=projects, name__in={row.name for row in criteria})
    defined = MetricDefinition.objects.heads().filter(project__in=projects, name__in=metrics)
    return _Heads(
        datasets={(row.dataset_id, row.version): row for row in datasets},
        criteria={(row.project_id, row.name): row for row in sets},
        metrics={(row.project_id, row.name): row for row in defined},
    )


def _facts(
    release: Release, links: Sequence[EvidenceLink], heads: _Heads, *, moment: datetime
) -> ReleaseFacts:
    criteria = release.criteria
    named = [criterion["metric"] for criterion in criteria.criteria] if criteria else []
    metrics = {name: heads.metrics.get((release.project_id, name)) for name in named}
    return ReleaseFacts(
        release=release,
        model=release.model_version,
        runs=[_linked(link, heads) for link in links if link.run is not None],
        datasets=[_head(link.dataset, heads) for link in links if link.dataset is not None],
        rollbacks=[],
        signals=[],
        criteria=heads.criteria[criteria.project_id, criteria.name] if criteria else None,
        metrics={name: row for name, row in metrics.items() if row is not None},
        eligible={},
        moment=moment,
    )


def _linked(link: EvidenceLink, heads: _Heads) -> LinkedRun:
    run = link.run
    assert run is not None
    return LinkedRun(
        slot=link.slot,
        run=run,
        dataset=_head(run.dataset_version, heads),
        benchmark=run.benchmark_version,
        results=[],
        is_corrected=False,
    )


def _head(row: DatasetVersion, heads: _Heads) -> DatasetVersion:
    return heads.datasets[row.dataset_id, row.version]
