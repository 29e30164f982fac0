"""The step before a signature: exactly what is signed, who signs, and fresh credentials.

A view digest that is not the current one shows what changed; nothing can be signed from there.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from approvals import accountability, credentials, decision_view, deputies
from approvals.conditions import Terms
from approvals.decision_view import DecisionView
from approvals.demands import demand
from approvals.errors import ViewChanged
from approvals.models import Release, SigningChallenge
from approvals.pages import condition_forms
from approvals.pages.addresses import release_url, trail
from approvals.pages.naming import names_of
from approvals.pages.reading import RELATED, Reader, release_for
from approvals.pages.sign_acts import DECLINE, REJECT, RELEASE, SIGN, Act, words
from approvals.pages.sign_content import diff_since, what
from approvals.pages.sign_forms import CredentialsForm
from approvals.presentation.diffs import rows
from approvals.signing import Intent
from approvals.states import Action
from evidence.errors import BenchsealError
from registry.access.roles import role_words
from registry.pages.frame import Crumb, show
from registry.presentation.paging import id_of
from registry.problems import from_error


@login_required
@never_cache
@sensitive_post_parameters("password", "code", "passkey")
@require_http_methods(["GET", "POST"])
def sign(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    """Sign a stage; stage 6 releases."""
    return _act(request, reference, code, None)


@login_required
@never_cache
@sensitive_post_parameters("password", "code", "passkey")
@require_http_methods(["GET", "POST"])
def decline(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    """Decline a stage."""
    return _act(request, reference, code, DECLINE)


@login_required
@never_cache
@sensitive_post_parameters("password", "code", "passkey")
@require_http_methods(["GET", "POST"])
def reject(request: HttpRequest, reference: str, code: str) -> HttpResponse:
    """Reject a release from a stage."""
    return _act(request, reference, code, REJECT)


def _act(request: HttpRequest, reference: str, code: str, wanted: Act | None) -> HttpResponse:
    release, reader = release_for(request, reference)
    act = wanted or (RELEASE if code == "6" else SIGN)
    deputies.require(reader.principal, act.permission, release, _whom(request))
    if request.method == "POST":
        return _post(request, release, reader, code, act)
    view = _view(request, release, code, act, reader)
    shown = request.GET.get("view", "")
    if view.refusal is None and shown != view.digest:
        return _changed(request, release, view, act, seen=request.GET.get("revision", ""))
    form = act.form(asked=demand(release, reader.principal))
    return _step(request, release, reader, view, act, form)


def _post(request: HttpRequest, release: Release, reader: Reader, code: str, act: Act) -> HttpResponse:
    form = act.form(request.POST, asked=demand(release, reader.principal))
    # Only signing sets conditions; whether this stage may is the step's answer.
    blocks = condition_forms.blocks(release, request.POST if act.action == Action.SIGN else None)
    if not form.is_valid() or not condition_forms.hold(blocks):
        view = _view(request, release, code, act, reader)
        return _again(request, release, reader, view, act, form, problem=None, status=422)
    try:
        intent = _intent(request, code, act, form, condition_forms.stated(blocks))
        act.step(release, intent, typed=form.given, principal=reader.principal)
    except ViewChanged:
        view = _view(request, _fresh(release), code, act, reader)
        return _changed(request, release, view, act, seen=request.POST.get("revision", ""))
    except BenchsealError as error:
        release = _fresh(release)
        view = _view(request, release, code, act, reader)
        return _again(request, release, reader, view, act, form, problem=error, status=error.status)
    messages.success(request, act.done.format(code=code, release=release.human_id))
    return redirect("release", release.human_id)


def _again(
    request: HttpRequest,
    release: Release,
    reader: Reader,
    view: DecisionView,
    act: Act,
    form: CredentialsForm,
    *,
    problem: BenchsealError | None,
    status: int,
) -> HttpResponse:
    if view.refusal is None and request.POST.get("view", "") != view.digest:
        return _changed(request, release, view, act, seen=request.POST.get("revision", ""))
    if problem is not None and problem.pointer is None:
        _tie_reason(form, problem)
    return _step(request, release, reader, view, act, form, problem=problem, status=status)


def _step(
    request: HttpRequest,
    release: Release,
    reader: Reader,
    view: DecisionView,
    act: Act,
    form: CredentialsForm,
    *,
    problem: BenchsealError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with the form; without one where something stands against this person signing."""
    challenge = _challenge(release, view, act, reader) if view.refusal is None else None
    return show(
        request,
        "approvals/sign.html",
        title=words(act.title, release, view),
        trail=trail(release, Crumb(words(act.title, release, view))),
        status=status,
        nav="releases",
        who_role=role_words(view.stage.role),
        form=form if view.refusal is None else None,
        challenge=challenge,
        passkey=credentials.passkey_options(challenge, reader.user)
        if challenge is not None and "passkey" in form.fields
        else None,
        statement=accountability.TEXT,
        statement_version=accountability.VERSION,
        problem=from_error(problem, getattr(request, "request_id", ""))
        if problem and not form.errors
        else None,
        **_blocks(request, view),
        **what(release, view, act, reader),
    )


