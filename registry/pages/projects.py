"""The start page, the list of projects and the overview of one."""

from django.contrib.auth.decorators import login_required
from django.db.models import Count, Exists, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from registry.access import policy
from registry.access.roles import Permission
from registry.models import Project, RoleGrant, Run
from registry.pages.frame import Crumb, from_projects, from_start, show
from registry.pages.principal import principal_of
from registry.presentation import projects as presented
from registry.presentation.catalogue_overview import overview
from registry.querysets import corrections


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the queue; without a queue to the projects; signed out to the login."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    try:
        return redirect(reverse("queue"))
    except NoReverseMatch:
        return redirect("project_list")


@login_required
@require_safe
def project_list(request: HttpRequest) -> HttpResponse:
    """Projects on which the reader holds a role now."""
    user = principal_of(request).user
    projects = (
        Project.objects.visible_to(user)
        .annotate(
            runs_counted=Count(
                "runs", filter=Q(~Exists(corrections(Run, "runs__pk")), runs__status="admitted")
            )
        )
        .order_by("name")
    )
    held: dict[object, list[str]] = {}
    for grant in RoleGrant.objects.in_force().filter(user=user):
        held.setdefault(grant.project_id, []).append(str(grant.get_role_display()))
    lines = [(project, ", ".join(held.get(project.pk, []))) for project in projects]
    return show(
        request,
        "registry/project_list.html",
        title="Projects",
        trail=from_start(Crumb("Projects")),
        nav="projects",
        lines=lines,
    )


@login_required
@require_safe
def project(request: HttpRequest, key: str) -> HttpResponse:
    """One project at a glance."""
    principal = principal_of(request)
    found = policy.visible_project(principal, key)
    kinds, lines = overview(found), presented.roles(found)
    return show(
        request,
        "registry/project.html",
        title=found.name,
        trail=from_projects(Crumb(found.name)),
        project=found,
        numbers=presented.numbers(found),
        runs=list(presented.latest_runs(found)),
        submissions=list(presented.latest_submissions(found)),
        kinds=kinds,
        gaps=list(presented.gaps(found, kinds, lines)),
        roles=lines,
        may_issue=policy.may(principal, Permission.TOKEN_ISSUE, found),
        may_manage=policy.may(principal, Permission.GRANT_MANAGE, found),
    )
