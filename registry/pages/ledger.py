"""The audit trail: entries about the reader's projects, each with its leaf, its payload and its proof."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from evidence import proofs
from evidence.models import Checkpoint, LedgerEntry
from registry import subjects, trail
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound
from registry.models import Project
from registry.pages.frame import Crumb, from_projects, project_trail, show
from registry.pages.principal import principal_of
from registry.pages.trail_form import TrailForm
from registry.presentation import ledger as presented
from registry.presentation.paging import LENGTH, Page, id_of, page, row_id
from registry.presentation.places import place_of
from registry.presentation.words import event


@login_required
@require_safe
def ledger(request: HttpRequest, key: str = "") -> HttpResponse:
    """Entries, newest first, of one project or of all the reader sees."""
    principal = principal_of(request)
    project = policy.project_for(principal, key, Permission.AUDIT_READ) if key else None
    query = request.GET.dict()
    form = TrailForm(query)
    window = _window(principal, project, form, query)
    return show(
        request,
        "registry/ledger.html",
        title="Ledger",
        trail=project_trail(project, Crumb("Ledger")) if project else from_projects(Crumb("Ledger")),
        nav="ledger",
        project=project,
        form=form,
        page=window,
        lines=presented.lines(window.rows),
        is_filtered=any(query.get(name) for name in form.fields),
        asked=urlencode({name: query[name] for name in form.fields if query.get(name)}),
        checkpoint=Checkpoint.objects.order_by("-size").first(),
    )


def _window(
    principal: Principal, project: Project | None, form: TrailForm, query: dict[str, str]
) -> Page[LedgerEntry]:
    wanted = form.wanted()
    if wanted is None:
        return Page(rows=[], older_url="", newest_url="")
    visible = Project.objects.visible_to(principal.user).values_list("pk", flat=True)
    projects = [project.pk] if project else list(visible)
    before = id_of(query.get("after", ""))
    entries = trail.newest(projects, wanted, before=before, most=LENGTH + 1)
    return page(entries.select_related("payload", "sealed"), query)


@login_required
@require_safe
def entry(request: HttpRequest, pk: str) -> HttpResponse:
    """One entry in full."""
    found, project = _find(principal_of(request), pk)
    payload, index = presented.payload_of(found), presented.index_of(found)
    here = Crumb("Ledger", reverse("project_ledger", args=[project.key]))
    return show(
        request,
        "registry/ledger_entry.html",
        title=event(found.kind),
        trail=project_trail(
            project, here, Crumb(f"Entry {index:,}" if index is not None else "Unsealed entry")
        ),
        nav="ledger",
        project=project,
        entry=found,
        line=presented.lines([found])[0],
        payload=payload,
        values=presented.values(payload),
        leaf=presented.leaf_text(found),
        leaf_digest=presented.leaf_digest(found),
        payload_text=presented.payload_text(found),
        index=index,
        checkpoint=presented.first_checkpoint(index),
        around=trail.neighbours(found),
    )


@login_required
@require_safe
def proof(request: HttpRequest, pk: str) -> HttpResponse:
    """The proof that the entry is in the log, as a file."""
    found, _ = _find(principal_of(request), pk)
    response = HttpResponse(proofs.tlog_proof(found), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.pk}.tlog-proof"'
    return response


@login_required
@require_safe
def subject(request: HttpRequest, subject: str) -> HttpResponse:
    """To the page of what an entry is about; where it has none, to its entries."""
    principal = principal_of(request)
    project = subjects.project_of(subject)
    if project is None or not policy.roles_of(principal.user, project):
        raise NotFound(f"Nothing here is called {subject[:80]}")
    return redirect(place_of(subject, project))


def _find(principal: Principal, pk: str) -> tuple[LedgerEntry, Project]:
    found = LedgerEntry.objects.filter(pk=row_id(pk)).select_related("payload", "sealed").first()
    project = subjects.project_of(found.subject) if found else None
    # The same words as for an unknown entry: the project stays unnamed.
    if found is None or project is None or not policy.roles_of(principal.user, project):
        raise NotFound(f"No entry {pk[:40]}")
    policy.require(principal, Permission.AUDIT_READ, project)
    return found, project
