"""Delegations: those of the reader, those of a project, and the acts that make, answer and end one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from approvals import delegations
from approvals.models import Delegation
from approvals.pages.delegation_form import DelegationForm, EndingForm
from approvals.presentation.delegation_rows import DelegationRow, rows
from evidence import clock
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission, roles_with
from registry.errors import NotFound
from registry.models import Project, RoleGrant
from registry.pages.frame import Crumb, from_start, project_trail, show
from registry.pages.people_forms import carry
from registry.pages.principal import principal_of
from registry.presentation.actions import action
from registry.presentation.paging import page, row_id

RELATED = ("project", "delegator", "delegate", "release", "ended_by")
NAMES = {"starts_at": "starts_on", "ends_at": "ends_on"}


@login_required
@require_safe
def own(request: HttpRequest) -> HttpResponse:
    """What was delegated to the reader, and what the reader delegated."""
    principal = principal_of(request)
    visible = Delegation.objects.visible_to(principal.user).of_person(principal.user)
    found = page(visible.with_force().select_related(*RELATED), request.GET.dict())
    shown = _rows(found.rows, principal)
    return show(
        request,
        "approvals/delegations.html",
        title="Your delegations",
        trail=from_start(Crumb("Your account", reverse("account_page")), Crumb("Delegations")),
        received=[row for row in shown if row.delegation.delegate_id == principal.user.pk],
        given=[row for row in shown if row.delegation.delegator_id == principal.user.pk],
        projects=_signing_projects(principal),
        page=found,
    )


@login_required
@require_safe
def of_project(request: HttpRequest, key: str) -> HttpResponse:
    """Every delegation on a project, past ones too."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, Permission.PROJECT_READ)
    every = Delegation.objects.filter(project=project).with_force()
    found = page(every.select_related(*RELATED), request.GET.dict())
    manages = policy.may(principal, Permission.GRANT_MANAGE, project)
    return show(
        request,
        "approvals/project_delegations.html",
        title="Delegations",
        trail=project_trail(project, _people(project), Crumb("Delegations")),
        project=project,
        rows=_rows(found.rows, principal, manages=manages),
        page=found,
        actions=[
            action(
                principal,
                Permission.RELEASE_SIGN,
                project,
                words="Delegate a stage",
                url=reverse("delegation_new", args=[project.key]),
                is_main=True,
            )
        ],
    )


@login_required
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest, key: str) -> HttpResponse:
    """Delegate a stage."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, Permission.RELEASE_SIGN)
    roles = policy.roles_of(principal.user, project)
    form = DelegationForm(request.POST or None, project=project, user=principal.user, roles=roles)
    made = carry(form, lambda _: delegations.delegate(project, form.wish, principal=principal), NAMES)
    if made is not None:
        messages.success(request, f"{made.delegate} is asked. It counts once accepted.")
        return redirect("delegations")
    return _form_page(
        request,
        project,
        form,
        title="Delegate a stage",
        lead="Somebody signs a stage for you while you are away. Both names are printed. "
        "It ends with your own role, and what was delegated to you cannot be delegated again.",
        button="Ask for acceptance",
    )


@login_required
@require_POST
def accept(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """Take a delegation on."""
    principal = principal_of(request)
    delegation = _one(principal, key, pk, Permission.RELEASE_SIGN)
    delegations.accept(delegation, principal=principal)
    messages.success(request, f"You may sign stage {delegation.stage} for {delegation.delegator}.")
    return redirect("delegations")


@login_required
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """Decline a delegation, or give it back."""
    principal = principal_of(request)
    delegation = _one(principal, key, pk, Permission.PROJECT_READ)

    def take(values: dict[str, Any]) -> Delegation:
        return delegations.decline(delegation, reason=values["reason"], principal=principal)

    title = f"Decline the delegation of {delegation.delegator}"
    return _ending_page(request, delegation, take, title=title, button="Decline", done="You declined it.")


@login_required
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """Revoke a delegation, or end it as an administrator."""
    principal = principal_of(request)
    delegation = _one(principal, key, pk, Permission.PROJECT_READ)

    def take(values: dict[str, Any]) -> Delegation:
        return delegations.end(delegation, reason=values["reason"], principal=principal)

    title = f"End the delegation to {delegation.delegate}"
    return _ending_page(request, delegation, take, title=title, button="End it now", done="It is ended.")


def _rows(
    found: Sequence[Delegation], principal: Principal, *, manages: bool = False
) -> tuple[DelegationRow, ...]:
    return rows(found, reader=principal.user, moment=clock.now(), manages=manages)


def _signing_projects(principal: Principal) -> list[Project]:
    held = RoleGrant.objects.in_force().filter(
        user=principal.user, role__in=roles_with(Permission.RELEASE_SIGN)
    )
    return list(Project.objects.filter(pk__in=held.values("project")).order_by("name"))


def _one(principal: Principal, key: str, pk: str, permission: Permission) -> Delegation:
    project = policy.project_for(principal, key, permission)
    found = Delegation.objects.filter(project=project, pk=row_id(pk)).select_related(*RELATED).first()
    if found is None:
        raise NotFound(f"No delegation {pk[:40]} here")
    return found


def _ending_page(
    request: HttpRequest,
    delegation: Delegation,
    take: Callable[[dict[str, Any]], Delegation],
    *,
    title: str,
    button: str,
    done: str,
) -> HttpResponse:
    form = EndingForm(request.POST or None)
    if carry(form, take) is not None:
        messages.success(request, f"{done} What was signed under it stays.")
        return redirect("delegations")
    return _form_page(
        request,
        delegation.project,
        form,
        title=title,
        lead=f"Stage {delegation.stage}. It ends now; what was signed under it stays.",
        button=button,
        is_grave=True,
    )


def _form_page(
    request: HttpRequest,
    project: Project,
    form: DelegationForm | EndingForm,
    *,
    title: str,
    lead: str,
    button: str,
    is_grave: bool = False,
) -> HttpResponse:
    return show(
        request,
        "registry/form.html",
        title=title,
        trail=project_trail(project, _people(project), Crumb("Delegations", _list(project)), Crumb(title)),
        project=project,
        lead=lead,
        form=form,
        button=button,
        is_grave=is_grave,
        back=_list(project),
        status=422 if form.errors else 200,
    )


def _people(project: Project) -> Crumb:
    return Crumb("People", reverse("people", args=[project.key]))


def _list(project: Project) -> str:
    return reverse("project_delegations", args=[project.key])
