"""Administrators take a lost second factor away, and confirm that the right person has an account again."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from registry.access import policy, recoveries
from registry.access.roles import Permission
from registry.errors import NotFound
from registry.models import Project, Recovery, RoleGrant, User
from registry.pages.forms import ConfirmRecoveryForm, TakeFactorsForm
from registry.pages.people_forms import carry, form_page
from registry.pages.principal import principal_of
from registry.presentation.paging import row_id


@login_required
@require_http_methods(["GET", "POST"])
def take(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """Take a person's second factor away, with a reason."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, Permission.GRANT_MANAGE)
    user = _people(project).filter(pk=row_id(pk)).first()
    if user is None:
        raise NotFound(f"Nobody {pk[:40]} here")
    form = TakeFactorsForm(request.POST or None)
    taken = carry(
        form,
        lambda values: recoveries.remove_factors(
            user, project=project, reason=values["reason"], principal=principal
        ),
    )
    if taken is not None:
        messages.success(
            request, f"{user.printed_name} has no second factor. A second administrator confirms the account."
        )
        return redirect("people", key)
    return form_page(
        request,
        project,
        form,
        title=f"Take the second factor of {user.printed_name} away",
        lead="Authenticator, passkeys and recovery codes stop working. The person sets up a new one, and "
        "signs again once a second administrator has confirmed the account.",
        button="Take it away",
        is_grave=True,
    )


@login_required
@require_http_methods(["GET", "POST"])
def confirm(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """Confirm that the right person has the account, and how that is known."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, Permission.GRANT_MANAGE)
    recovery = open_in(project).filter(pk=row_id(pk)).first()
    if recovery is None:
        raise NotFound(f"No recovery {pk[:40]} waits here")
    form = ConfirmRecoveryForm(request.POST or None)
    confirmed = carry(
        form,
        lambda values: recoveries.confirm(
            recovery, project=project, reason=values["reason"], principal=principal
        ),
    )
    name = recovery.user.printed_name
    if confirmed is not None:
        messages.success(request, f"The account of {name} is confirmed.")
        return redirect("people", key)
    return form_page(
        request,
        project,
        form,
        title=f"Confirm the account of {name}",
        lead=f"What happened: {recovery.get_cause_display()}. Ask {name} in person or by a number you know, "
        "never by an answer to a mail.",
        button="Confirm the account",
    )


def open_in(project: Project) -> QuerySet[Recovery]:
    """Recoveries of people of the project that nobody has confirmed, oldest first."""
    rows = Recovery.objects.filter(user__in=_people(project), confirmed_at__isnull=True)
    return rows.select_related("user", "requested_by").order_by("requested_at")


def _people(project: Project) -> QuerySet[User]:
    """Who holds a role on the project now."""
    return User.objects.filter(pk__in=RoleGrant.objects.in_force().filter(project=project).values("user"))
