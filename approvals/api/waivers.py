"""Waivers: list, ask, read, renew and close; a compliance reviewer in a session decides."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import waiver_decisions, waiver_requests, waivers
from approvals.api.lookup import person_in_session, release_for, releases_of
from approvals.api.signing import SESSION, asked, typed_in
from approvals.api.waiver_bodies import (
    ClosingInput,
    RenewalInput,
    WaiverDecisionInput,
    WaiverDialogInput,
    WaiverDialogSerializer,
    WaiverInput,
    WaiverQuery,
    WaiverSerializer,
    terms_of,
)
from approvals.models import Waiver
from approvals.models.waivers import WaiverVerdict
from approvals.waiver_decisions import Ruling
from approvals.waiver_requests import Target
from evidence import records
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.api.idempotency import once
from registry.api.inputs import body_of, query_of
from registry.api.paging import page, page_of
from registry.api.renderers import LIST_RENDERERS


class Waivers(APIView):
    """Waivers of a project."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="waiver_list",
        summary="List the waivers of a project: what is set aside, and until when",
        tags=["waivers"],
        parameters=[WaiverQuery],
        responses=page_of(WaiverSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        rows = Waiver.objects.with_story().filter(project=found)
        query = query_of(WaiverQuery, request)
        if "release" in query:
            rows = rows.filter(release=policy.find(releases_of(found), query["release"]))
        return page(request, rows, _shown)


class ReleaseWaivers(APIView):
    """Waivers of one release."""

    @extend_schema(
        operation_id="waiver_request",
        summary="Ask that a failing gate of a release is set aside until a date; a person decides",
        tags=["waivers"],
        request=WaiverInput,
        responses={201: WaiverSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.WAIVER_REQUEST)
        body = body_of(WaiverInput, request, context={"project": release.project})
        target = Target(body["gate"], body.get("criterion", ""))

        def act() -> Response:
            made = waiver_requests.request(release, target, terms_of(body), principal=principal)
            return _answer(made, status=HTTPStatus.CREATED)

        return once(request, principal, act)


class WaiverOne(APIView):
    """One waiver by UUID or human id."""

    @extend_schema(
        operation_id="waiver_read",
        summary="Read a waiver with its decision and its end",
        tags=["waivers"],
        responses=WaiverSerializer,
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        return _answer(_waiver_for(principal_of(request), project, reference, Permission.PROJECT_READ))


class WaiverDialog(APIView):
    """The dialog before a decision."""

    @extend_schema(
        operation_id="waiver_dialog",
        summary="Open the dialog of a decision: the record with a single-use challenge for two minutes",
        tags=["waivers"],
        auth=SESSION,
        request=WaiverDialogInput,
        responses=WaiverDialogSerializer,
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        waiver = _waiver_for(principal, project, reference, Permission.WAIVER_DECIDE)
        action = WaiverVerdict(body_of(WaiverDialogInput, request)["action"])
        challenge = waiver_decisions.open_dialog(waiver, action, principal=principal)
        version, text = waiver_decisions.meaning_of(waiver.release, action)
        shown = {
            "record": records.load(waiver.record_id),
            "digest": waiver.record_id,
            "action": action,
            "meaning": {"version": version, "text": text},
            "challenge": challenge,
            "credentials": asked(waiver.release, challenge, principal),
        }
        return Response(WaiverDialogSerializer(shown).data)


class WaiverDecided(APIView):
    """The decision."""

    @extend_schema(
        operation_id="waiver_decide",
        summary="Approve or reject a waiver with fresh credentials",
        tags=["waivers"],
        auth=SESSION,
        request=WaiverDecisionInput,
        responses={201: WaiverSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        waiver = _waiver_for(principal, project, reference, Permission.WAIVER_DECIDE)
        body = body_of(WaiverDecisionInput, request)
        ruling = Ruling(
            action=WaiverVerdict(body["action"]),
            record_digest=body["record"],
            challenge_id=str(body["challenge"]),
            comment=body.get("comment", ""),
        )
        waiver_decisions.decide(waiver, ruling, typed=typed_in(body), principal=principal)
        return _answer(waiver, status=HTTPStatus.CREATED)


class WaiverRenewals(APIView):
    """Renewals of a waiver."""

    @extend_schema(
        operation_id="waiver_renew",
        summary="Ask that a waiver lasts longer: a new request with its own signature, twice at most",
        tags=["waivers"],
        request=RenewalInput,
        responses={201: WaiverSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        waiver = _waiver_for(principal, project, reference, Permission.WAIVER_REQUEST)
        body = body_of(RenewalInput, request, context={"project": waiver.project})

        def act() -> Response:
            made = waiver_requests.renew(waiver, terms_of(body), principal=principal)
            return _answer(made, status=HTTPStatus.CREATED)

        return once(request, principal, act)


class WaiverClosing(APIView):
    """The end of a waiver by a person."""

    @extend_schema(
        operation_id="waiver_close",
        summary="End a waiver, or take back a request: the gate fails again, signatures on it stop counting",
        tags=["waivers"],
        auth=SESSION,
        request=ClosingInput,
        responses=WaiverSerializer,
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = person_in_session(request)
        waiver = _waiver_for(principal, project, reference, Permission.WAIVER_CLOSE)
        waivers.close(waiver, reason=body_of(ClosingInput, request)["reason"], principal=principal)
        return _answer(waiver)


def _waiver_for(principal: Principal, project: str, reference: str, permission: Permission) -> Waiver:
    found = policy.project_for(principal, project, permission)
    return policy.find(Waiver.objects.with_story().filter(project=found), reference)


def _answer(waiver: Waiver, *, status: int = HTTPStatus.OK) -> Response:
    """The waiver as it is stored now."""
    stored = waivers.reread(waiver)
    headers = {"Location": reverse("api-waiver", args=[stored.project.key, stored.human_id])}
    body = WaiverSerializer(stored).data
    return Response(body, status=status, headers=headers if status == HTTPStatus.CREATED else None)


def _shown(some: Sequence[Waiver]) -> Iterable[Any]:
    return WaiverSerializer(some, many=True).data
