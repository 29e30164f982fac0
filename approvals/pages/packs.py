"""The pack library: which packs were issued, whether one is intact, and the bytes themselves."""

from __future__ import annotations

from typing import Final

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from approvals import pack_requests
from approvals.holding import current_revision
from approvals.models import Pack, PackScope, Release
from approvals.newer_packs import newer_than
from approvals.pages.addresses import again_url, pack_trail, pack_url, trail
from approvals.pages.reading import Reader, release_for
from approvals.presentation.pack_progress import pack_progress
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission, holders
from registry.components import Progress
from registry.models import Project
from registry.pages.frame import Crumb, show
from registry.pages.principal import principal_of
from registry.presentation.paging import page
from registry.presentation.revoked_keys import on_pack
from registry.querysets import InProjectQuerySet

THING: Final = ("project_id", "release_id", "run_id", "period_since", "period_until")
"""What two packs have in common that are about the same."""


@login_required
@require_safe
def pack_list(request: HttpRequest) -> HttpResponse:
    """Packs of all visible projects, newest first."""
    principal, query = principal_of(request), request.GET.dict()
    rows = packs_of(request)
    if query.get("project"):
        rows = rows.filter(project__key=query["project"])
    if query.get("scope") in PackScope.values:
        rows = rows.filter(scope=query["scope"])
    window = page(rows, query)
    projects = list(Project.objects.visible_to(principal.user).order_by("key"))
    chosen = [one for one in projects if one.key == query.get("project", one.key)]
    return show(
        request,
        "approvals/pack_list.html",
        title="Packs",
        nav="packs",
        window=window,
        rows=_with_newer(window.rows),
        projects=projects,
        place=_where_to_seal(principal, chosen),
        project=query.get("project", ""),
        scopes=PackScope.choices,
        scope=query.get("scope", ""),
        is_filtered=bool(query.get("project") or query.get("scope")),
    )


def _where_to_seal(principal: Principal, chosen: list[Project]) -> Project | None:
    """The only project on the page, if its reader may seal there."""
    only = chosen[0] if len(chosen) == 1 else None
    return only if only is not None and policy.may(principal, Permission.PACK_SEAL, only) else None


@login_required
@require_http_methods(["GET", "POST"])
def release_packs(request: HttpRequest, reference: str) -> HttpResponse:
    """Packs of one release, and the way to seal the next one."""
    release, reader = release_for(request, reference)
    if request.method == "POST":
        return _seal(request, release, reader)
    packs = list(packs_of(request).filter(release=release).order_by("-version"))
    return show(
        request,
        "approvals/release_packs.html",
        title=f"Packs of {release.human_id}",
        trail=trail(release, Crumb("Packs")),
        nav="packs",
        release=release,
        rows=_with_newer(packs),
        live=[job for one in packs if one.issued_at is None and (job := progress_of(one)) is not None],
        seal_refusal=seal_refusal(release, reader),
        may_include=Permission.PACK_INCLUDE_PRIVATE in reader.permissions,
        include_holders=holders(Permission.PACK_INCLUDE_PRIVATE),
        next_version=packs[0].version + 1 if packs else 1,
    )


@login_required
@require_safe
def pack(request: HttpRequest, reference: str) -> HttpResponse:
    """One pack: what it is, how far it is, whether it is intact."""
    found = pack_for(request, reference)
    return show(
        request,
        "approvals/pack.html",
        title=found.human_id,
        trail=pack_trail(found),
        nav="packs",
        pack=found,
        release=found.release,
        job=progress_of(found),
        again_url=again_url(found),
        revoked=on_pack(found.issued_at) if found.issued_at else (),
        newest=newer_than(found),
        verify_url=pack_url(found, "pack_verify"),
        download_url=pack_url(found, "pack_download"),
        download_refusal=_download_refusal(request, found),
    )


@login_required
@require_safe
def progress(request: HttpRequest, reference: str) -> HttpResponse:
    """How far the job of a pack is, as the part of a page that asks again."""
    found = pack_for(request, reference)
    response = render(request, "approvals/pack_progress.html", {"job": progress_of(found)})
    if found.issued_at and request.headers.get("HX-Request") == "true":
        # Once issued, the page around it has digests to show and a button to offer.
        response["HX-Refresh"] = "true"
    return response


def seal_refusal(release: Release, reader: Reader) -> str:
    """The first thing in the way of sealing a pack; empty when nothing is."""
    if Permission.PACK_SEAL not in reader.permissions:
        return f"Sealing is for {holders(Permission.PACK_SEAL)}."
    if current_revision(release) is None:
        return "A draft has nothing to seal yet; submit the release first."
    return ""


def progress_of(found: Pack) -> Progress | None:
    """The job of a pack for its pages."""
    return pack_progress(
        found,
        poll_url=pack_url(found, "pack_progress"),
        download_url=pack_url(found, "pack_download"),
        again_url=again_url(found),
    )


def _seal(request: HttpRequest, release: Release, reader: Reader) -> HttpResponse:
    include = request.POST.get("include_private") == "on"
    try:
        made = pack_requests.request_pack(release, include_private=include, principal=reader.principal)
    except BenchsealError as error:
        messages.error(request, f"{error.detail}. {error.next_step or 'Nothing was asked for.'}")
        return redirect("release_packs", release.human_id)
    messages.success(request, f"{made.human_id} is being sealed.")
    return redirect("pack", made.human_id)


def packs_of(request: HttpRequest) -> InProjectQuerySet[Pack]:
    """Packs of every project the reader sees."""
    rows = Pack.objects.visible_to(principal_of(request).user)
    return rows.select_related(
        "project",
        "release__project__organisation",
        "release__deployment",
        "run",
        "requested_by",
        "job",
        "blob",
    )


def pack_for(request: HttpRequest, reference: str) -> Pack:
    """The pack if the reader may read packs of its project."""
    found = policy.find(packs_of(request), reference)
    policy.require(principal_of(request), Permission.PACK_READ, found.project)
    return found


def _with_newer(packs: list[Pack]) -> list[tuple[Pack, bool]]:
    """Each pack, and whether a later one of the same thing is issued; a sample stands alone."""
    projects = {one.project_id for one in packs if one.scope == PackScope.PERIOD}
    alike = (
        Q(release__in={one.release_id for one in packs})
        | Q(run__in={one.run_id for one in packs})
        | Q(
            project__in=projects, scope=PackScope.PERIOD, period_since__in={one.period_since for one in packs}
        )
    )
    newest: dict[tuple[object, ...], int] = {}
    for *thing, version in Pack.objects.filter(alike, issued_at__isnull=False).values_list(*THING, "version"):
        newest[*thing] = max(version, newest.get((*thing,), 0))
    return [(one, newest.get(_thing(one), 0) > one.version) for one in packs]


def _thing(pack: Pack) -> tuple[object, ...]:
    return tuple(getattr(pack, name) for name in THING)


def _download_refusal(request: HttpRequest, found: Pack) -> str:
    principal = principal_of(request)
    if not found.include_private or policy.may(principal, Permission.PACK_INCLUDE_PRIVATE, found.project):
        return ""
    return f"It holds private items; downloading it is for {holders(Permission.PACK_INCLUDE_PRIVATE)}."
