"""The page of the log itself, and asking for a verification."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from evidence.models import Verification
from registry import log_verification
from registry.access import administrators
from registry.errors import NotFound
from registry.pages.frame import Crumb, from_projects, show
from registry.pages.principal import principal_of
from registry.presentation import log as presented
from registry.presentation.paging import page


@login_required
@require_safe
@never_cache
def log(request: HttpRequest) -> HttpResponse:
    """Head, targets and verifications."""
    administers = administrators.administers(principal_of(request))
    head, job, last = presented.head(), log_verification.newest_job(), log_verification.newest()
    window = page(Verification.objects.all(), request.GET.dict(), length=20)
    return show(
        request,
        "registry/log.html",
        title="The log",
        trail=from_projects(Crumb("Ledger", reverse("ledger")), Crumb("The log")),
        nav="ledger",
        origin=presented.origin(),
        head=head,
        is_sealed=presented.is_sealed(),
        targets=presented.targets(head.size if head else 0),
        page=window,
        lines=[presented.line(row, names_faults=administers) for row in window.rows],
        newest=presented.line(last, names_faults=administers) if last else None,
        notices=presented.notices(last, job),
        job=presented.progress(job) if job and log_verification.is_open(job) else None,
        administers=administers,
    )


@login_required
@require_safe
@never_cache
def progress(request: HttpRequest) -> HttpResponse:
    """The counted progress alone, for the page that waits."""
    job = log_verification.newest_job()
    if job is None:
        raise NotFound("No verification was asked for")
    return render(request, "components/progress.html", {"job": presented.progress(job)})


@login_required
@require_POST
def verify(request: HttpRequest) -> HttpResponse:
    """Ask for a verification."""
    principal = principal_of(request)
    administrators.require(principal)
    log_verification.ask(principal.actor)
    return redirect("log")
