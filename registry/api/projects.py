"""Projects the caller sees, and who the caller is."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import ROLE_PERMISSIONS, Permission, Role
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.models import Project, RoleGrant


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project."""

    organisation = serializers.CharField(source="organisation.name")

    class Meta:
        model = Project
        fields = ["id", "key", "name", "description", "organisation", "is_demonstration", "created_at"]


class HeldSerializer(serializers.Serializer[Any]):
    """What the caller holds on a project."""

    project = serializers.CharField(help_text="Project key.")
    roles = serializers.ListField(child=serializers.ChoiceField(choices=Role.choices))
    permissions = serializers.ListField(child=serializers.CharField())


class OwnTokenSerializer(serializers.Serializer[Any]):
    """The token of this request."""

    name = serializers.CharField()
    project = serializers.CharField(source="project.key")
    scopes = serializers.ListField(child=serializers.CharField())
    expires_at = serializers.DateTimeField()


class MeSerializer(serializers.Serializer[Any]):
    """The caller."""

    id = serializers.UUIDField()
    account = serializers.CharField()
    printed_name = serializers.CharField()
    kind = serializers.CharField()
    projects = HeldSerializer(many=True)
    token = OwnTokenSerializer(allow_null=True)


class Projects(APIView):
    """Projects the caller holds a role on."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="project_list",
        summary="List the projects you hold a role on",
        tags=["projects"],
        parameters=[PageQuery],
        responses=page_of(ProjectSerializer),
    )
    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        rows = Project.objects.visible_to(principal.user).select_related("organisation")
        if principal.token is not None:
            rows = rows.filter(pk=principal.token.project_id)
        return page(request, rows, lambda some: ProjectSerializer(some, many=True).data)


class ProjectOne(APIView):
    """One project by key or UUID."""

    @extend_schema(
        operation_id="project_read",
        summary="Read a project by key or UUID",
        tags=["projects"],
        responses=ProjectSerializer,
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return Response(ProjectSerializer(found).data)


class Me(APIView):
    """The caller."""

    @extend_schema(
        operation_id="me",
        summary="Read who you are and what you may do",
        tags=["access"],
        responses=MeSerializer,
    )
    def get(self, request: Request) -> Response:
        principal = principal_of(request)
        user = principal.user
        return Response(
            MeSerializer(
                {
                    "id": user.pk,
                    "account": user.username,
                    "printed_name": user.printed_name,
                    "kind": user.kind,
                    "projects": _held(principal),
                    "token": principal.token,
                }
            ).data
        )


def _held(principal: Principal) -> list[dict[str, object]]:
    """Roles and permissions on each project; a token narrows both projects and permissions."""
    token = principal.token
    grants = RoleGrant.objects.in_force().filter(user=principal.user).order_by("project__key")
    roles: dict[str, set[str]] = {}
    for key, project, role in grants.values_list("project__key", "project_id", "role"):
        if token is None or token.project_id == project:
            roles.setdefault(key, set()).add(role)
    return [
        {"project": key, "roles": sorted(held), "permissions": _permissions(held, principal)}
        for key, held in roles.items()
    ]


def _permissions(roles: set[str], principal: Principal) -> list[str]:
    held = {str(permission) for role in roles for permission in ROLE_PERMISSIONS[role]}
    return sorted(held if principal.token is None else held & set(principal.token.scopes))
