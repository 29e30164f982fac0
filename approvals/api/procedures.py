"""Ways to a decision beside the usual review: emergency, review after the fact, suspension, reinstatement."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import afterwards, emergency, signing, states, suspension, tiers
from approvals.api.lookup import person_in_session, release_for
from approvals.api.release_bodies import ReleaseSerializer
from approvals.api.releases import EmptyInput, answer
from approvals.api.signing import SESSION
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Tier
from approvals.states import Action
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.api.idempotency import once
from registry.api.inputs import ReasonField, StrictInput, body_of


class EmergencyInput(StrictInput):
    """Why a release cannot wait for its review, and how long it may live without one."""

    incident = serializers.CharField(max_length=120, help_text="Id of the open incident.")
    cause = ReasonField(shortest=signing.SHORTEST_REASON)
    hours = serializers.IntegerField(min_value=1, max_value=72, help_text="Live at most so many hours.")


class SuspensionInput(StrictInput):
    """Why a live release is stopped."""

    reason = ReasonField(shortest=signing.SHORTEST_REASON)


class ReinstatementInput(StrictInput):
    """What the cause of the suspension was, and what removed it."""

    cause = ReasonField(shortest=signing.SHORTEST_REASON)


class Emergencies(APIView):
    """An emergency release, signed by two persons."""

    @extend_schema(
        operation_id="release_declare_emergency",
        summary="Freeze an emergency revision that release manager and compliance sign (T14)",
        tags=["procedures"],
        auth=SESSION,
        request=EmergencyInput,
        responses={201: ReleaseSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.RELEASE_EMERGENCY)
        body = body_of(EmergencyInput, request)
        return _froze(release, emergency.declare, principal, body)


class Afterwards(APIView):
    """The full review of an emergency release."""

    @extend_schema(
        operation_id="release_begin_afterwards",
        summary="Freeze the revision that is reviewed after the fact (T15)",
        tags=["procedures"],
        request=EmptyInput,
        responses={201: ReleaseSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.RELEASE_SUBMIT)
        body_of(EmptyInput, request)

        def act() -> Response:
            states.after(release.state, Action.BEGIN_AFTERWARDS)
            return _froze(release, afterwards.begin, principal, {})

        return once(request, principal, act)


class TierInput(StrictInput):
    """The tier that a release shall have, and why."""

    tier = serializers.ChoiceField(choices=Tier.choices)
    reason = ReasonField(shortest=signing.SHORTEST_REASON)


class ReleaseTier(APIView):
    """The tier of a release."""

    @extend_schema(
        operation_id="release_set_tier",
        summary="Raise the tier of a release, or lower it as compliance, with a reason",
        tags=["procedures"],
        auth=SESSION,
        request=TierInput,
        responses=ReleaseSerializer,
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.RELEASE_SIGN)
        body = body_of(TierInput, request)
        changed = tiers.set_tier(release, Tier(body["tier"]), reason=body["reason"], principal=principal)
        return answer(changed)


class Suspensions(APIView):
    """The stop of a live release."""

    @extend_schema(
        operation_id="release_suspend",
        summary="Stop a live release with a reason (T11)",
        tags=["procedures"],
        auth=SESSION,
        request=SuspensionInput,
        responses={201: ReleaseSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.RELEASE_SIGN)
        reason = body_of(SuspensionInput, request)["reason"]
        suspended = suspension.suspend(release, reason=reason, principal=principal)
        return answer(suspended, status=HTTPStatus.CREATED)


class Reinstatements(APIView):
    """The way back of a suspended release."""

    @extend_schema(
        operation_id="release_propose_reinstatement",
        summary="Freeze what owner, validator and compliance sign to reinstate a release (T12)",
        tags=["procedures"],
        auth=SESSION,
        request=ReinstatementInput,
        responses={201: ReleaseSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        release = release_for(principal, project, reference, Permission.RELEASE_REINSTATE)
        body = body_of(ReinstatementInput, request)
        return _froze(release, suspension.propose_reinstatement, principal, body)


def _froze(
    release: Release, step: Callable[..., ReleaseRevision], principal: Principal, body: dict[str, Any]
) -> Response:
    return answer(step(release, principal=principal, **body).release, status=HTTPStatus.CREATED)
