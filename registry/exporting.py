"""Hand out the trail of a project as lines that a stranger can recompute; the export is an entry itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final

from django.db import transaction

from evidence import ledger, merkle
from evidence.canonical import jcs, parse_record, utc_text
from evidence.models import LedgerEntry
from registry import trail
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.events import RegistryEvent
from registry.models import Project
from registry.trail import Wanted

BATCH: Final = 500

Row = dict[str, Any]


@transaction.atomic
def begin(project: Project, wanted: Wanted, *, form: str, principal: Principal) -> LedgerEntry:
    """Write down who takes which part of the trail, and in which form; the export ends before this entry."""
    policy.require(principal, Permission.AUDIT_READ, project)
    return ledger.append(
        RegistryEvent.LEDGER_EXPORTED,
        f"project:{project.pk}",
        actor=principal.actor,
        container=container_of(project.pk),
        note=ledger.Note(new={"format": form, **_asked(wanted)}),
    )


def rows(project: Project, wanted: Wanted, told: LedgerEntry) -> Iterator[Row]:
    """Each entry before `told`, oldest first: `index`, `leaf`, `leaf_hash` and `payload`, in constant memory.

    `index` is null while an entry waits to be sealed; `payload` is null after a lawful erasure.
    """
    for batch in trail.oldest_first(project.pk, wanted, batch=BATCH):
        for entry in batch:
            if entry.pk >= told.pk:
                return
            yield row_of(entry)


def row_of(entry: LedgerEntry) -> Row:
    """One entry whose payload and index are loaded."""
    leaf = ledger.leaf(entry)
    return {
        "index": entry.sealed.index if hasattr(entry, "sealed") else None,
        "leaf": leaf,
        "leaf_hash": merkle.leaf_hash(jcs(leaf)).hex(),
        "payload": parse_record(bytes(entry.payload.body)) if hasattr(entry, "payload") else None,
    }


def _asked(wanted: Wanted) -> dict[str, str]:
    asked = {name: value for name, value in asdict(wanted).items() if value}
    return {name: utc_text(value) if isinstance(value, datetime) else value for name, value in asked.items()}
