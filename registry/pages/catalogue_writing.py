"""Carry a checked catalogue form to its step; the family and its first version are one transaction."""

from typing import Any

from django.db import transaction

from registry import catalogue
from registry.access.principals import Principal
from registry.models import CatalogueRecord, Project
from registry.pages.catalogue_forms import RecordForm


@transaction.atomic
def create(
    form: RecordForm, *, project: Project, principal: Principal, more: dict[str, Any]
) -> CatalogueRecord:
    """A new record, and its family if that is new too."""
    kind, given = form.kind, form.cleaned_data
    identity: dict[str, Any] = {name: given[name] for name in kind.model.IDENTITY}
    if kind.family is not None:
        facts = {"supplier": given["supplier"]} if "supplier" in given else {}
        identity[kind.family_field] = catalogue.family(
            kind.family, project=project, name=given[kind.family_field], principal=principal, **facts
        )
    values = {**identity, **form.values(), **more}
    return catalogue.record(kind.model, project=project, values=values, principal=principal)


def revise(
    form: RecordForm, old: CatalogueRecord, *, principal: Principal, more: dict[str, Any]
) -> CatalogueRecord:
    """A new revision of a record; what names it stays."""
    identity = {name: getattr(old, name) for name in old.IDENTITY}
    return catalogue.record(
        type(old),
        project=old.project,
        values={**identity, **form.values(), **more},
        principal=principal,
        supersedes=old,
        reason=form.cleaned_data["reason"],
    )
