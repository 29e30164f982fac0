"""Record models, datasets, benchmarks, metrics, criteria, rollback artifacts and signals.

A change is always a new revision with its own record; the old one stays. Nothing here edits a row
but its `withdrawn_at`.
"""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import models, transaction

from evidence import clock, ledger, records
from registry import record_bodies
from registry.access import policy
from registry.access.people import field_errors
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.consequences import evidence_changed
from registry.containers import container_of
from registry.errors import Conflict, FieldsInvalid, RecordSuperseded
from registry.events import RegistryEvent
from registry.ledger_facts import of_family, of_record
from registry.models.access import Project
from registry.models.catalogue import CatalogueRecord, Family
from registry.querysets import CatalogueQuerySet

R = TypeVar("R", bound=CatalogueRecord)
F = TypeVar("F", bound=Family)
C = TypeVar("C", bound=models.Model)


@transaction.atomic
def family(kind: type[F], *, project: Project, name: str, principal: Principal, **facts: Any) -> F:
    """The model, dataset or benchmark of that name; made if it is new, `Conflict` if facts differ."""
    policy.require(principal, Permission.CATALOGUE_WRITE, project)
    found: F | None = rows(kind).filter(project=project, name=name).first()
    if found is None:
        found = kind(project=project, name=name, created_at=clock.now(), **facts)
        _clean(found)
        found.save()
        ledger.append(
            RegistryEvent.CATALOGUE_RECORDED,
            f"{kind.__name__.lower()}:{found.pk}",
            actor=principal.actor,
            container=container_of(project.pk),
            note=ledger.Note(new=of_family(found)),
        )
    for field, value in facts.items():
        if getattr(found, field) != value:
            raise Conflict(f"{name} exists with another {field}", pointer=f"/{field}")
    return found


@transaction.atomic
def record(
    kind: type[R],
    *,
    project: Project,
    values: Mapping[str, Any],
    principal: Principal,
    supersedes: R | None = None,
    reason: str = "",
) -> R:
    """Store a new record, or a new revision of `supersedes`; raises `FieldsInvalid` or `Conflict`."""
    policy.require(principal, Permission.CATALOGUE_WRITE, project)
    row = kind(
        project=project,
        created_at=clock.now(),
        created_by=principal.user,
        responsible_persons=_persons(principal, supersedes),
        channel=principal.channel.value,
        **values,
    )
    if supersedes is None:
        _refuse_known(row)
    else:
        _continue(row, supersedes)
    _clean(row, exclude=["record"])
    write(row, reason=reason, principal=principal)
    if supersedes is not None:
        evidence_changed(row, reason=reason or f"{row} has a new revision", actor=principal.actor)
    return row


@transaction.atomic
def withdraw(row: R, *, reason: str, principal: Principal) -> R:
    """Mark a record as withdrawn: it stays readable and fails the gates that need it."""
    policy.require(principal, Permission.CATALOGUE_WRITE, row.project)
    row = rows(type(row)).select_for_update().get(pk=row.pk)
    if row.withdrawn_at is not None:
        raise Conflict(f"{row} is withdrawn already")
    row.withdrawn_at = clock.now()
    row.withdraw_reason = reason
    row.save(update_fields=["withdrawn_at", "withdraw_reason"])
    _tell(RegistryEvent.CATALOGUE_WITHDRAWN, row, principal, reason)
    evidence_changed(row, reason=reason, actor=principal.actor)
    return row


def rows(kind: type[C]) -> CatalogueQuerySet[C]:
    """All rows of a kind, typed."""
    return cast("CatalogueQuerySet[C]", kind._default_manager.all())


def write(row: CatalogueRecord, *, reason: str, principal: Principal) -> None:
    """The record of a row that was checked, the row and its entry, in the caller's transaction."""
    row.record_id = records.store(record_bodies.body_of(row))
    row.save(force_insert=True)
    _tell(RegistryEvent.CATALOGUE_RECORDED, row, principal, reason)


def subject_of(row: CatalogueRecord) -> str:
    """The ledger subject of a record."""
    return f"{row.RECORD_TYPE}:{row.pk}"


def _persons(principal: Principal, supersedes: CatalogueRecord | None) -> list[str]:
    """Who stands behind a revision: its writer, and those of all it continues, whose words stand on."""
    return sorted({*principal.persons, *(supersedes.responsible_persons if supersedes else [])})


def _continue(row: CatalogueRecord, old: CatalogueRecord) -> None:
    if not old.is_head:
        raise RecordSuperseded(
            f"{old} was superseded", next_step="Read the newest revision and make the change there."
        )
    row.supersedes = old
    row.revision = old.revision + 1
    changed = [name for name in row.IDENTITY if getattr(row, name) != getattr(old, name)]
    if changed:
        raise FieldsInvalid(
            "A revision keeps its identity",
            [
                {"pointer": f"/{n}", "detail": f"{n} cannot change.", "code": "identity_fixed"}
                for n in changed
            ],
        )


def _refuse_known(row: CatalogueRecord) -> None:
    same = {name: getattr(row, name) for name in row.IDENTITY}
    if rows(type(row)).filter(project=row.project, **same).exists():
        raise Conflict(
            f"{row} is recorded already",
            next_step="Send the change as a new revision of the existing record.",
        )


def _clean(row: CatalogueRecord | Family, exclude: list[str] | None = None) -> None:
    try:
        row.full_clean(exclude=exclude or [])
    except ValidationError as error:
        raise FieldsInvalid("Fields need a correction; nothing was stored", field_errors(error)) from error


def _tell(event: RegistryEvent, row: CatalogueRecord, principal: Principal, reason: str) -> None:
    old = {"record": row.supersedes.record_id} if row.supersedes else {}
    ledger.append(
        event,
        subject_of(row),
        actor=principal.actor,
        container=container_of(row.project_id),
        note=ledger.Note(
            reason=reason, old=old, new={"name": str(row), **of_record(row)}, record=row.record_id
        ),
    )
