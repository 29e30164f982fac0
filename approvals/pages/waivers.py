"""Waivers of the projects a reader sees, one waiver, and the forms that ask for, renew and close one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods, require_safe

from approvals import policies, waiver_requests, waiver_states, waivers, waiving
from approvals.models import Release, Waiver
from approvals.pages.addresses import release_url, trail, waiver_trail, waiver_url
from approvals.pages.naming import entries_about
from approvals.pages.reading import Reader, reader_of, release_for
from approvals.pages.review import Words, reason_page
from approvals.pages.sign_forms import ReasonForm
from approvals.pages.waiver_forms import FIELD_OF, WaiverForm
from approvals.presentation import waiver_rows
from approvals.presentation.labels import method_words
from approvals.presentation.timeline import timeline
from approvals.querysets import OPEN_STATES
from approvals.waiver_requests import Target
from approvals.waiver_states import WaiverAction
from evidence import clock
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.roles import Permission, role_words
from registry.models import Project
from registry.pages.frame import Crumb, show
from registry.pages.principal import principal_of
from registry.pages.refusals import tie
from registry.presentation.paging import page


@login_required
@require_safe
def waiver_list(request: HttpRequest) -> HttpResponse:
    """What was allowed, who answers for it, and when it ends; of one project with its budget."""
    user, query = principal_of(request).user, request.GET.dict()
    projects = list(Project.objects.visible_to(user).order_by("key"))
    rows = Waiver.objects.visible_to(user).with_story()
    chosen = next((one for one in projects if one.key == query.get("project")), None)
    if query.get("project"):
        rows = rows.filter(project=chosen) if chosen else rows.none()
    if query.get("in_force"):
        rows = rows.against_budget(clock.now())
    window = page(rows, query)
    return show(
        request,
        "approvals/waiver_list.html",
        title="Waivers",
        nav="releases",
        rows=waiver_rows.rows(window.rows, clock.now()),
        window=window,
        projects=projects,
        key=query.get("project", ""),
        in_force=bool(query.get("in_force")),
        budget=_budget(chosen) if chosen else "",
    )


@login_required
@require_safe
def waiver(request: HttpRequest, reference: str) -> HttpResponse:
    """One waiver: exactly what its record says, who decided, and what can be done with it."""
    found, reader = waiver_for(request, reference)
    entries, count = entries_about([waivers.subject_of(found)])
    return show(
        request,
        "approvals/waiver.html",
        title=f"Waiver {found.human_id}",
        trail=waiver_trail(found),
        nav="releases",
        who_role=", ".join(map(role_words, reader.roles)),
        entries=timeline(entries),
        entry_count=count,
        acts=_acts(found, reader),
        methods=method_words(found.decided.methods) if found.decided else "",
        **said(found),
    )


@login_required
@require_http_methods(["GET", "POST"])
def waiver_new(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for a waiver of a failing gate."""
    release, reader = release_for(request, reference)
    policy.require(reader.principal, Permission.WAIVER_REQUEST, release.project)
    target = Target(request.GET.get("gate", ""), request.GET.get("criterion", ""))
    finding = waiver_requests.finding_of(release, target)  # refuses what cannot be waived
    form = WaiverForm(request.POST or None, release=release, initial={"owner": release.owner_id})

    def ask() -> Waiver:
        return waiver_requests.request(release, target, form.terms, principal=reader.principal)

    return _form(
        request,
        form,
        ask,
        title="Ask for a waiver",
        trail=trail(release, Crumb("Ask for a waiver")),
        release=release,
        covers=waiver_rows.gate_words(target.gate, target.criterion),
        finding=finding.reason,
        button="Ask for the waiver",
        back_url=release_url(release),
    )


