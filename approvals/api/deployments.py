"""Deployments: where models run, and which release is live there."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any

from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import releases
from approvals.models import Deployment, Release
from approvals.states import LIVE, State
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.idempotency import once
from registry.api.inputs import StrictModelInput, body_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.models import Project


class LiveReleaseSerializer(serializers.ModelSerializer[Release]):
    """The release that is live in a deployment."""

    state = serializers.ChoiceField(choices=State.choices)
    model_version = serializers.CharField(help_text="Model and version, as people name them.")

    class Meta:
        model = Release
        fields = ["id", "human_id", "state", "model_version", "released_at"]


class DeploymentSerializer(serializers.ModelSerializer[Deployment]):
    """A deployment."""

    created_by = serializers.CharField(source="created_by.username")
    live = serializers.SerializerMethodField()

    class Meta:
        model = Deployment
        fields = ["id", "name", "environment", "description", "created_at", "created_by", "live"]

    @extend_schema_field(LiveReleaseSerializer(allow_null=True))
    def get_live(self, deployment: Deployment) -> dict[str, Any] | None:
        """The live release, or null."""
        live = next(iter(deployment.releases.all()), None)
        return None if live is None else dict(LiveReleaseSerializer(live).data)


class DeploymentInput(StrictModelInput[Deployment]):
    """A place where a model runs."""

    class Meta:
        model = Deployment
        fields = ["name", "environment", "description"]


class Deployments(APIView):
    """Deployments of a project."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="deployment_list",
        summary="List the deployments of a project, each with its live release",
        tags=["deployments"],
        parameters=[PageQuery],
        responses=page_of(DeploymentSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return page(request, rows(found), _shown)

    @extend_schema(
        operation_id="deployment_open",
        summary="Name a place where a model runs",
        tags=["deployments"],
        request=DeploymentInput,
        responses={201: DeploymentSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.RELEASE_WRITE)
        body = body_of(DeploymentInput, request)

        def act() -> Response:
            made = releases.open_deployment(project=found, principal=principal, **body)
            return Response(DeploymentSerializer(made).data, status=HTTPStatus.CREATED)

        return once(request, principal, act)


def rows(project: Project) -> QuerySet[Deployment]:
    """Deployments with their live releases alone."""
    live = Release.objects.filter(state__in=sorted(LIVE)).select_related("model_version__model")
    return (
        Deployment.objects.filter(project=project)
        .select_related("created_by")
        .prefetch_related(Prefetch("releases", queryset=live))
    )


def _shown(some: Sequence[Deployment]) -> Iterable[Any]:
    return DeploymentSerializer(some, many=True).data
