"""API tokens of a project: the list with last calls, issuing (shown once), revoking, service accounts."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from evidence import clock
from evidence.errors import BenchsealError
from registry.access import people, policy, tokens
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound
from registry.models import ApiToken, Project, User
from registry.pages.fields import end_of
from registry.pages.forms import ServiceAccountForm, TokenForm
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation.actions import action
from registry.presentation.paging import row_id
from registry.presentation.projects import responsible_for
from registry.presentation.quick_start import quick_start
from registry.presentation.tokens import last_calls, lines, service_lines

ISSUE = Permission.TOKEN_ISSUE


@login_required
@require_safe
def token_list(request: HttpRequest, key: str) -> HttpResponse:
    """Tokens the reader may see: his own and those he issued; an administrator sees all."""
    principal = principal_of(request)
    project = policy.visible_project(principal, key)
    rows = _visible(principal, project)
    at = [project.key]
    new = action(
        principal, ISSUE, project, words="Issue a token", url=reverse("token_new", args=at), is_main=True
    )
    return show(
        request,
        "registry/token_list.html",
        title="API tokens",
        trail=project_trail(project, Crumb("API tokens")),
        project=project,
        lines=lines(rows, now=clock.now()),
        calls=last_calls(project, rows),
        actions=[
            new,
            action(
                principal, ISSUE, project, words="Make a service account", url=reverse("service_new", args=at)
            ),
        ],
        services=service_lines(principal.user, project),
    )


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def token_new(request: HttpRequest, key: str) -> HttpResponse:
    """Issue a token; its text is on the answer and nowhere else."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, ISSUE)
    form = TokenForm(request.POST or None)
    form.offer([principal.user, *responsible_for(principal.user)])
    issued = _issued(form, project, principal) if form.is_valid() else None
    here = Crumb("API tokens", reverse("token_list", args=[key]))
    if issued is None:
        return show(
            request,
            "registry/form.html",
            title="Issue a token",
            trail=project_trail(project, here, Crumb("New")),
            project=project,
            lead="The token is shown once. It does what its scopes allow, on this project alone.",
            form=form,
            button="Issue the token",
            back=here.url,
            status=422 if form.errors else 200,
        )
    start = quick_start(
        project,
        token=issued.text,
        scopes=issued.token.scopes,
        user=issued.token.user,
        base_url=settings.PUBLIC_URL,
    )
    return show(
        request,
        "registry/token_issued.html",
        title="The token is issued",
        trail=project_trail(project, here, Crumb(issued.token.name)),
        project=project,
        token=issued.token,
        text=issued.text,
        start=start,
    )


@login_required
@require_POST
def token_revoke(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """End a token now."""
    principal = principal_of(request)
    project = policy.visible_project(principal, key)
    token = _visible(principal, project).filter(pk=row_id(pk)).first()
    if token is None:
        raise NotFound(f"No token {pk[:40]} here")
    tokens.revoke(token, principal=principal)
    messages.success(request, f"The token {token.name} is revoked. Calls with it are refused from now on.")
    return redirect("token_list", key)


@login_required
@require_http_methods(["GET", "POST"])
def service_new(request: HttpRequest, key: str) -> HttpResponse:
    """Make an account for a pipeline, for which the reader answers."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, ISSUE)
    form = ServiceAccountForm(request.POST or None)
    made = _service_made(form, project, principal) if form.is_valid() else None
    if made is not None:
        messages.success(
            request,
            f"{made.username} is made. Next an administrator gives it the role submitter, under People.",
        )
        return redirect("token_list", key)
    here = Crumb("API tokens", reverse("token_list", args=[key]))
    return show(
        request,
        "registry/form.html",
        title="Make a service account",
        trail=project_trail(project, here, Crumb("Service account")),
        project=project,
        lead="It sends runs and never signs. You are the person behind everything it sends.",
        form=form,
        button="Make the account",
        back=here.url,
        status=422 if form.errors else 200,
    )


def _visible(principal: Principal, project: Project) -> "QuerySet[ApiToken]":
    rows = ApiToken.objects.filter(project=project).select_related("user", "issued_by", "project")
    if not policy.may(principal, Permission.GRANT_MANAGE, project):
        rows = rows.filter(Q(user=principal.user) | Q(issued_by=principal.user))
    return rows.order_by("-pk")


def _issued(form: TokenForm, project: Project, principal: Principal) -> tokens.Issued | None:
    given = form.cleaned_data
    ends_at = end_of(given["ends_on"])
    assert ends_at is not None
    try:
        return tokens.issue(
            project=project,
            user=given["user"],
            name=given["name"],
            scopes=given["scopes"],
            expires_at=ends_at,
            principal=principal,
        )
    except BenchsealError as error:
        tie(form, error, {"expires_at": "ends_on"})
        return None


def _service_made(form: ServiceAccountForm, project: Project, principal: Principal) -> User | None:
    given = form.cleaned_data
    try:
        return people.make_service_account(
            account=given["account"], printed_name=given["printed_name"], project=project, principal=principal
        )
    except BenchsealError as error:
        tie(form, error, {"username": "account"})
        return None
