"""Roles on a project: listed with their history, given with a reason, revoked with a reason."""

from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.access import grants, policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission, Role
from registry.api.idempotency import once
from registry.api.inputs import ReasonField, StrictInput, body_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.people import person_or_service
from registry.api.renderers import LIST_RENDERERS
from registry.errors import NotFound
from registry.models import RoleGrant


class GrantSerializer(serializers.ModelSerializer[RoleGrant]):
    """A role from a start to an end."""

    project = serializers.CharField(source="project.key")
    user = serializers.CharField(source="user.username")
    granted_by = serializers.CharField(source="granted_by.username", allow_null=True, default=None)
    revoked_by = serializers.CharField(source="revoked_by.username", allow_null=True, default=None)

    class Meta:
        model = RoleGrant
        fields = [
            "id",
            "project",
            "user",
            "role",
            "valid_from",
            "valid_to",
            "granted_by",
            "reason",
            "revoked_by",
            "revoke_reason",
            "created_at",
        ]


class GrantInput(StrictInput):
    """A role for an account."""

    user = serializers.CharField(max_length=40, help_text="Account name.")
    role = serializers.ChoiceField(choices=Role.choices)
    reason = ReasonField()
    starts_at = serializers.DateTimeField(required=False)
    ends_at = serializers.DateTimeField(required=False, allow_null=True)


class RevokeInput(StrictInput):
    """Why a grant ends."""

    reason = ReasonField()


ROWS = RoleGrant.objects.select_related("project", "user", "granted_by", "revoked_by")


class ProjectGrants(APIView):
    """Grants on a project, past ones too."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="project_grant_list",
        summary="List all grants on a project, past ones too",
        tags=["access"],
        parameters=[PageQuery],
        responses=page_of(GrantSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.AUDIT_READ)
        return page(request, ROWS.filter(project=found), lambda some: GrantSerializer(some, many=True).data)

    @extend_schema(
        operation_id="grant_give",
        summary="Give an account a role from a start to an end",
        tags=["access"],
        request=GrantInput,
        responses={201: GrantSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.GRANT_MANAGE)
        body: dict[str, Any] = body_of(GrantInput, request)
        user = person_or_service(body.pop("user"))

        def act() -> Response:
            grant = grants.give(project=found, user=user, principal=principal, **body)
            return Response(GrantSerializer(grant).data, status=HTTPStatus.CREATED)

        return once(request, principal, act)


class GrantRevocation(APIView):
    """The end of a grant."""

    @extend_schema(
        operation_id="grant_revoke",
        summary="End a grant now; its history stays",
        tags=["access"],
        request=RevokeInput,
        responses=GrantSerializer,
    )
    def post(self, request: Request, project: str, grant: UUID) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.GRANT_MANAGE)
        row = ROWS.filter(project=found, pk=grant).first()
        if row is None:
            raise NotFound(f"No grant {grant}")
        reason = body_of(RevokeInput, request)["reason"]

        def act() -> Response:
            return Response(GrantSerializer(grants.revoke(row, reason=reason, principal=principal)).data)

        return once(request, principal, act)


class OwnGrants(APIView):
    """What the caller holds now."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="grant_list",
        summary="List the grants you hold now",
        tags=["access"],
        parameters=[PageQuery],
        responses=page_of(GrantSerializer),
    )
    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        rows = ROWS.in_force().filter(user=principal.user)
        if principal.token is not None:
            rows = rows.filter(project=principal.token.project_id)
        return page(request, rows, lambda some: GrantSerializer(some, many=True).data)
