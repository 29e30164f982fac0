"""People of a project: their roles, giving and ending them, closing accounts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from evidence import clock
from registry.access import factors, grants, people, policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound
from registry.models import Invitation, Project, RoleGrant, User
from registry.pages.fields import end_of
from registry.pages.forms import DeactivateForm, EndGrantForm, GrantForm
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.people_forms import carry, form_page
from registry.pages.principal import principal_of
from registry.pages.recoveries import open_in
from registry.presentation.actions import action
from registry.presentation.paging import row_id

MANAGE = Permission.GRANT_MANAGE


@login_required
@require_safe
def people_list(request: HttpRequest, key: str) -> HttpResponse:
    """Who may do what on the project, since when, until when, given by whom and why."""
    principal = principal_of(request)
    project = policy.visible_project(principal, key)
    rows = RoleGrant.objects.filter(project=project).select_related("user", "granted_by", "revoked_by")
    moment = clock.now()
    ordered = list(rows.order_by("user__printed_name", "-valid_from"))
    manages = policy.may(principal, MANAGE, project)
    here = [project.key]
    return show(
        request,
        "registry/people.html",
        title="People",
        trail=project_trail(project, Crumb("People")),
        project=project,
        present=[row for row in ordered if row.valid_to is None or row.valid_to > moment],
        past=[row for row in ordered if row.valid_to is not None and row.valid_to <= moment],
        invitations=_open_invitations(project) if manages else [],
        recoveries=open_in(project) if manages else [],
        holders=factors.holders(row.user_id for row in ordered) if manages else frozenset(),
        manages=manages,
        actions=[
            action(
                principal,
                MANAGE,
                project,
                words="Invite a person",
                url=reverse("invite", args=here),
                is_main=True,
            ),
            action(principal, MANAGE, project, words="Give a role", url=reverse("grant_give", args=here)),
        ],
    )


@login_required
@require_http_methods(["GET", "POST"])
def give(request: HttpRequest, key: str) -> HttpResponse:
    """Give a role to somebody who has an account."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, MANAGE)
    form = GrantForm(request.POST or None, initial={"account": request.GET.get("account", "")})
    given = carry(form, lambda values: _give(project, principal, values))
    if given is not None:
        messages.success(
            request, f"{given.user.printed_name} holds the role {given.get_role_display().lower()}."
        )
        return redirect("people", key)
    return form_page(
        request,
        project,
        form,
        title="Give a role",
        lead="The role holds from now. Nobody gives a role to himself.",
        button="Give the role",
    )


@login_required
@require_http_methods(["GET", "POST"])
def end(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """End a role now, with a reason."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, MANAGE)
    grant = RoleGrant.objects.filter(project=project, pk=row_id(pk)).select_related("user", "project").first()
    if grant is None:
        raise NotFound(f"No grant {pk[:40]} here")
    form = EndGrantForm(request.POST or None)
    role = grant.get_role_display().lower()
    ended = carry(form, lambda values: grants.revoke(grant, reason=values["reason"], principal=principal))
    if ended is not None:
        messages.success(request, f"{grant.user.printed_name} is {role} no longer. The history stays.")
        return redirect("people", key)
    return form_page(
        request,
        project,
        form,
        title=f"End a role of {grant.user.printed_name}",
        lead=f"The role {role} ends now. What was done under it stays as it is.",
        button="End the role",
        is_grave=True,
    )


@login_required
@require_http_methods(["GET", "POST"])
def deactivate(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """Close an account for good, with a reason."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, MANAGE)
    user = User.objects.filter(grants__project=project, pk=row_id(pk)).distinct().first()
    if user is None:
        raise NotFound(f"Nobody {pk[:40]} here")
    form = DeactivateForm(request.POST or None)
    closed = carry(
        form,
        lambda values: people.deactivate(user, reason=values["reason"], principal=principal, project=project),
    )
    if closed is not None:
        messages.success(request, f"The account {user.username} is closed. Its signatures stay.")
        return redirect("people", key)
    return form_page(
        request,
        project,
        form,
        title=f"Close the account of {user.printed_name}",
        lead=f"{user.username} can never log in again, on any project, and the name is never used again.",
        button="Close the account",
        is_grave=True,
    )


def _give(project: Project, principal: Principal, values: dict[str, Any]) -> RoleGrant:
    user, day = values["account"], values["ends_on"]
    assert isinstance(user, User)
    return grants.give(
        project=project,
        user=user,
        role=str(values["role"]),
        reason=str(values["reason"]),
        ends_at=end_of(day),
        principal=principal,
    )


def _open_invitations(project: Project) -> list[Invitation]:
    rows = Invitation.objects.filter(project=project, accepted_at__isnull=True, expires_at__gt=clock.now())
    return list(rows.select_related("invited_by").order_by("expires_at"))
