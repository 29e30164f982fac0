"""Rebuild records from their rows: a row that was changed behind the ledger no longer gives its record."""

from collections.abc import Iterator

from django.apps import apps

from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.errors import NotCanonical
from evidence.faults import Fault
from registry import record_bodies, run_bodies
from registry.catalogue import rows
from registry.models import CatalogueRecord, Run

CHUNK = 500


def faults() -> Iterator[Fault]:
    """Each catalogue row and each run whose record differs from what the row says now."""
    for kind in apps.get_models():
        if issubclass(kind, CatalogueRecord):
            for row in rows(kind).select_related("project", "created_by", "supersedes").iterator(CHUNK):
                yield from _compare(row, record_bodies.body_of(row))
    for run in Run.objects.select_related("project").iterator(CHUNK):
        yield from _compare(run, run_bodies.body_of(run))


def _compare(row: CatalogueRecord | Run, body: object) -> Iterator[Fault]:
    where = f"{row._meta.model_name} {row.pk} ({row})"
    try:
        digest = sha256_bytes(jcs(body))
    except NotCanonical as error:
        yield Fault(where, f"the row has no canonical form: {error.detail}")
        return
    if digest != row.record_id:
        yield Fault(where, f"the row gives {digest}, its record is {row.record_id}")
