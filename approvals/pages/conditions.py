"""Conditions on the page of a release, and the forms that settle one."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_http_methods

from approvals import acting, condition_outcomes, conditions
from approvals.models import Release
from approvals.models.conditions import ConditionStep
from approvals.pages.condition_forms import FindingForm
from approvals.pages.reading import Reader, release_for
from approvals.pages.review import Words, reason_page
from approvals.presentation import condition_rows
from approvals.signing import refuse_person
from evidence import clock
from registry.access.roles import Permission


@login_required
@require_http_methods(["GET", "POST"])
def condition_met(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """Say what the check of a condition showed."""
    words = Words(
        "The condition is met",
        "Say what the check showed. The condition is settled with that, and cannot be opened again.",
        "The condition is settled.",
    )
    return _settle(request, reference, pk, ConditionStep.MET, words)


@login_required
@require_http_methods(["GET", "POST"])
def condition_lifted(request: HttpRequest, reference: str, pk: UUID) -> HttpResponse:
    """Ask for a condition no more."""
    words = Words(
        "Lift the condition",
        "Say why it is asked for no more. It binds the release no longer, and cannot be set again but by "
        "another signature.",
        "The condition is lifted.",
    )
    return _settle(request, reference, pk, ConditionStep.LIFTED, words)


def _settle(
    request: HttpRequest, reference: str, pk: UUID, step: ConditionStep, words: Words
) -> HttpResponse:
    release, reader = release_for(request, reference)
    acting.require_person(Permission.RELEASE_SIGN, release.project, reader.principal)
    condition = conditions.find(release, pk)
    refuse_person(condition_outcomes.refusal(condition, reader.user))
    return reason_page(
        request,
        release,
        FindingForm(request.POST or None),
        lambda given: condition_outcomes.settle(
            condition, step, finding=given.cleaned_data["finding"], principal=reader.principal
        ),
        words,
    )


def of_release(release: Release, reader: Reader) -> tuple[condition_rows.ConditionRow, ...]:
    """The conditions of a release as its reader may settle them; two queries."""
    found = conditions.of_release(release)
    return condition_rows.rows(found, clock.now(), roles=reader.roles, reader=reader.user)
