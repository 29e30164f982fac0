"""Releases: list, open, read, change, submit and withdraw."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any

from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import decisions, releases, signing, states
from approvals.api import references
from approvals.api.lookup import release_for, releases_of
from approvals.api.release_bodies import (
    ReleaseChangeInput,
    ReleaseInput,
    ReleaseItemSerializer,
    ReleaseQuery,
    ReleaseSerializer,
)
from approvals.models import Release
from approvals.states import Action
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.api.idempotency import once
from registry.api.inputs import ReasonField, StrictInput, body_of, query_of
from registry.api.paging import page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.models import Project


class WithdrawalInput(StrictInput):
    """Why a release is taken back."""

    reason = ReasonField(shortest=signing.SHORTEST_REASON)


class EmptyInput(StrictInput):
    """Nothing is sent."""


class Releases(APIView):
    """Releases of a project."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="release_list",
        summary="List the releases of a project",
        tags=["releases"],
        parameters=[ReleaseQuery],
        responses=page_of(ReleaseItemSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        wanted = _wanted(found, query_of(ReleaseQuery, request))
        return page(request, releases_of(found).filter(**wanted), _shown)

    @extend_schema(
        operation_id="release_open",
        summary="Open a draft release; its tier follows from the answers",
        tags=["releases"],
        request=ReleaseInput,
        responses={201: ReleaseSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.RELEASE_WRITE)
        body = _resolved(found, body_of(ReleaseInput, request, context={"project": found}))

        def act() -> Response:
            release = releases.open_release(principal=principal, **body)
            location = reverse("api-release", args=[found.key, release.human_id])
            return answer(release, status=HTTPStatus.CREATED, headers={"Location": location})

        return once(request, principal, act)


class ReleaseOne(APIView):
    """One release by UUID or human id."""

    @extend_schema(
        operation_id="release_read",
        summary="Read a release with its revisions and what reviewers said",
        tags=["releases"],
        responses=ReleaseSerializer,
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        return answer(release_for(principal_of(request), project, reference, Permission.PROJECT_READ))

    @extend_schema(
        operation_id="release_change",
        summary="Change words, owner, criteria or answers of a release that is not frozen",
        tags=["releases"],
        request=ReleaseChangeInput,
        responses=ReleaseSerializer,
    )
    def patch(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.RELEASE_WRITE)
        context = {"project": release.project}
        body = body_of(ReleaseChangeInput, request, partial=True, context=context)
        changes = _resolved(release.project, body)
        return answer(releases.change(release, changes, principal=principal) if changes else release)


class Submission(APIView):
    """The first revision of a release."""

    @extend_schema(
        operation_id="release_submit",
        summary="Freeze the first revision and open stage 1, if no gate fails (T1)",
        tags=["releases"],
        request=EmptyInput,
        responses=ReleaseSerializer,
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        return _submit(request, project, reference, Action.SUBMIT)


class Resubmission(APIView):
    """The next revision of a release."""

    @extend_schema(
        operation_id="release_resubmit",
        summary="Freeze the next revision after changes were requested (T4)",
        tags=["releases"],
        request=EmptyInput,
        responses=ReleaseSerializer,
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        return _submit(request, project, reference, Action.RESUBMIT)


class Withdrawal(APIView):
    """The end of a release by those who sent it."""

    @extend_schema(
        operation_id="release_withdraw",
        summary="Take a release back before it goes live (T6)",
        tags=["releases"],
        request=WithdrawalInput,
        responses=ReleaseSerializer,
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.RELEASE_WITHDRAW)
        reason = body_of(WithdrawalInput, request)["reason"]
        return _once(
            request, principal, lambda: decisions.withdraw(release, reason=reason, principal=principal)
        )


def answer(
    release: Release, *, status: int = HTTPStatus.OK, headers: dict[str, str] | None = None
) -> Response:
    """The release as it is stored now."""
    stored = releases_of(release.project).prefetch_related("revisions__submitted_by", "notes__by")
    body = ReleaseSerializer(stored.get(pk=release.pk)).data
    return Response(body, status=status, headers=headers)


def _submit(request: Request, project: str, reference: str, action: Action) -> Response:
    principal = principal_of(request)
    release = release_for(principal, project, reference, Permission.RELEASE_SUBMIT)
    body_of(EmptyInput, request)

    def act() -> Release:
        states.after(release.state, action)
        return releases.submit(release, principal=principal).release

    return _once(request, principal, act)


def _once(request: Request, principal: Principal, act: Callable[[], Release]) -> Response:
    return once(request, principal, lambda: answer(act()))


def _resolved(project: Project, body: dict[str, Any]) -> dict[str, Any]:
    """The body with rows in place of the names it gives."""
    finders: dict[str, Callable[[Project, str], object]] = {
        "deployment": references.deployment,
        "model_version": references.model_version,
        "criteria": references.criteria,
    }
    found = {name: find(project, body[name]) for name, find in finders.items() if body.get(name)}
    return {**body, **found}


def _wanted(project: Project, query: dict[str, Any]) -> dict[str, Any]:
    wanted: dict[str, Any] = {name: query[name] for name in ("state", "tier") if name in query}
    if "deployment" in query:
        wanted["deployment"] = references.deployment(project, query["deployment"])
    return wanted


def _shown(some: Sequence[Release]) -> Iterable[Any]:
    return ReleaseItemSerializer(some, many=True).data
