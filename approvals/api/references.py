"""Find what a body names by UUID, human id or name, in its own project alone."""

from typing import Any, TypeVar
from uuid import UUID

from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Concat

from approvals.models import Deployment
from registry.catalogue import rows
from registry.errors import ReferenceUnknown
from registry.models import (
    CatalogueRecord,
    CriteriaSet,
    DatasetVersion,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
)

M = TypeVar("M", bound=models.Model)
R = TypeVar("R", bound=CatalogueRecord)


def deployment(project: Project, reference: str) -> Deployment:
    """By UUID or `name/environment`."""
    found = Deployment.objects.filter(project=project).annotate(
        identity=Concat("name", Value("/"), "environment")
    )
    return _one(found.select_related("project"), "identity", reference, "deployment")


def model_version(project: Project, reference: str) -> ModelVersion:
    """By UUID any revision, by `name/version` the newest."""
    found: models.QuerySet[ModelVersion] = _named(
        rows(ModelVersion).filter(project=project), "model__name", reference
    )
    return _one(found.select_related("model"), "identity", reference, "model_version")


def dataset(project: Project, reference: str) -> DatasetVersion:
    """By UUID any revision, by `name/version` the newest."""
    found: models.QuerySet[DatasetVersion] = _named(
        rows(DatasetVersion).filter(project=project), "dataset__name", reference
    )
    return _one(found.select_related("dataset"), "identity", reference, "dataset")


def criteria(project: Project, reference: str) -> CriteriaSet:
    """By UUID any revision, by name the newest."""
    return _one(_newest(CriteriaSet, project), "name", reference, "criteria")


def rollback(project: Project, reference: str) -> RollbackArtifact:
    """By UUID any revision, by name the newest."""
    return _one(_newest(RollbackArtifact, project), "name", reference, "rollback")


def signal(project: Project, reference: str) -> MonitoringSignal:
    """By UUID any revision, by name the newest."""
    return _one(_newest(MonitoringSignal, project), "name", reference, "signal")


def run(project: Project, reference: str) -> Run:
    """By UUID or human id."""
    found = Run.objects.filter(project=project).select_related("model_version__model")
    return _one(found, "human_id", reference, "run")


def _newest(kind: type[R], project: Project) -> models.QuerySet[R]:
    return rows(kind).filter(project=project).order_by("-revision")


def _named(found: models.QuerySet[R], family: str, reference: str) -> models.QuerySet[Any]:
    identity = Concat(family, Value("/"), "version", output_field=models.CharField())
    return found.annotate(identity=identity).order_by("-revision")


def _one(found: models.QuerySet[M], named_by: str, reference: str, field: str) -> M:
    row = found.filter(_same(named_by, reference)).first()
    if row is None:
        raise ReferenceUnknown(
            f"The project has no {field.replace('_', ' ')} {reference}",
            pointer=f"/{field}",
            next_step="Read the list of this kind for names and ids.",
        )
    return row


def _same(named_by: str, reference: str) -> Q:
    try:
        return Q(pk=UUID(reference))
    except ValueError:
        return Q(**{named_by: reference})
