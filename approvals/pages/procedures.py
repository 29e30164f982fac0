"""Forms of the ways to a decision beside the usual review."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from approvals import afterwards, emergency, policy, states, suspension, tiers
from approvals.models import Release
from approvals.models.releases import Tier
from approvals.pages.reading import Reader, release_for
from approvals.pages.review import Words, reason_page
from approvals.pages.sign_forms import CauseForm, EmergencyForm, NothingForm, ReasonForm, TierForm
from approvals.states import Action
from registry.access import policy as access
from registry.access.roles import Permission


@login_required
@require_http_methods(["GET", "POST"])
def declare_emergency(request: HttpRequest, reference: str) -> HttpResponse:
    """Freeze an emergency revision for two persons to sign."""
    release, reader = _for(request, reference, Permission.RELEASE_EMERGENCY, Action.DECLARE_EMERGENCY)
    most = policy.rules_of(release.policy).emergency_hours
    words = Words(
        "Release in an emergency",
        f"Release manager and compliance sign, then it is live for {most} hours at most. Its gates are shown "
        "as they are; owner, rollback and monitoring have to pass. The full review follows.",
        "The emergency is declared. Both signatures make it live.",
        button="Declare the emergency",
    )
    form = EmergencyForm(request.POST or None, most=most)
    return reason_page(
        request,
        release,
        form,
        lambda given: emergency.declare(release, principal=reader.principal, **given.cleaned_data),
        words,
    )


@login_required
@require_http_methods(["GET", "POST"])
def begin_afterwards(request: HttpRequest, reference: str) -> HttpResponse:
    """Freeze what is reviewed after the fact."""
    release, reader = _for(request, reference, Permission.RELEASE_SUBMIT, Action.BEGIN_AFTERWARDS)
    words = Words(
        "Begin the full review",
        "The evidence is frozen as it is now. Every stage of the tier signs, with the date of the day; every "
        "gate has to pass. The release stays live meanwhile, until its hours are over.",
        "The review after the fact has begun.",
    )
    return reason_page(
        request,
        release,
        NothingForm(request.POST if request.method == "POST" else None),
        lambda _: afterwards.begin(release, principal=reader.principal),
        words,
    )


@login_required
@require_http_methods(["GET", "POST"])
def set_tier(request: HttpRequest, reference: str) -> HttpResponse:
    """Raise the tier, or lower it as compliance."""
    release, reader = release_for(request, reference)
    access.require(reader.principal, Permission.RELEASE_SIGN, release.project)
    words = Words(
        "Change the tier",
        "Any reviewer raises the tier; compliance alone lowers it. Signatures that were given under the old "
        "tier stop counting, and the stages of the new one are signed.",
        "The tier is changed.",
    )
    form = TierForm(request.POST or None, tier=release.tier)
    return reason_page(
        request,
        release,
        form,
        lambda given: tiers.set_tier(
            release,
            Tier(given.cleaned_data["tier"]),
            reason=given.cleaned_data["reason"],
            principal=reader.principal,
        ),
        words,
    )


@login_required
@require_http_methods(["GET", "POST"])
def suspend(request: HttpRequest, reference: str) -> HttpResponse:
    """Stop a live release."""
    release, reader = _for(request, reference, Permission.RELEASE_SIGN, Action.SUSPEND)
    words = Words(
        "Suspend",
        "From now on the release does not count as live. Owner, validator and compliance bring it back by "
        "signing together.",
        f"{release.human_id} is suspended.",
    )
    return reason_page(
        request,
        release,
        ReasonForm(request.POST or None),
        lambda given: suspension.suspend(
            release, reason=given.cleaned_data["reason"], principal=reader.principal
        ),
        words,
    )


@login_required
@require_http_methods(["GET", "POST"])
def propose_reinstatement(request: HttpRequest, reference: str) -> HttpResponse:
    """Freeze what is signed to bring a suspended release back."""
    release, reader = _for(request, reference, Permission.RELEASE_REINSTATE, Action.PROPOSE_REINSTATEMENT)
    words = Words(
        "Propose reinstatement",
        "Say what the cause was and what removed it; both are signed. Owner, validator and compliance sign, "
        "then the release is live again. Every gate has to pass.",
        "The reinstatement is proposed. Three signatures make the release live again.",
    )
    return reason_page(
        request,
        release,
        CauseForm(request.POST or None),
        lambda given: suspension.propose_reinstatement(
            release, cause=given.cleaned_data["cause"], principal=reader.principal
        ),
        words,
    )


def _for(
    request: HttpRequest, reference: str, permission: Permission, action: Action
) -> tuple[Release, Reader]:
    release, reader = release_for(request, reference)
    access.require(reader.principal, permission, release.project)
    states.after(release.state, action)
    return release, reader
