"""Submissions: what came in, where it stands, and what has to be corrected."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from registry.access import policy
from registry.access.principals import Principal
from registry.errors import NotFound
from registry.models import Submission
from registry.models.runs import SubmissionState
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.principal import principal_of
from registry.presentation import submissions as presented
from registry.presentation.paging import page, row_id
from registry.presentation.words import SUBMISSION_STATES


@login_required
@require_safe
def submission_list(request: HttpRequest, key: str) -> HttpResponse:
    """Submissions of a project, newest first."""
    project = policy.visible_project(principal_of(request), key)
    state = request.GET.get("state", "")
    rows = Submission.objects.filter(project=project).select_related("received_from", "token", "run")
    if state in SubmissionState.values:
        rows = rows.filter(state=state)
    return show(
        request,
        "registry/submission_list.html",
        title="Submissions",
        trail=project_trail(project, Crumb("Submissions")),
        nav="runs",
        project=project,
        page=page(rows, request.GET.dict()),
        state=state,
        states=[(value, SUBMISSION_STATES[value][1]) for value in SubmissionState.values],
        words=SUBMISSION_STATES,
    )


@login_required
@require_safe
@never_cache
def submission(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """One submission with its findings."""
    found = _find(principal_of(request), key, pk)
    lines = presented.findings(found.findings)
    here = Crumb("Submissions", reverse("submission_list", args=[key]))
    return show(
        request,
        "registry/submission.html",
        title=found.external_id,
        trail=project_trail(found.project, here, Crumb(found.external_id)),
        nav="runs",
        submission=found,
        state=SUBMISSION_STATES[found.state],
        findings=lines,
        refusals=presented.refusals(lines),
        job=presented.progress(found),
        document=presented.document_text(found),
    )


@login_required
@require_safe
@never_cache
def submission_progress(request: HttpRequest, key: str, pk: str) -> HttpResponse:
    """The counted progress alone, for the page that waits."""
    job = presented.progress(_find(principal_of(request), key, pk))
    return render(request, "components/progress.html", {"job": job})


def _find(principal: Principal, key: str, pk: str) -> Submission:
    project = policy.visible_project(principal, key)
    related = ("project", "received_from", "token", "job", "document", "run")
    found = Submission.objects.filter(project=project, pk=row_id(pk)).select_related(*related).first()
    if found is None:
        raise NotFound(f"No submission {pk[:40]} here")
    return found