@login_required
@require_http_methods(["GET", "POST"])
def waiver_renew(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask that a waiver lasts longer."""
    found, reader = waiver_for(request, reference)
    policy.require(reader.principal, Permission.WAIVER_REQUEST, found.project)
    waiver_states.after(found, WaiverAction.RENEW, clock.now())
    initial = {"owner": found.owner_id, "measure": found.measure}
    form = WaiverForm(request.POST or None, release=found.release, initial=initial)
    return _form(
        request,
        form,
        lambda: waiver_requests.renew(found, form.terms, principal=reader.principal),
        title=f"Renew {found.human_id}",
        trail=waiver_trail(found, Crumb("Renew")),
        release=found.release,
        covers=waiver_rows.gate_words(found.gate, found.criterion),
        finding=str(found.finding["reason"]),
        button="Ask for the renewal",
        back_url=waiver_url(found),
    )


@login_required
@require_http_methods(["GET", "POST"])
def waiver_close(request: HttpRequest, reference: str) -> HttpResponse:
    """End a waiver, or take back a request."""
    found, reader = waiver_for(request, reference)
    policy.require(reader.principal, Permission.WAIVER_CLOSE, found.project)
    waiver_states.after(found, WaiverAction.CLOSE, clock.now())
    words = Words(
        "Close the waiver",
        f"{found.human_id} ends now and cannot be opened again. If its gate still fails, nothing of the "
        "release moves on, signatures on it stop counting, and a live release is suspended.",
        f"{found.human_id} is closed.",
    )
    return reason_page(
        request,
        found.release,
        ReasonForm(request.POST or None),
        lambda given: waivers.close(found, reason=given.cleaned_data["reason"], principal=reader.principal),
        words,
    )


def waiver_for(request: HttpRequest, reference: str) -> tuple[Waiver, Reader]:
    """The waiver if the reader holds a grant on its project; `NotFound` otherwise."""
    principal = principal_of(request)
    found = policy.find(Waiver.objects.visible_to(principal.user).with_story(), reference)
    return found, reader_of(principal, found.project)


def said(found: Waiver) -> dict[str, Any]:
    """What pages say of a waiver: what is signed, and how it stands."""
    moment = clock.now()
    state = waiver_states.state_of(found, moment)
    return {
        "waiver": found,
        "release": found.release,
        "covers": waiver_rows.gate_words(found.gate, found.criterion),
        "kind": waiver_rows.KINDS[state],
        "word": str(state.label),
        "left": waiver_rows.left_words(found, moment),
        "release_url": release_url(found.release),
    }


def waivable_for(release: Release, reader: Reader) -> frozenset[str]:
    """Codes of the gates for which this reader may ask for a waiver."""
    may = Permission.WAIVER_REQUEST in reader.permissions and release.state in OPEN_STATES
    rules = release.policy.tiers[release.tier]
    return frozenset(code for code in waiver_rows.GATE_NAMES if may and waiving.is_waivable(code, rules))


def of_release(release: Release) -> waiver_rows.WaiverBoard:
    """The waivers of a release, newest first; one query."""
    found = Waiver.objects.with_story().filter(release=release).order_by("-pk")
    return waiver_rows.board(list(found), clock.now())


def _budget(project: Project) -> str:
    rows = Waiver.objects.against_budget(clock.now()).filter(project=project)
    in_force = len(rows.values_list("pk", flat=True)[:1000])
    return waiver_rows.budget_words(in_force, policies.rules_for(project).tiers)


def _acts(found: Waiver, reader: Reader) -> list[tuple[str, str, bool]]:
    """Words, address and whether it is the main one, of what this reader may do now."""
    state = waiver_states.state_of(found, clock.now())
    known = (
        (WaiverAction.APPROVE, Permission.WAIVER_DECIDE, "Approve", ("waiver_decide", "approve")),
        (WaiverAction.REJECT, Permission.WAIVER_DECIDE, "Reject", ("waiver_decide", "reject")),
        (WaiverAction.RENEW, Permission.WAIVER_REQUEST, "Ask for its renewal", ("waiver_renew",)),
        (WaiverAction.CLOSE, Permission.WAIVER_CLOSE, "Close it", ("waiver_close",)),
    )
    return [
        (words, waiver_url(found, *place), action == WaiverAction.APPROVE)
        for action, permission, words, place in known
        if permission in reader.permissions and (state, action) in waiver_states.TRANSITIONS
    ]


def _form(request: HttpRequest, form: WaiverForm, step: Callable[[], Waiver], **said: Any) -> HttpResponse:
    """A form that ends in a request; refusals stand at their fields."""
    if request.method == "POST" and form.is_valid():
        try:
            made = step()
        except BenchsealError as error:
            tie(form, error, FIELD_OF)
        else:
            messages.success(request, f"{made} waits for a compliance reviewer. Nothing is set aside yet.")
            return redirect("waiver", made.human_id)
    return show(
        request,
        "approvals/waiver_form.html",
        status=422 if form.is_bound else 200,
        nav="releases",
        form=form,
        **said,
    )
