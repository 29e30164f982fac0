"""Projects, families and catalogue records as the log tells of them; fields of a record are in the record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from django.apps import apps

from evidence.histories import Told
from evidence.replaying import History, latest
from registry.catalogue import rows
from registry.events import RegistryEvent as Event
from registry.ledger_facts import of_family, of_project, of_record
from registry.models import CatalogueRecord, Organisation, Project
from registry.models.catalogue import Family


def histories() -> Iterator[History]:
    """Containers first, then each kind of family and record, also those of the layer above."""
    yield History(
        word="organisation",
        rows=Organisation.objects.all(),
        begins=frozenset({Event.ORGANISATION_MADE}),
        state=lambda row: {"name": row.name},
    )
    yield History(
        word="project", rows=Project.objects.all(), begins=frozenset({Event.PROJECT_MADE}), state=of_project
    )
    for kind in apps.get_models():
        if issubclass(kind, Family):
            yield _of_family(kind)
        elif issubclass(kind, CatalogueRecord):
            yield _of_record(kind)


def _of_family(kind: type[Family]) -> History:
    return History(
        word=kind.__name__.lower(),
        rows=rows(kind),
        begins=frozenset({Event.CATALOGUE_RECORDED}),
        state=of_family,
    )


def _of_record(kind: type[CatalogueRecord]) -> History:
    return History(
        word=kind.RECORD_TYPE,
        rows=rows(kind),
        begins=frozenset({Event.CATALOGUE_RECORDED}),
        changes=frozenset({Event.CATALOGUE_WITHDRAWN}),
        state=_state,
        replay=_record,
    )


def _state(row: CatalogueRecord) -> dict[str, Any]:
    return {
        **of_record(row),
        "record": row.record_id,
        "is_withdrawn": row.withdrawn_at is not None,
        "withdraw_reason": row.withdraw_reason,
    }


def _record(told: Sequence[Told]) -> dict[str, Any]:
    found = {**latest(told), "is_withdrawn": False, "withdraw_reason": ""}
    for entry in told:
        if entry.record is not None:
            found["record"] = entry.record
        if entry.kind == Event.CATALOGUE_WITHDRAWN:
            found |= {"is_withdrawn": True, "withdraw_reason": entry.reason or ""}
    return found
