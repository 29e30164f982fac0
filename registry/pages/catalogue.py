"""Catalogue pages: what a project records, and each record with its revisions."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.http import require_safe

from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.models import CatalogueRecord, Project
from registry.pages.catalogue_trail import kind_crumb, trail_of
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.principal import principal_of
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
        trail=trail_of(project, Crumb(found.many)),
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
        trail=trail_of(project, kind_crumb(project, found), Crumb(str(row))),
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
