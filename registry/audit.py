"""Which ledger entries a reader may see: those whose subject lies in a project open to him; never others."""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Concat, Replace

from evidence.models import LedgerEntry
from registry import subjects
from registry.models import Project

DASH = Value("-")
NOTHING = Value("")


def entries_of(projects: "QuerySet[Project]") -> "QuerySet[LedgerEntry]":
    """Entries about anything in these projects, by one query with a sub-query for each kind of subject.

    Entries of the installation (accounts, keys) belong to no project and are left out.
    """
    wanted = Q(pk__in=[])
    for plain_subjects in _subjects(projects):
        wanted |= Q(plain_subject__in=plain_subjects)
    entries = LedgerEntry.objects.annotate(plain_subject=Replace(F("subject"), DASH, NOTHING))
    return entries.filter(wanted)


def _subjects(projects: "QuerySet[Project]") -> "Iterator[QuerySet[Any, dict[str, Any]]]":
    # Databases write a UUID with or without hyphens; both sides are compared without.
    for kind, (label, path) in {**subjects.OWN, **settings.SUBJECT_MODELS}.items():
        rows: QuerySet[Any] = apps.get_model(label)._default_manager.filter(**{f"{path}__in": projects})
        prefix = Value(kind.replace("-", "") + ":")
        text = Replace(Cast("pk", CharField(max_length=36)), DASH, NOTHING)
        yield rows.annotate(plain=Concat(prefix, text)).values("plain")
