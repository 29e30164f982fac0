"""Rebuild records from their rows: a row that was changed behind the ledger no longer gives its record."""

from collections.abc import Iterator
from typing import TypeVar

from django.apps import apps
from django.db.models import QuerySet

from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.errors import NotCanonical
from evidence.faults import Fault
from evidence.progress import Progress, silent, watched
from registry import record_bodies, run_bodies
from registry.catalogue import rows
from registry.models import CatalogueRecord, Run

CHUNK = 500
R = TypeVar("R", bound=CatalogueRecord | Run)


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Each catalogue row and each run whose record differs from what the row says now."""
    for kind in apps.get_models():
        if issubclass(kind, CatalogueRecord):
            of_kind = rows(kind).select_related("project", "created_by", "supersedes")
            for row in _watched(of_kind, progress):
                yield from _compare(row, record_bodies.body_of(row))
    for run in _watched(Run.objects.select_related("project"), progress):
        yield from _compare(run, run_bodies.body_of(run))


def _watched(of_kind: "QuerySet[R]", progress: Progress) -> Iterator[R]:
    what = f"{of_kind.model._meta.verbose_name} records"
    return watched(of_kind.iterator(CHUNK), what, of_kind.count(), progress)


def _compare(row: CatalogueRecord | Run, body: object) -> Iterator[Fault]:
    where = f"{row._meta.model_name} {row.pk} ({row})"
    try:
        digest = sha256_bytes(jcs(body))
    except NotCanonical as error:
        yield Fault(where, f"the row has no canonical form: {error.detail}")
        return
    if digest != row.record_id:
        yield Fault(where, f"the row gives {digest}, its record is {row.record_id}")
