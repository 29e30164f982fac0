"""The reader's own account: roles, tokens, password and second factor."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from evidence import clock
from registry.access import factors, recoveries
from registry.models import ApiToken, RoleGrant
from registry.pages.frame import Crumb, from_start, show
from registry.pages.principal import principal_of
from registry.presentation.tokens import lines


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    """Who the reader is here, and what he holds."""
    user = principal_of(request).user
    grants = RoleGrant.objects.in_force().filter(user=user).select_related("project", "granted_by")
    tokens = ApiToken.objects.filter(user=user).select_related("project", "issued_by").order_by("-pk")
    return show(
        request,
        "registry/account.html",
        title="Your account",
        trail=from_start(Crumb("Your account")),
        grants=grants.order_by("project__key", "role"),
        factors=factors.held(user),
        recovery=recoveries.unconfirmed(user),
        lines=lines(tokens, now=clock.now()),
    )
