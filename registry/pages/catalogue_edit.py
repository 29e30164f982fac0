"""Catalogue forms: record, revise and withdraw."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from evidence.errors import BenchsealError
from registry import catalogue as steps
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import PermissionMissing
from registry.models import CatalogueRecord, Project
from registry.pages.catalogue_forms import RecordForm, criteria_forms, criteria_of
from registry.pages.catalogue_trail import kind_crumb, record_crumb, trail_of
from registry.pages.catalogue_writing import create, revise
from registry.pages.forms import WithdrawForm
from registry.pages.frame import Crumb, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation.catalogue_kinds import Kind, kind_of

WRITE = Permission.CATALOGUE_WRITE


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """Record something new."""
    principal, found = principal_of(request), kind_of(kind)
    project = policy.project_for(principal, key, WRITE)
    return _edit(request, principal, project, found, None)


@login_required
@require_http_methods(["GET", "POST"])
def revision(request: HttpRequest, key: str, kind: str, pk: str) -> HttpResponse:
    """Record a new revision."""
    principal, found = principal_of(request), kind_of(kind)
    project = policy.project_for(principal, key, WRITE)
    return _edit(request, principal, project, found, found.find(project, pk))


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, key: str, kind: str, pk: str) -> HttpResponse:
    """Take a record out of use, with a reason."""
    principal, found = principal_of(request), kind_of(kind)
    project = policy.project_for(principal, key, WRITE)
    row = found.find(project, pk)
    form = WithdrawForm(request.POST or None)
    if form.is_valid():
        try:
            steps.withdraw(row, reason=form.cleaned_data["reason"], principal=principal)
        except BenchsealError as error:
            tie(form, error)
        else:
            messages.success(request, f"{row} is withdrawn. It stays readable, and gates that need it fail.")
            return redirect("catalogue_record", key, kind, pk)
    return show(
        request,
        "registry/form.html",
        title=f"Withdraw {row}",
        trail=trail_of(
            project, kind_crumb(project, found), record_crumb(project, found, row), Crumb("Withdraw")
        ),
        project=project,
        lead="It stays readable. Releases that cite it are checked again, and gates that need it fail.",
        form=form,
        button=f"Withdraw the {found.one.lower()}",
        is_grave=True,
        back=reverse("catalogue_record", args=[key, kind, pk]),
    )


def _edit(
    request: HttpRequest, principal: Principal, project: Project, kind: Kind, old: CatalogueRecord | None
) -> HttpResponse:
    sent = request.POST or None
    form = RecordForm(sent, kind=kind, project=project, old=old)
    rows = criteria_forms(sent, old) if kind.key == "criteria" else None
    if sent is not None and form.is_valid() and (rows is None or rows.is_valid()):
        row = _stored(form, old, project, principal, {"criteria": criteria_of(rows)} if rows else {})
        if row is not None:
            messages.success(request, f"{row}, revision {row.revision}, is recorded.")
            return redirect("catalogue_record", project.key, kind.key, row.pk)
    title = f"New revision of {old}" if old else f"Record a {kind.one.lower()}"
    here = [record_crumb(project, kind, old)] if old else []
    return show(
        request,
        "registry/catalogue_form.html",
        title=title,
        trail=trail_of(project, kind_crumb(project, kind), *here, Crumb("New revision" if old else "New")),
        project=project,
        kind=kind,
        old=old,
        form=form,
        criteria=rows,
        status=422 if sent is not None else 200,
    )


def _stored(
    form: RecordForm,
    old: CatalogueRecord | None,
    project: Project,
    principal: Principal,
    more: dict[str, Any],
) -> CatalogueRecord | None:
    try:
        if old is not None:
            return revise(form, old, principal=principal, more=more)
        return create(form, project=project, principal=principal, more=more)
    except PermissionMissing:
        raise
    except BenchsealError as error:
        tie(form, error, {"name": form.kind.family_field} if form.kind.family else None)
        return None
