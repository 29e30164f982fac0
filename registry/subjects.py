"""Which project a ledger subject (`run:<uuid>`) belongs to; kinds of the layer above come from settings."""

from collections.abc import Iterable
from typing import Final
from uuid import UUID

from django.apps import apps
from django.conf import settings

from registry.models import Project

OWN: Final[dict[str, tuple[str, str]]] = {
    "project": ("registry.Project", "pk"),
    "submission": ("registry.Submission", "project"),
    "run": ("registry.Run", "project"),
    "artifact": ("registry.Artifact", "project"),
    "grant": ("registry.RoleGrant", "project"),
    "invitation": ("registry.Invitation", "project"),
    "token": ("registry.ApiToken", "project"),
    "model": ("registry.Model", "project"),
    "dataset": ("registry.Dataset", "project"),
    "benchmark": ("registry.Benchmark", "project"),
    "model-version": ("registry.ModelVersion", "project"),
    "dataset-version": ("registry.DatasetVersion", "project"),
    "benchmark-version": ("registry.BenchmarkVersion", "project"),
    "metric-definition": ("registry.MetricDefinition", "project"),
    "criteria-set": ("registry.CriteriaSet", "project"),
    "rollback-artifact": ("registry.RollbackArtifact", "project"),
    "monitoring-signal": ("registry.MonitoringSignal", "project"),
}
"""Kind → model and the path from its row to the project."""


def project_of(subject: str) -> Project | None:
    """The project of a subject; None for subjects of the installation (users) and for unknown ones."""
    kind, _, identifier = subject.partition(":")
    place = {**OWN, **settings.SUBJECT_MODELS}.get(kind)
    if place is None or not _is_uuid(identifier):
        return None
    label, path = place
    rows = apps.get_model(label)._default_manager.filter(pk=identifier)
    return Project.objects.filter(pk__in=rows.values(path)).first()


def names_of(subjects: Iterable[str]) -> dict[str, str]:
    """The human ids of subjects that have one; one query for each kind."""
    by_kind: dict[str, list[str]] = {}
    for kind, _, identifier in (subject.partition(":") for subject in subjects):
        if _is_uuid(identifier):
            by_kind.setdefault(kind, []).append(identifier)
    return {name: words for kind, ids in by_kind.items() for name, words in _named(kind, ids)}


def _named(kind: str, ids: list[str]) -> list[tuple[str, str]]:
    label, _ = {**OWN, **settings.SUBJECT_MODELS}.get(kind, ("", ""))
    model = apps.get_model(label) if label else None
    if model is None or "human_id" not in {column.name for column in model._meta.concrete_fields}:
        return []
    rows = model._default_manager.filter(pk__in=ids).values_list("pk", "human_id")
    return [(f"{kind}:{pk}", str(name)) for pk, name in rows]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
