"""The step before a decision on a waiver: exactly the record that is signed, and the credentials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from approvals import accountability, credentials, waiver_decisions, waiver_states, waivers
from approvals.demands import demand
from approvals.models import Waiver
from approvals.models.waivers import WaiverVerdict
from approvals.pages.addresses import waiver_trail, waiver_url
from approvals.pages.reading import Reader
from approvals.pages.sign_forms import CredentialsForm, ReasonedSignForm, SignForm
from approvals.pages.waivers import said, waiver_for
from approvals.waiver_decisions import Ruling
from approvals.waiver_states import WaiverAction
from evidence import clock
from evidence.errors import BenchsealError
from registry.access import policy
from registry.access.roles import Permission
from registry.errors import NotFound
from registry.pages.frame import Crumb, show
from registry.presentation.paging import id_of
from registry.problems import from_error


@dataclass(frozen=True)
class Act:
    """A decision as its page calls it."""

    title: str
    button: str
    explains: str
    done: str
    form: type[CredentialsForm]


ACTS: Final = {
    WaiverVerdict.APPROVE: Act(
        "Approve",
        "Approve and sign",
        "The gate is waived from then on, until its end. Compliance signs the release once more than its "
        "tier asks, and signatures given without the waiver stop counting.",
        "{waiver} is approved.",
        SignForm,
    ),
    WaiverVerdict.REJECT: Act(
        "Reject",
        "Reject and sign",
        "Nothing is set aside. The request stays on record with your reason.",
        "{waiver} is rejected.",
        ReasonedSignForm,
    ),
}


@login_required
@never_cache
@sensitive_post_parameters("password", "code")
@require_http_methods(["GET", "POST"])
def waiver_decide(request: HttpRequest, reference: str, action: str) -> HttpResponse:
    """Approve or reject a waiver."""
    waiver, reader = waiver_for(request, reference)
    if action not in WaiverVerdict.values:
        raise NotFound(f"A waiver is approved or rejected, not {action}")
    verdict = WaiverVerdict(action)
    policy.require(reader.principal, Permission.WAIVER_DECIDE, waiver.project)
    waiver_states.after(waiver, WaiverAction(action), clock.now())
    asked = demand(waiver.release, reader.principal)
    form = ACTS[verdict].form(request.POST if request.method == "POST" else None, asked=asked)
    if request.method == "POST":
        return _post(request, waiver, reader, verdict, form)
    return _step(request, waiver, reader, verdict, form)


def _post(
    request: HttpRequest, waiver: Waiver, reader: Reader, verdict: WaiverVerdict, form: CredentialsForm
) -> HttpResponse:
    if not form.is_valid():
        return _step(request, waiver, reader, verdict, form, status=422)
    ruling = Ruling(
        action=verdict,
        record_digest=request.POST.get("record", ""),
        # An id that is none names no challenge; the step then says that the dialog is out of date.
        challenge_id=str(id_of(request.POST.get("challenge", "")) or UUID(int=0)),
        comment=form.cleaned_data.get("comment", ""),
    )
    try:
        waiver_decisions.decide(waiver, ruling, typed=form.given, principal=reader.principal)
    except BenchsealError as error:
        again = waivers.reread(waiver)
        return _step(request, again, reader, verdict, form, problem=error, status=error.status)
    messages.success(request, ACTS[verdict].done.format(waiver=waiver))
    return redirect("waiver", waiver.human_id)


def _step(
    request: HttpRequest,
    waiver: Waiver,
    reader: Reader,
    verdict: WaiverVerdict,
    form: CredentialsForm,
    *,
    problem: BenchsealError | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page with the form; without one where something stands against this person deciding."""
    act = ACTS[verdict]
    refusal = waiver_decisions.refusal_of(waiver, principal=reader.principal)
    opened = None
    if refusal is None:
        opened = waiver_decisions.challenge_for(waiver, verdict, principal=reader.principal)
    _tie_reason(form, problem)
    return show(
        request,
        "approvals/waiver_decide.html",
        title=f"{act.title} {waiver.human_id}",
        trail=waiver_trail(waiver, Crumb(act.title)),
        status=status,
        nav="releases",
        form=form if refusal is None else None,
        challenge=opened,
        passkey=credentials.passkey_options(opened, reader.user)
        if opened is not None and "passkey" in form.fields
        else None,
        refusal=refusal,
        statement=accountability.TEXT,
        statement_version=accountability.VERSION,
        problem=from_error(problem, getattr(request, "request_id", ""))
        if problem and not form.errors
        else None,
        explains=act.explains,
        button=act.button,
        meaning=waiver_decisions.meaning_of(waiver.release, verdict)[1],
        back_url=waiver_url(waiver),
        **said(waiver),
    )


def _tie_reason(form: CredentialsForm, problem: BenchsealError | None) -> None:
    errors = problem.extra.get("errors") if problem is not None else None
    for error in errors if isinstance(errors, list) else []:
        form.add_error("comment", str(error["detail"]))
