"""Invitations to a project; the secret of the link is answered once and stored nowhere."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.access import people, policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission, Role
from registry.api.inputs import ReasonField, StrictInput, body_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS, SHOWN_ONCE
from registry.models import Invitation


class InvitationSerializer(serializers.ModelSerializer[Invitation]):
    """An invitation without its secret."""

    project = serializers.CharField(source="project.key")
    invited_by = serializers.CharField(source="invited_by.username")
    accepted_by = serializers.CharField(source="accepted_by.username", allow_null=True, default=None)

    class Meta:
        model = Invitation
        fields = [
            "id",
            "project",
            "email",
            "printed_name",
            "role",
            "grant_ends_at",
            "reason",
            "invited_by",
            "created_at",
            "expires_at",
            "accepted_at",
            "accepted_by",
        ]


class InvitedSerializer(serializers.Serializer[Any]):
    """A new invitation; the secret is shown this once."""

    invitation = InvitationSerializer()
    secret = serializers.CharField()


class InvitationInput(StrictInput):
    """Whom to invite, for which role, and why."""

    email = serializers.EmailField()
    printed_name = serializers.CharField(max_length=120)
    role = serializers.ChoiceField(choices=Role.choices)
    reason = ReasonField()
    grant_ends_at = serializers.DateTimeField(required=False, allow_null=True)


class Invitations(APIView):
    """Invitations of a project."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="invitation_list",
        summary="List the invitations of a project",
        tags=["access"],
        parameters=[PageQuery],
        responses=page_of(InvitationSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.GRANT_MANAGE)
        rows = Invitation.objects.filter(project=found).select_related("project", "invited_by", "accepted_by")
        return page(request, rows, lambda some: InvitationSerializer(some, many=True).data)

    @extend_schema(
        operation_id="invitation_send",
        summary="Invite a person for one role; the secret is answered once",
        tags=["access"],
        request=InvitationInput,
        responses={201: InvitedSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.GRANT_MANAGE)
        invited = people.invite(project=found, principal=principal, **body_of(InvitationInput, request))
        return Response(InvitedSerializer(invited).data, status=HTTPStatus.CREATED, headers=SHOWN_ONCE)
