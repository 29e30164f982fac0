"""All releases a reader sees, newest first, and the forms that open a deployment or a release."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_safe

from approvals import policies, releases
from approvals.models import Deployment, Release
from approvals.pages.release_forms import DeploymentForm, ReleaseForm, answers_of
from approvals.presentation.gate_rows import GateCounts, counts_of
from approvals.presentation.labels import tier_words
from approvals.presentation.tiers import explain
from approvals.states import State
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission, roles_with
from registry.errors import PermissionMissing
from registry.models import Project, RoleGrant
from registry.pages.frame import Crumb, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation.paging import page

WRITE = Permission.RELEASE_WRITE


@login_required
@require_safe
def release_list(request: HttpRequest) -> HttpResponse:
    """Releases of all visible projects, narrowed by state and project."""
    principal, query = principal_of(request), request.GET.dict()
    projects = list(Project.objects.visible_to(principal.user).order_by("key"))
    rows = Release.objects.visible_to(principal.user).select_related(
        "project", "deployment", "model_version__model", "owner"
    )
    if query.get("state") in State.values:
        rows = rows.filter(state=query["state"])
    if query.get("project"):
        rows = rows.filter(project__key=query["project"])
    window = page(rows.prefetch_related("revisions"), query)
    return show(
        request,
        "approvals/release_list.html",
        title="Releases",
        nav="releases",
        rows=[(row, tier_words(row.tier, row.tier_answers), _counts(row)) for row in window.rows],
        window=window,
        states=State.choices,
        state=query.get("state", ""),
        projects=projects,
        project=query.get("project", ""),
        writable=_writable(principal),
    )


@login_required
@require_http_methods(["GET", "POST"])
def release_new(request: HttpRequest) -> HttpResponse:
    """Open a draft release."""
    principal = principal_of(request)
    project = _project(request, principal)
    if project is None:
        return _choose(request, principal)
    rules = policies.rules_for(project)
    form = ReleaseForm(request.POST or None, project=project, rules=rules, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        try:
            release = releases.open_release(
                deployment=form.cleaned_data["deployment"],
                model_version=form.cleaned_data["model_version"],
                principal=principal,
                **form.values(),
            )
        except BenchsealError as error:
            tie(form, error)
        else:
            messages.success(request, f"{release.human_id} is open. Link its evidence, then submit it.")
            return redirect("release", release.human_id)
    return show(
        request,
        "approvals/release_form.html",
        title="New release",
        trail=_trail(project, Crumb("New release")),
        status=422 if form.is_bound else 200,
        nav="releases",
        form=form,
        project=project,
        tier_words=explain(answers_of(request.POST), rules),
        button="Open the draft",
        has_deployments=Deployment.objects.filter(project=project).exists(),
        deployment_url=_with_project("deployment_new", project),
    )


@login_required
@require_http_methods(["GET", "POST"])
def deployment_new(request: HttpRequest) -> HttpResponse:
    """Record a place where a model runs."""
    principal = principal_of(request)
    project = _project(request, principal)
    if project is None:
        return _choose(request, principal)
    form = DeploymentForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = releases.open_deployment(project=project, principal=principal, **form.cleaned_data)
        except BenchsealError as error:
            tie(form, error)
        else:
            messages.success(request, f"{made} is recorded.")
            return redirect(f"{_with_project('release_new', project)}&deployment={made.pk}")
    return show(
        request,
        "approvals/deployment_form.html",
        title="New deployment",
        trail=_trail(project, Crumb("New deployment")),
        status=422 if form.is_bound else 200,
        nav="releases",
        form=form,
        project=project,
    )


@login_required
@require_safe
def tier(request: HttpRequest) -> HttpResponse:
    """The tier that answers give under the policy of a project, as a part of the form's page."""
    project = policy.visible_project(principal_of(request), request.GET.get("project", ""))
    words = explain(answers_of(request.GET), policies.rules_for(project))
    return render(request, "approvals/tier.html", {"tier_words": words})


def _project(request: HttpRequest, principal: Principal) -> Project | None:
    """The project of a new row: the named one, or the only one the person may write in."""
    key = request.GET.get("project")
    if key:
        return policy.project_for(principal, key, WRITE)
    writable = _writable(principal)
    if not writable:
        raise PermissionMissing(
            f"{WRITE} is needed on a project",
            next_step="Ask an administrator of the project for the role submitter or model owner.",
        )
    return writable[0] if len(writable) == 1 else None


def _choose(request: HttpRequest, principal: Principal) -> HttpResponse:
    return show(
        request,
        "approvals/choose_project.html",
        title="Choose a project",
        nav="releases",
        projects=_writable(principal),
        path=request.path,
    )


def _writable(principal: Principal) -> list[Project]:
    """Projects in which the person may open a release; one query."""
    grants = RoleGrant.objects.in_force().filter(user=principal.user, role__in=roles_with(WRITE))
    return list(Project.objects.filter(pk__in=grants.values("project")).order_by("key"))


def _counts(release: Release) -> GateCounts | None:
    """Gates as they were when the newest revision was frozen."""
    frozen = [row for row in release.revisions.all() if row.number == release.revision]
    return counts_of(gate["state"] for gate in frozen[0].gates) if frozen else None


def _initial(request: HttpRequest) -> dict[str, object]:
    return {"deployment": request.GET.get("deployment"), "reach": "internal", "domain": "none"}


def _trail(project: Project, *more: Crumb) -> tuple[Crumb, ...]:
    releases_url = f"{reverse('release_list')}?{urlencode({'project': project.key})}"
    return (
        Crumb(project.name, reverse("project", args=[project.key])),
        Crumb("Releases", releases_url),
        *more,
    )


def _with_project(name: str, project: Project) -> str:
    return f"{reverse(name)}?{urlencode({'project': project.key})}"
