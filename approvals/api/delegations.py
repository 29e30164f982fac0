"""Delegations: a person in a session delegates a stage, answers, and ends it; a token only reads."""

from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import delegations, signing
from approvals.api.lookup import person_in_session, releases_of
from approvals.api.releases import EmptyInput
from approvals.delegations import Wish
from approvals.models import Delegation
from approvals.models.delegations import Ending
from evidence import clock
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission, Role
from registry.api.inputs import PersonField, ReasonField, StrictInput, body_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.errors import NotFound
from registry.models import Project

SESSION: Final[list[str]] = [{"session": []}]  # type: ignore[list-item]  # reason: OpenAPI's own form
ROWS: Final = Delegation.objects.select_related("project", "delegator", "delegate", "release", "ended_by")
STATES: Final = ("waiting", "accepted", "over", *Ending.values)


class DelegationSerializer(serializers.ModelSerializer[Delegation]):
    """Who signs which stage for whom."""

    project = serializers.CharField(source="project.key")
    delegator = serializers.CharField(source="delegator.username", help_text="Account name.")
    delegator_name = serializers.CharField(source="delegator.printed_name")
    delegate = serializers.CharField(source="delegate.username", help_text="Account name.")
    delegate_name = serializers.CharField(source="delegate.printed_name")
    role = serializers.ChoiceField(choices=Role.choices)
    release = serializers.CharField(
        source="release.human_id", allow_null=True, default=None, help_text="Null: every release."
    )
    state = serializers.SerializerMethodField()
    ended_by = serializers.CharField(source="ended_by.username", allow_null=True, default=None)

    class Meta:
        model = Delegation
        fields = [
            "id",
            "project",
            "delegator",
            "delegator_name",
            "delegate",
            "delegate_name",
            "stage",
            "role",
            "release",
            "starts_at",
            "ends_at",
            "reason",
            "state",
            "made_at",
            "accepted_at",
            "ended_at",
            "ended_by",
            "end_reason",
        ]

    def get_state(self, delegation: Delegation) -> str:
        """`waiting` for the delegate, `accepted`, `over`, or how it was ended."""
        return delegation.state_at(clock.now())


class DelegationInput(StrictInput):
    """A stage of the caller's own role, for a named person, for at most 30 days."""

    delegate = PersonField(help_text="Account name of a person on the project.")
    stage = serializers.CharField(max_length=4, help_text="Code of the stage, such as 3 or 4b.")
    release = serializers.CharField(
        max_length=40, required=False, allow_null=True, help_text="One release alone; else all."
    )
    starts_at = serializers.DateTimeField(required=False, help_text="Default: now.")
    ends_at = serializers.DateTimeField()
    reason = ReasonField(shortest=signing.SHORTEST_REASON)


class EndingInput(StrictInput):
    """Why a delegation is declined or ended."""

    reason = ReasonField(shortest=signing.SHORTEST_REASON)


class ProjectDelegations(APIView):
    """Delegations on a project, past ones too."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="delegation_list",
        summary="List all delegations on a project, past ones too",
        tags=["delegation"],
        parameters=[PageQuery],
        responses=page_of(DelegationSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        rows = ROWS.filter(project=found)
        return page(request, rows, lambda some: DelegationSerializer(some, many=True).data)

    @extend_schema(
        operation_id="delegation_make",
        summary="Delegate a stage of your own role; it counts once the delegate accepted it",
        tags=["delegation"],
        auth=SESSION,
        request=DelegationInput,
        responses={201: DelegationSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = person_in_session(request)
        found = policy.project_for(principal, project, Permission.RELEASE_SIGN)
        wish = _wish(found, body_of(DelegationInput, request, context={"project": found}))
        made = delegations.delegate(found, wish, principal=principal)
        return Response(DelegationSerializer(made).data, status=HTTPStatus.CREATED)


class Acceptance(APIView):
    """The delegate's yes."""

    @extend_schema(
        operation_id="delegation_accept",
        summary="Accept a delegation that was given to you",
        tags=["delegation"],
        auth=SESSION,
        request=EmptyInput,
        responses=DelegationSerializer,
    )
    def post(self, request: Request, project: str, delegation: UUID) -> Response:
        principal = person_in_session(request)
        row = _row(policy.project_for(principal, project, Permission.RELEASE_SIGN), delegation)
        body_of(EmptyInput, request)
        return _shown(delegations.accept(row, principal=principal))


class Declining(APIView):
    """The delegate's no, before or after the yes."""

    @extend_schema(
        operation_id="delegation_decline",
        summary="Decline a delegation that was given to you, or give it back",
        tags=["delegation"],
        auth=SESSION,
        request=EndingInput,
        responses=DelegationSerializer,
    )
    def post(self, request: Request, project: str, delegation: UUID) -> Response:
        principal = person_in_session(request)
        row = _row(policy.project_for(principal, project, Permission.PROJECT_READ), delegation)
        reason = body_of(EndingInput, request)["reason"]
        return _shown(delegations.decline(row, reason=reason, principal=principal))


class End(APIView):
    """The end before its term."""

    @extend_schema(
        operation_id="delegation_end",
        summary="Revoke a delegation you gave; an administrator of the project may end any",
        tags=["delegation"],
        auth=SESSION,
        request=EndingInput,
        responses=DelegationSerializer,
    )
    def post(self, request: Request, project: str, delegation: UUID) -> Response:
        principal = person_in_session(request)
        row = _row(policy.project_for(principal, project, Permission.PROJECT_READ), delegation)
        reason = body_of(EndingInput, request)["reason"]
        return _shown(delegations.end(row, reason=reason, principal=principal))


class OwnDelegations(APIView):
    """Delegations to and from the caller."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="own_delegation_list",
        summary="List delegations to you and from you, over all your projects",
        tags=["delegation"],
        parameters=[PageQuery],
        responses=page_of(DelegationSerializer),
    )
    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        rows = ROWS.visible_to(principal.user).of_person(principal.user)
        if principal.token is not None:
            policy.require(principal, Permission.PROJECT_READ, principal.token.project)
            rows = rows.filter(project=principal.token.project_id)
        return page(request, rows, lambda some: DelegationSerializer(some, many=True).data)


def _wish(project: Project, body: dict[str, Any]) -> Wish:
    reference = body.get("release")
    return Wish(
        delegate=body["delegate"],
        stage=body["stage"],
        starts_at=body.get("starts_at"),
        ends_at=body["ends_at"],
        reason=body["reason"],
        release=policy.find(releases_of(project), reference) if reference else None,
    )


def _row(project: Project, delegation: UUID) -> Delegation:
    row = ROWS.filter(project=project, pk=delegation).first()
    if row is None:
        raise NotFound(f"No delegation {delegation}")
    return row


def _shown(delegation: Delegation) -> Response:
    return Response(DelegationSerializer(delegation).data)
