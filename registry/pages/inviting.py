"""Invite somebody who has no account; the link is shown once."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from registry.access import people, policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.models import Project
from registry.pages.addresses import absolute
from registry.pages.fields import end_of
from registry.pages.forms import InviteForm
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.people_forms import carry, form_page
from registry.pages.principal import principal_of

MANAGE = Permission.GRANT_MANAGE


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def invite(request: HttpRequest, key: str) -> HttpResponse:
    """Invite somebody who has no account; the link is shown once."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, MANAGE)
    form = InviteForm(request.POST or None)
    made = carry(form, lambda values: _invite(project, principal, values))
    if made is None:
        return form_page(
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
