"""Catalogue pages: what a project records, each record with its revisions, and the forms that add them."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from evidence.errors import BenchsealError
from registry import catalogue as steps
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import PermissionMissing
from registry.models import CatalogueRecord, Project
from registry.pages.catalogue_forms import RecordForm, criteria_forms, criteria_of
from registry.pages.catalogue_writing import create, revise
from registry.pages.forms import WithdrawForm
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation import catalogue as presented
from registry.presentation.actions import Action, action
from registry.presentation.catalogue_kinds import Kind, kind_of
from registry.presentation.catalogue_overview import overview, runs_that_use
from registry.presentation.paging import page

WRITE = Permission.CATALOGUE_WRITE


@login_required
@require_safe
def catalogue(request: HttpRequest, key: str) -> HttpResponse:
    """All kinds with the number of their records."""
    project = policy.visible_project(principal_of(request), key)
    return show(
        request,
        "registry/catalogue.html",
        title="Catalogue",
        trail=project_trail(project, Crumb("Catalogue")),
        project=project,
        kinds=overview(project),
    )


@login_required
@require_safe
def kind_list(request: HttpRequest, key: str, kind: str) -> HttpResponse:
    """The newest revision of each record of a kind."""
    principal, found = principal_of(request), kind_of(kind)
    project = policy.visible_project(principal, key)
    window = page(found.rows(project).heads(), request.GET.dict())
    return show(
        request,
        "registry/catalogue_kind.html",
        title=found.many,
        trail=_trail(project, Crumb(found.many)),
        project=project,
        kind=found,
        page=window,
        lines=presented.lines(window.rows),
        new=[_action(principal, project, f"Record a {found.one.lower()}", "catalogue_new", found)],
    )


@login_required
@require_safe
def record(request: HttpRequest, key: str, kind: str, pk: str) -> HttpResponse:
    """One revision: its facts, its history, and what changed from the revision before."""
    principal, found = principal_of(request), kind_of(kind)
    project = policy.visible_project(principal, key)
    row = found.find(project, pk)
    history = list(found.history(row))
    other = _compared(history, row, request.GET.get("against", ""))
    return show(
        request,
        "registry/catalogue_record.html",
        title=str(row),
        trail=_trail(project, _kind_crumb(project, found), Crumb(str(row))),
        project=project,
        kind=found,
        row=row,
        facts=presented.facts(row),
        history=history,
        other=other,
        changes=presented.changes(other, row) if other else [],
        runs=runs_that_use(row),
        actions=_actions(principal, project, found, row),
    )


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
        trail=_trail(
            project, _kind_crumb(project, found), _record_crumb(project, found, row), Crumb("Withdraw")
        ),
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
    here = [_record_crumb(project, kind, old)] if old else []
    return show(
        request,
        "registry/catalogue_form.html",
        title=title,
        trail=_trail(project, _kind_crumb(project, kind), *here, Crumb("New revision" if old else "New")),
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
        tie(form, error)
        return None


def _compared(history: list[CatalogueRecord], row: CatalogueRecord, against: str) -> CatalogueRecord | None:
    wanted = int(against) if against.isascii() and against.isdigit() else row.revision - 1
    return next((one for one in history if one.revision == wanted and one.pk != row.pk), None)


def _actions(principal: Principal, project: Project, kind: Kind, row: CatalogueRecord) -> list[Action]:
    if not row.is_head or row.withdrawn_at is not None:
        return []
    return [
        _action(principal, project, "Record a new revision", "catalogue_revise", kind, str(row.pk)),
        _action(principal, project, "Withdraw", "catalogue_withdraw", kind, str(row.pk), is_main=False),
    ]


def _action(
    principal: Principal,
    project: Project,
    words: str,
    name: str,
    kind: Kind,
    *more: str,
    is_main: bool = True,
) -> Action:
    url = reverse(name, args=[project.key, kind.key, *more])
    return action(principal, WRITE, project, words=words, url=url, is_main=is_main)


def _trail(project: Project, *more: Crumb) -> tuple[Crumb, ...]:
    return project_trail(project, Crumb("Catalogue", reverse("catalogue", args=[project.key])), *more)


def _kind_crumb(project: Project, kind: Kind) -> Crumb:
    return Crumb(kind.many, reverse("catalogue_kind", args=[project.key, kind.key]))


def _record_crumb(project: Project, kind: Kind, row: CatalogueRecord) -> Crumb:
    return Crumb(str(row), reverse("catalogue_record", args=[project.key, kind.key, row.pk]))
