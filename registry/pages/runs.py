"""Runs: the list, one run at a glance, its files as text, and the form that voids it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from evidence.errors import BenchsealError
from evidence.models import LedgerEntry
from registry import admission, artifacts
from registry import runs as steps
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound, PermissionMissing
from registry.models import Project, Run
from registry.models.runs import RunStatus
from registry.pages.forms import VoidForm
from registry.pages.frame import Crumb, from_projects, project_trail, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation import results, revoked_keys, run_sources, submissions
from registry.presentation import runs as presented
from registry.presentation.actions import Action, action
from registry.presentation.paging import page
from registry.presentation.preview import preview
from registry.presentation.six_facts import six_facts
from registry.presentation.words import RUN_STATES, STAGES, run_state

FILTERS = ("project", "model", "benchmark", "stage", "status", "id", "flagged")


@login_required
@require_safe
def run_list(request: HttpRequest, key: str = "") -> HttpResponse:
    """Runs of one project, or of all that the reader sees."""
    user = principal_of(request).user
    project = policy.visible_project(principal_of(request), key) if key else None
    query = request.GET.dict()
    window = page(presented.filtered(presented.listed(user, project), query), query)
    return show(
        request,
        "registry/run_list.html",
        title="Runs",
        trail=project_trail(project, Crumb("Runs")) if project else from_projects(Crumb("Runs")),
        nav="runs",
        project=project,
        projects=[] if project else Project.objects.visible_to(user).order_by("key"),
        page=window,
        lines=presented.lines(window.rows),
        query=query,
        is_filtered=any(query.get(name) for name in FILTERS),
        stages=STAGES.items(),
        states=[(value, word) for value, (_, word) in RUN_STATES.items()],
    )


@login_required
@require_safe
def run(request: HttpRequest, key: str, human_id: str) -> HttpResponse:
    """The six things at a glance, then everything behind them."""
    principal = principal_of(request)
    found = _find(principal, key, human_id)
    rows, later = list(found.results.select_related("metric")), presented.later(found)
    newer = [one for one in later if one.status == RunStatus.ADMITTED]
    here = Crumb("Runs", reverse("project_runs", args=[key]))
    return show(
        request,
        "registry/run.html",
        title=f"{found.model_version} on {found.benchmark_version.benchmark.name}",
        trail=project_trail(found.project, here, Crumb(found.human_id, is_id=True)),
        nav="runs",
        run=found,
        project=found.project,
        state=run_state(found.status, is_corrected=bool(newer)),
        newer=newer,
        six=six_facts(found),
        flags=sum(1 for one in found.findings if one["severity"] == "flag"),
        headline=results.headline(next((row for row in rows if row.k is not None), None)),
        rows=results.rows(rows, found.findings),
        findings=submissions.findings(found.findings),
        files=presented.files(found, found.files.select_related("artifact__blob")),
        origins=run_sources.origins(found),
        under=run_sources.measured_under(found),
        bundle=presented.reproducibility(found),
        earlier=list(presented.earlier(found)),
        later=later,
        entry=_admission_entry(found),
        void=_void_actions(principal, found),
        revoked=revoked_keys.on_statements([found.statement_id]).get(found.statement_id, ""),
    )


@login_required
@require_safe
def run_file(request: HttpRequest, key: str, human_id: str, position: int) -> HttpResponse:
    """The first rows of a file, as text."""
    principal = principal_of(request)
    found = _find(principal, key, human_id)
    policy.require(principal, Permission.ARTIFACT_READ, found.project)
    row = found.files.select_related("artifact__blob").filter(position=position).first()
    if row is None:
        raise NotFound(f"{human_id} has no file {position}")
    shown = preview(row.artifact.blob_id)
    artifacts.note_reading(row.artifact, principal=principal)
    here = Crumb(found.human_id, presented.run_url(found), is_id=True)
    return show(
        request,
        "registry/run_file.html",
        title=row.name,
        trail=project_trail(found.project, here, Crumb(row.name, is_id=True)),
        nav="runs",
        run=found,
        file=presented.files(found, [row])[0],
        preview=shown,
    )


@login_required
@require_http_methods(["GET", "POST"])
def void(request: HttpRequest, key: str, human_id: str) -> HttpResponse:
    """Take a run out of use, with a reason."""
    principal = principal_of(request)
    found = _find(principal, key, human_id)
    policy.require(principal, Permission.RUN_VOID, found.project)
    form = VoidForm(request.POST or None)
    if form.is_valid() and _voided(form, found, principal):
        messages.success(request, f"{human_id} is void. Signatures that rest on it stopped counting.")
        return redirect("run", key, human_id)
    here = Crumb(found.human_id, presented.run_url(found), is_id=True)
    return show(
        request,
        "registry/form.html",
        title=f"Void {human_id}",
        trail=project_trail(found.project, here, Crumb("Void")),
        nav="runs",
        lead="It stays readable for ever and counts for nothing from now on. A correction is a new run.",
        form=form,
        button=f"Void {human_id}",
        is_grave=True,
        back=presented.run_url(found),
        status=422 if form.errors else 200,
    )


def _voided(form: VoidForm, run: Run, principal: Principal) -> bool:
    try:
        steps.void(run, reason=form.cleaned_data["reason"], principal=principal)
    except PermissionMissing:
        raise
    except BenchsealError as error:
        tie(form, error)
        return False
    return True


def _find(principal: Principal, key: str, human_id: str) -> Run:
    project = policy.visible_project(principal, key)
    related = (
        "project",
        "owner",
        "uploaded_by",
        "voided_by",
        "submission__token",
        "model_version__model",
        "benchmark_version__benchmark",
        "dataset_version__dataset",
        "dataset_version__owner",
        "corrects__project",
    )
    rows = Run.objects.filter(project=project).select_related(*related)
    return policy.find(rows.prefetch_related("rollback_artifacts__tested_by", "monitoring_signals"), human_id)


def _admission_entry(run: Run) -> LedgerEntry | None:
    entries = LedgerEntry.objects.filter(subject=admission.subject_of(run), kind="run.admitted")
    return entries.select_related("sealed").first()


def _void_actions(principal: Principal, run: Run) -> list[Action]:
    if run.status == "void":
        return []
    url = reverse("run_void", args=[run.project.key, run.human_id])
    return [action(principal, Permission.RUN_VOID, run.project, words="Void this run", url=url)]
