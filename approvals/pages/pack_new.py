"""Ask for a pack of one run, of a random sample of runs, or of a time; packs of releases start there."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from approvals import pack_requests
from approvals.models import Pack
from approvals.pages.pack_form import PackForm
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission, holders
from registry.models import Project, Run
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie


@login_required
@require_http_methods(["GET", "POST"])
def pack_new(request: HttpRequest) -> HttpResponse:
    """The form; what was asked for is followed on the page of the pack."""
    principal = principal_of(request)
    project = policy.project_for(principal, _key(request, principal), Permission.PACK_SEAL)
    form = PackForm(request.POST or None, project=project, run=request.GET.get("run", ""))
    asked = _asked(form, project, principal) if form.is_valid() else None
    if asked is not None:
        messages.success(request, f"{asked.human_id} is being sealed.")
        return redirect("pack", asked.human_id)
    return show(
        request,
        "registry/form.html",
        title="Seal a pack",
        trail=project_trail(project, Crumb("Packs", reverse("pack_list")), Crumb("New")),
        nav="packs",
        lead="One run, runs that nobody picked, or everything that happened in a time. A decision is sealed "
        "on the page of its release. "
        f"Private files go in for {holders(Permission.PACK_INCLUDE_PRIVATE)} alone.",
        form=form,
        button="Seal the pack",
        back=f"{reverse('pack_list')}?project={project.key}",
        status=422 if form.errors else 200,
    )


def _key(request: HttpRequest, principal: Principal) -> str:
    """The project the address names, by itself or by one of its runs."""
    run = request.GET.get("run", "")
    if run:
        visible = Run.objects.visible_to(principal.user).select_related("project")
        return policy.find(visible, run).project.key
    return request.GET.get("project", "")


def _asked(form: PackForm, project: Project, principal: Principal) -> Pack | None:
    try:
        return _request(form.cleaned_data, project, principal)
    except BenchsealError as error:
        tie(form, error)
        return None


def _request(asked: dict[str, Any], project: Project, principal: Principal) -> Pack:
    include = asked["include_private"]
    match asked["scope"]:
        case "run":
            return pack_requests.request_run_pack(asked["run"], include_private=include, principal=principal)
        case "sample":
            return pack_requests.request_sample_pack(
                project, size=asked["size"], include_private=include, principal=principal
            )
        case _:
            since, until = _midnight(asked["first_day"]), _midnight(asked["last_day"] + timedelta(days=1))
            return pack_requests.request_period_pack(project, since=since, until=until, principal=principal)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, tzinfo=UTC)
