"""Who did what for many releases at once, in a fixed number of queries; the rules are `separation`'s."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeVar
from uuid import UUID

from django.db.models import prefetch_related_objects

from approvals import separation
from approvals.facts import LinkedRun, ReleaseFacts
from approvals.models import EvidenceLink, Release
from approvals.separation import Duties
from evidence import clock
from registry.catalogue import rows
from registry.models import CatalogueRecord, CriteriaSet, DatasetVersion, MetricDefinition

R = TypeVar("R", bound=CatalogueRecord)


def with_duties(releases: Sequence[Release]) -> dict[UUID, Duties]:
    """Release id → duties. Gates are not asked: what they need is not loaded."""
    each = list({release.pk: release for release in releases}.values())
    prefetch_related_objects(each, "revisions")
    links = _links(each)
    facts = _Heads.of(each, links)
    return {
        release.pk: separation.duties_of(release, facts.of_release(release, links.get(release.pk, [])))
        for release in each
    }


class _Heads:
    """Newest revisions of everything the releases name, by identity."""

    def __init__(self, datasets: Mapping[Any, DatasetVersion], criteria: Mapping[Any, CriteriaSet]) -> None:
        self.datasets = datasets
        self.criteria = criteria
        self.metrics: Mapping[Any, MetricDefinition] = {}
