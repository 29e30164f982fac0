"""The kinds of catalogue records the API offers, as data."""

from dataclasses import dataclass
from typing import Any, Final

from rest_framework import serializers

from registry.access import policy
from registry.api import catalogue_bodies as bodies
from registry.api.inputs import StrictModelInput
from registry.catalogue import rows
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
from registry.querysets import CatalogueQuerySet


@dataclass(frozen=True)
class FamilyKind:
    """Named things with versions: address, words, bodies."""

    path: str
    word: str
    model: type[Family]
    given: type[StrictModelInput[Any]]
    answered: type[serializers.Serializer[Any]]

    def find(self, project: Project, reference: str) -> Family:
        """One by UUID or name; raises `NotFound`."""
        return policy.find(rows(self.model).filter(project=project), reference, "name")


@dataclass(frozen=True)
class RecordKind:
    """Records: address, words, bodies, and by which column people name them."""

    path: str
    word: str
    model: type[CatalogueRecord]
    given: type[StrictModelInput[Any]]
    answered: type[serializers.Serializer[Any]]
    revised: type[serializers.Serializer[Any]]
    named_by: str = "name"
    family: FamilyKind | None = None

    def rows(self, project: Project, family: str | None) -> CatalogueQuerySet[Any]:
        """All revisions in the project, or in one family of it, ready to be shown."""
        found = rows(self.model).filter(project=project)
        found = found.select_related("record", "superseded_by")  # type: ignore[misc]  # reason: each kind has it
        if self.family is None:
            return found
        return found.filter(**{self.family.word: self.family.find(project, family or "")})

    def find(self, project: Project, family: str | None, reference: str) -> Any:
        """One revision by UUID, or the newest by name; raises `NotFound`."""
        newest_first = self.rows(project, family).order_by("-revision")
        return policy.find(newest_first, reference, self.named_by)

    def history(self, project: Project, family: str | None, reference: str) -> CatalogueQuerySet[Any]:
        """All revisions of the thing that the reference names."""
        row = self.find(project, family, reference)
        return self.rows(project, family).filter(**{self.named_by: getattr(row, self.named_by)})


def _family(path: str, word: str, model: type[Family], given: type[StrictModelInput[Any]]) -> FamilyKind:
    return FamilyKind(path, word, model, given, bodies.family_output_of(model))


def _record(
    path: str, word: str, model: type[CatalogueRecord], given: type[StrictModelInput[Any]]
) -> RecordKind:
    return RecordKind(path, word, model, given, bodies.output_of(given), bodies.revision_of(given))


def _version(
    family: FamilyKind, model: type[CatalogueRecord], given: type[StrictModelInput[Any]]
) -> RecordKind:
    word = f"{family.word}_version"
    path = f"{family.path}/<ref:family>/versions"
    return RecordKind(
        path, word, model, given, bodies.output_of(given), bodies.revision_of(given), "version", family
    )


MODELS: Final = _family("models", "model", Model, bodies.ModelInput)
DATASETS: Final = _family("datasets", "dataset", Dataset, bodies.DatasetInput)
BENCHMARKS: Final = _family("benchmarks", "benchmark", Benchmark, bodies.BenchmarkInput)
FAMILIES: Final = (MODELS, DATASETS, BENCHMARKS)

METRICS: Final = _record("metrics", "metric", MetricDefinition, bodies.MetricInput)
RECORDS: Final = (
    _version(MODELS, ModelVersion, bodies.ModelVersionInput),
    _version(DATASETS, DatasetVersion, bodies.DatasetVersionInput),
    _version(BENCHMARKS, BenchmarkVersion, bodies.BenchmarkVersionInput),
    METRICS,
    _record("criteria-sets", "criteria_set", CriteriaSet, bodies.CriteriaSetInput),
    _record("rollback-artifacts", "rollback_artifact", RollbackArtifact, bodies.RollbackArtifactInput),
    _record("signals", "signal", MonitoringSignal, bodies.SignalInput),
)