def _blocks(request: HttpRequest, view: DecisionView) -> dict[str, Any]:
    """Room for conditions; open again where something was typed into it."""
    sent = request.POST if request.method == "POST" else None
    if not condition_forms.offered(view):
        return {}
    blocks = condition_forms.blocks(view.found.facts.release, sent)
    is_open = blocks.is_bound and any(one.has_changed() for one in blocks)
    return {"blocks": blocks, "blocks_open": is_open}


def _changed(
    request: HttpRequest, release: Release, view: DecisionView, act: Act, *, seen: str
) -> HttpResponse:
    """Nothing can be signed here: what differs from the revision the reader saw."""
    diff = diff_since(release, view, seen)
    return show(
        request,
        "approvals/view_changed.html",
        title="The evidence changed while you read" if diff else "What you read is out of date",
        trail=trail(release, Crumb(words(act.title, release, view))),
        status=409,
        nav="releases",
        release=release,
        revision=view.revision,
        rows=rows(diff, names_of([diff], release.project)),
        seen=seen if seen.isdecimal() else "",
        release_url=release_url(release),
    )


def _challenge(release: Release, view: DecisionView, act: Act, reader: Reader) -> SigningChallenge:
    return credentials.issue_challenge(
        release,
        stage_code=view.stage.code,
        action=act.action,
        view_digest=view.digest,
        principal=reader.principal,
    )


def _view(request: HttpRequest, release: Release, code: str, act: Act, reader: Reader) -> DecisionView:
    return decision_view.show(
        release, code, action=act.action, principal=reader.principal, delegation=_whom(request)
    )


def _whom(request: HttpRequest) -> str:
    """The delegation under which the reader signs; empty where he signs as himself."""
    given = request.POST if request.method == "POST" else request.GET
    return given.get("for", "")


def _intent(
    request: HttpRequest, code: str, act: Act, form: CredentialsForm, asked: tuple[Terms, ...]
) -> Intent:
    return Intent(
        stage_code=code,
        action=act.action,
        view_digest=request.POST.get("view", ""),
        # An id that is none names no challenge; the step then says that the dialog is out of date.
        challenge_id=str(id_of(request.POST.get("challenge", "")) or UUID(int=0)),
        comment=form.cleaned_data.get("comment", ""),
        delegation=_whom(request),
        conditions=asked,
    )


def _tie_reason(form: CredentialsForm, problem: BenchsealError) -> None:
    errors = problem.extra.get("errors")
    for error in errors if isinstance(errors, list) else []:
        form.add_error("comment", str(error["detail"]))


def _fresh(release: Release) -> Release:
    return Release.objects.select_related(*RELATED).get(pk=release.pk)
