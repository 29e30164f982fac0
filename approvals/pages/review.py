"""A reviewer sends a release back, or its people take it back; neither is a signature."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from approvals import decisions, states
from approvals.models import Release
from approvals.pages.addresses import release_url, trail
from approvals.pages.reading import Reader, release_for
from approvals.pages.sign_forms import ChangesForm, ReasonForm
from approvals.states import Action
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.roles import Permission
from registry.pages.frame import Crumb, show
from registry.pages.refusals import tie

Take = Callable[[Any], object]


GRAVE = frozenset({"Withdraw", "Suspend", "Release in an emergency", "Close the waiver"})
"""Acts whose button warns."""


@dataclass(frozen=True)
class Words:
    """What a page of one act says: its title, what it does, and that it is done."""

    title: str
    explains: str
    done: str
    button: str = ""


@login_required
@require_http_methods(["GET", "POST"])
def request_changes(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for changes, with a list of what to change."""
    release, reader = release_for(request, reference)
    policy.require(reader.principal, Permission.RELEASE_SIGN, release.project)
    states.after(release.state, Action.REQUEST_CHANGES)
    form = ChangesForm(request.POST or None)

    def take(given: ReasonForm) -> object:
        data = given.cleaned_data
        return decisions.request_changes(
            release, reason=data["reason"], items=data["items"], principal=reader.principal
        )

    words = Words(
        "Request changes",
        "The release goes back to its submitter. Every stage starts again with the next revision.",
        "Changes are requested.",
    )
    return reason_page(request, release, form, take, words)


@login_required
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Take the release back."""
    release, reader = release_for(request, reference)
    policy.require(reader.principal, Permission.RELEASE_WITHDRAW, release.project)
    states.after(release.state, Action.WITHDRAW)
    form = ReasonForm(request.POST or None)
    words = Words(
        "Withdraw",
        "The release ends here and cannot be reopened. What it holds stays on record.",
        f"{release.human_id} is withdrawn.",
    )
    return reason_page(request, release, form, _withdrawal(release, reader), words)


def _withdrawal(release: Release, reader: Reader) -> Take:
    return lambda form: decisions.withdraw(
        release, reason=form.cleaned_data["reason"], principal=reader.principal
    )


def reason_page(request: HttpRequest, release: Release, form: Form, take: Take, words: Words) -> HttpResponse:
    """A form that ends in one act of a release; refusals stand at their fields."""
    if request.method == "POST" and form.is_valid():
        try:
            take(form)
        except BenchsealError as error:
            tie(form, error)
        else:
            messages.success(request, words.done)
            return redirect("release", release.human_id)
    return show(
        request,
        "approvals/review.html",
        title=f"{words.title}: {release.human_id}",
        trail=trail(release, Crumb(words.title)),
        status=422 if form.is_bound else 200,
        nav="releases",
        heading=words.title,
        button=words.button or words.title,
        is_grave=words.title in GRAVE,
        explains=words.explains,
        release=release,
        form=form,
        release_url=release_url(release),
    )
