"""The kinds of catalogue records as pages name them, as data."""

from dataclasses import dataclass
from typing import Final

from registry.catalogue import rows
from registry.errors import NotFound
from registry.models import (
    Benchmark,
    BenchmarkVersion,
    CatalogueRecord,
    CriteriaSet,
    Dataset,
    DatasetVersion,
    MetricDefinition,
    Model,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
)
from registry.models.catalogue import Family
from registry.presentation.paging import row_id
from registry.querysets import CatalogueQuerySet


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind: address, words, table, and the column that names its family, if it has one."""

    key: str
    one: str
    many: str
    about: str
    model: type[CatalogueRecord]
    family: type[Family] | None = None
    family_field: str = ""

    @property
    def persons(self) -> tuple[str, ...]:
        """Columns that hold a person."""
        return tuple(name for name in ("owner", "tested_by", "privacy_attested_by") if self._has(name))

    def _has(self, name: str) -> bool:
        return any(field.name == name for field in self.model._meta.concrete_fields)

    def rows(self, project: Project) -> "CatalogueQuerySet[CatalogueRecord]":
        """All revisions of the project, with what a line about them shows."""
        related = ("created_by", *((self.family_field,) if self.family_field else ()), *self.persons)
        found: CatalogueQuerySet[CatalogueRecord] = rows(self.model)
        return found.filter(project=project).select_related(*related)

    def find(self, project: Project, reference: str) -> CatalogueRecord:
        """One revision by its id; raises `NotFound`."""
        row = self.rows(project).filter(pk=row_id(reference)).first()
        if row is None:
            raise NotFound(f"No {self.one.lower()} {reference[:40]} here")
        return row

    def history(self, row: CatalogueRecord) -> "CatalogueQuerySet[CatalogueRecord]":
        """All revisions of the same thing, newest first."""
        same = {name: getattr(row, name) for name in row.IDENTITY}
        return self.rows(row.project).filter(**same).order_by("-revision")


KINDS: Final = (
    Kind(
        "models",
        "Model version",
        "Model versions",
        "What is released: own weights by digest, or a provider's snapshot by its id.",
        ModelVersion,
        Model,
        "model",
    ),
    Kind(
        "datasets",
        "Dataset version",
        "Dataset versions",
        "What was measured on, and where it comes from.",
        DatasetVersion,
        Dataset,
        "dataset",
    ),
    Kind(
        "benchmarks",
        "Benchmark version",
        "Benchmark versions",
        "The task that was put to the model, and the day it became public.",
        BenchmarkVersion,
        Benchmark,
        "benchmark",
    ),
    Kind("metrics", "Metric", "Metrics", "What a score means: formula, unit, direction.", MetricDefinition),
    Kind(
        "criteria",
        "Criteria set",
        "Criteria sets",
        "What a release has to reach, written down before it is measured.",
        CriteriaSet,
    ),
    Kind(
        "rollbacks",
        "Rollback artifact",
        "Rollback artifacts",
        "The tested way back: where it lies, how it is applied, who tested it.",
        RollbackArtifact,
    ),
    Kind(
        "signals",
        "Monitoring signal",
        "Monitoring signals",
        "What is watched after a release, against which limit, and who acts.",
        MonitoringSignal,
    ),
)
BY_KEY: Final = {kind.key: kind for kind in KINDS}
BY_MODEL: Final = {kind.model: kind for kind in KINDS}


def kind_of(key: str) -> Kind:
    """The kind of an address; raises `NotFound`."""
    if key not in BY_KEY:
        raise NotFound(f"The catalogue has no kind {key[:40]}")
    return BY_KEY[key]
