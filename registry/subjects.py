"""Which project a ledger subject (`run:<uuid>`) belongs to; kinds of the layer above come from settings."""

from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID

from django.apps import apps
from django.apps.registry import Apps
from django.conf import settings

from registry.containers import container_of
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
    "readings": ("registry.ReadingBatch", "project"),
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


def containers_of(subjects: Iterable[str], models: Apps = apps) -> dict[str, str]:
    """The container of each subject that lies in a project; one query for each kind.

    `models` may be those of a migration: a kind that has no model there is left out.
    """
    return {
        f"{kind}:{pk}": container_of(project)
        for kind, ids in _by_kind(subjects).items()
        for pk, project in _placed(kind, ids, models)
    }


def names_of(subjects: Iterable[str]) -> dict[str, str]:
    """The human ids of subjects that have one; one query for each kind."""
    return {name: words for kind, ids in _by_kind(subjects).items() for name, words in _named(kind, ids)}


def named(human_id: str) -> str:
    """The subject that bears a human id such as `HARBOR-RUN-2026-0012`; the text itself where none does."""
    for kind, (label, _) in {**OWN, **settings.SUBJECT_MODELS}.items():
        if "human_id" in _columns(label):
            found = apps.get_model(label)._default_manager.filter(human_id=human_id).values_list("pk").first()
            if found:
                return f"{kind}:{found[0]}"
    return human_id


def _columns(label: str) -> set[str]:
    return {column.name for column in apps.get_model(label)._meta.concrete_fields}


def _by_kind(subjects: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for kind, _, identifier in (subject.partition(":") for subject in subjects):
        if _is_uuid(identifier):
            found.setdefault(kind, []).append(identifier)
    return found


def _placed(kind: str, ids: list[str], models: Apps) -> list[tuple[Any, Any]]:
    label, path = {**OWN, **settings.SUBJECT_MODELS}.get(kind, ("", ""))
    try:
        rows = models.get_model(label)._default_manager if label else None
    except LookupError:
        rows = None
    return list(rows.filter(pk__in=ids).values_list("pk", path)) if rows is not None else []


def _named(kind: str, ids: list[str]) -> list[tuple[str, str]]:
    label, _ = {**OWN, **settings.SUBJECT_MODELS}.get(kind, ("", ""))
    if not label or "human_id" not in _columns(label):
        return []
    rows = apps.get_model(label)._default_manager.filter(pk__in=ids).values_list("pk", "human_id")
    return [(f"{kind}:{pk}", str(name)) for pk, name in rows]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
