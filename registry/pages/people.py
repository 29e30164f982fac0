"""People of a project: their roles, giving and ending them, invitations, closing accounts."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from evidence import clock
from evidence.errors import BenchsealError
from registry.access import grants, people, policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound, PermissionMissing
from registry.models import Invitation, Project, RoleGrant, User
from registry.pages.addresses import absolute
from registry.pages.fields import end_of
from registry.pages.forms import DeactivateForm, EndGrantForm, GrantForm, InviteForm
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation.actions import action
from registry.presentation.paging import row_id

T = TypeVar("T")
MANAGE = Permission.GRANT_MANAGE
NAMES = {"ends_at": "ends_on", "grant_ends_at": "ends_on"}


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
    given = _carry(form, lambda values: _give(project, principal, values))
    if given is not None:
        messages.success(
            request, f"{given.user.printed_name} holds the role {given.get_role_display().lower()}."
        )
        return redirect("people", key)
    return _form(
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
    ended = _carry(form, lambda values: grants.revoke(grant, reason=values["reason"], principal=principal))
    if ended is not None:
        messages.success(request, f"{grant.user.printed_name} is {role} no longer. The history stays.")
        return redirect("people", key)
    return _form(
        request,
        project,
        form,
        title=f"End a role of {grant.user.printed_name}",
        lead=f"The role {role} ends now. What was done under it stays as it is.",
        button="End the role",
        is_grave=True,
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, key: str) -> HttpResponse:
    """Invite somebody who has no account; the link is shown once."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, MANAGE)
    form = InviteForm(request.POST or None)
    made = _carry(form, lambda values: _invite(project, principal, values))
    if made is None:
        return _form(
            request,
            project,
            form,
            title="Invite a person",
            lead="You get a link that works once, within seven days. Send it over a channel you trust.",
            button="Make the invitation",
        )
    link = absolute("invitation", str(made.invitation.pk), made.secret)
    here = Crumb("People", reverse("people", args=[key]))
    return show(
        request,
        "registry/invited.html",
        title="The invitation is made",
        trail=project_trail(project, here, Crumb("Invitation")),
        project=project,
        invitation=made.invitation,
        link=link,
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
    closed = _carry(
        form,
        lambda values: people.deactivate(user, reason=values["reason"], principal=principal, project=project),
    )
    if closed is not None:
        messages.success(request, f"The account {user.username} is closed. Its signatures stay.")
        return redirect("people", key)
    return _form(
        request,
        project,
        form,
        title=f"Close the account of {user.printed_name}",
        lead=f"{user.username} can never log in again, on any project, and the name is never used again.",
        button="Close the account",
        is_grave=True,
    )


def _carry(form: forms.Form, step: Callable[[dict[str, Any]], T]) -> T | None:
    """What the step made; nothing while the form is empty, wrong or refused."""
    if not form.is_valid():
        return None
    try:
        return step(form.cleaned_data)
    except PermissionMissing:
        raise
    except BenchsealError as error:
        tie(form, error, NAMES)
        return None


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


def _invite(project: Project, principal: Principal, values: dict[str, Any]) -> people.Invited:
    return people.invite(
        project=project,
        email=str(values["email"]),
        printed_name=str(values["printed_name"]),
        role=str(values["role"]),
        reason=str(values["reason"]),
        principal=principal,
        grant_ends_at=end_of(values["ends_on"]),
    )


def _open_invitations(project: Project) -> list[Invitation]:
    rows = Invitation.objects.filter(project=project, accepted_at__isnull=True, expires_at__gt=clock.now())
    return list(rows.select_related("invited_by").order_by("expires_at"))


def _form(
    request: HttpRequest,
    project: Project,
    form: forms.Form,
    *,
    title: str,
    lead: str,
    button: str,
    is_grave: bool = False,
) -> HttpResponse:
    back = reverse("people", args=[project.key])
    return show(
        request,
        "registry/form.html",
        title=title,
        trail=project_trail(project, Crumb("People", back), Crumb(title)),
        lead=lead,
        form=form,
        button=button,
        is_grave=is_grave,
        back=back,
        status=422 if form.errors else 200,
    )
