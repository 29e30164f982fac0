"""How far work in the background is."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.models import Job
from registry import subjects
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import NotFound
from registry.models import Project


class ProgressSerializer(serializers.Serializer[Any]):
    """Steps done of steps to do."""

    done = serializers.IntegerField(source="progress_done")
    total = serializers.IntegerField(source="progress_total")
    text = serializers.CharField(source="progress_text")


class JobSerializer(serializers.ModelSerializer[Job]):
    """A job; `error` has code, title, detail and next step when it failed."""

    progress = ProgressSerializer(source="*")
    result = serializers.DictField()
    error = serializers.DictField()

    class Meta:
        model = Job
        fields = ["id", "subject", "state", "progress", "result", "error", "created_at", "finished_at"]


class JobOne(APIView):
    """One job."""

    @extend_schema(
        operation_id="job_read",
        summary="Read how far a job is",
        tags=["jobs"],
        responses=JobSerializer,
    )
    def get(self, request: Request, job: UUID) -> Response:
        principal = principal_of(request)
        found = Job.objects.filter(pk=job).first()
        if found is None:
            raise NotFound(f"No job {job}")
        _require(principal, found)
        return Response(JobSerializer(found).data)


def _require(principal: Principal, job: Job) -> None:
    """Whoever may read the project of the subject; without a project, whoever asked for the job."""
    project = subjects.project_of(job.subject)
    if project is not None:
        _require_on(project, principal, job)
    elif job.actor_id != str(principal.user.pk):
        raise NotFound(f"No job {job.pk}")


def _require_on(project: Project, principal: Principal, job: Job) -> None:
    try:
        policy.require(principal, Permission.PROJECT_READ, project)
    except NotFound:
        # The same words as for an unknown job: the project stays unnamed.
        raise NotFound(f"No job {job.pk}") from None
