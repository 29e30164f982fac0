"""Runs: list, read with everything they state, void."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.db.models import Q
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry import runs
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.idempotency import once
from registry.api.inputs import StrictInput, body_of, query_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.models import MetricResult, Project, Run, RunArtifact
from registry.models.runs import RunStatus
from registry.querysets import InProjectQuerySet


class RunQuery(PageQuery):
    """Which runs; names or UUIDs."""

    status = serializers.ChoiceField(choices=RunStatus.choices, required=False)
    model = serializers.CharField(max_length=100, required=False, help_text="Name or UUID of the model.")
    benchmark = serializers.CharField(
        max_length=100, required=False, help_text="Name or UUID of the benchmark."
    )


class UsedSerializer(serializers.Serializer[Any]):
    """A catalogue record the run rests on."""

    id = serializers.UUIDField()
    name = serializers.CharField()
    version = serializers.CharField()
    digest = serializers.CharField(source="record_id")


class ModelUsedSerializer(UsedSerializer):
    """The model version of the run."""

    name = serializers.CharField(source="model.name")


class BenchmarkUsedSerializer(UsedSerializer):
    """The benchmark version of the run."""

    name = serializers.CharField(source="benchmark.name")


class DatasetUsedSerializer(UsedSerializer):
    """The dataset version of the run."""

    name = serializers.CharField(source="dataset.name")


class RunItemSerializer(serializers.ModelSerializer[Run]):
    """A run in a list."""

    digest = serializers.CharField(source="record_id", help_text="Digest of the run's record.")
    owner = serializers.CharField(source="owner.username")
    model_version = ModelUsedSerializer()
    benchmark_version = BenchmarkUsedSerializer()
    dataset_version = DatasetUsedSerializer()

    class Meta:
        model = Run
        fields = [
            "id",
            "human_id",
            "external_id",
            "status",
            "stage",
            "origin_kind",
            "owner",
            "model_version",
            "benchmark_version",
            "dataset_version",
            "admitted_at",
            "digest",
        ]


class MetricSerializer(serializers.ModelSerializer[MetricResult]):
    """One measured value; numbers are text, as they were written."""

    metric = serializers.CharField(source="metric.name", allow_null=True, default=None)

    class Meta:
        model = MetricResult
        fields = [
            "name",
            "metric",
            "slice",
            "statistic",
            "value",
            "value_state",
            "unit",
            "k",
            "n",
            "k_source",
            "stderr",
            "ci_low",
            "ci_high",
            "ci_method",
        ]


class FileSerializer(serializers.ModelSerializer[RunArtifact]):
    """An original file of the run."""

    digest = serializers.CharField(source="artifact.blob_id")
    size = serializers.IntegerField(source="artifact.blob.size")

    class Meta:
        model = RunArtifact
        fields = ["position", "name", "role", "media_type", "digest", "size"]


class RunSerializer(RunItemSerializer):
    """A run with everything it states, and where each field came from."""

    submission = serializers.UUIDField(source="submission_id")
    uploaded_by = serializers.CharField(source="uploaded_by.username")
    voided_by = serializers.CharField(source="voided_by.username", allow_null=True, default=None)
    corrects = serializers.CharField(source="corrects.human_id", allow_null=True, default=None)
    corrected_by = serializers.SerializerMethodField()
    statement = serializers.CharField(source="statement_id", help_text="Digest of the signed statement.")
    responsible_persons = serializers.ListField(child=serializers.CharField())
    harness = serializers.DictField()
    environment = serializers.DictField()
    conditions = serializers.DictField()
    completeness = serializers.DictField()
    origins = serializers.ListField(child=serializers.DictField())
    findings = serializers.ListField(child=serializers.DictField())
    metrics = MetricSerializer(source="results", many=True)
    files = FileSerializer(many=True)
    rollback_artifacts = serializers.SlugRelatedField[Any](slug_field="name", many=True, read_only=True)
    monitoring_signals = serializers.SlugRelatedField[Any](slug_field="name", many=True, read_only=True)

    class Meta(RunItemSerializer.Meta):
        fields = [
            *RunItemSerializer.Meta.fields,
            "submission",
            "uploaded_by",
            "responsible_persons",
            "split",
            "reader",
            "reader_version",
            "harness",
            "environment",
            "conditions",
            "not_covered",
            "origins",
            "completeness",
            "findings",
            "started_at",
            "finished_at",
            "received_at",
            "statement",
            "corrects",
            "corrected_by",
            "correction_reason",
            "voided_at",
            "voided_by",
            "void_reason",
            "rollback_artifacts",
            "monitoring_signals",
            "metrics",
            "files",
        ]

    def get_corrected_by(self, run: Run) -> list[str]:
        """Human ids of runs that correct this one."""
        return [later.human_id for later in run.corrections.all()]


class VoidInput(StrictInput):
    """Why a run is voided."""

    reason = serializers.CharField(min_length=20, max_length=500)


class RunVoid(APIView):
    """The end of a run as evidence."""

    @extend_schema(
        operation_id="run_void",
        summary="Void a run; it stays readable, and signatures that rest on it stop counting",
        tags=["runs"],
        request=VoidInput,
        responses={200: RunSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.RUN_VOID)
        run = policy.find(rows(found), reference)
        reason = body_of(VoidInput, request)["reason"]

        def act() -> Response:
            runs.void(run, reason=reason, principal=principal)
            return Response(RunSerializer(full(found).get(pk=run.pk)).data)

        return once(request, principal, act)


def rows(project: Project) -> InProjectQuerySet[Run]:
    """Runs of a project with what a list shows."""
    return Run.objects.filter(project=project).select_related(
        "owner", "model_version__model", "benchmark_version__benchmark", "dataset_version__dataset"
    )


def full(project: Project) -> InProjectQuerySet[Run]:
    """Runs of a project with everything they state."""
    return (
        rows(project)
        .select_related("uploaded_by", "voided_by", "corrects")
        .prefetch_related(
            "corrections",
            "results__metric",
            "files__artifact__blob",
            "rollback_artifacts",
            "monitoring_signals",
        )
    )


class Runs(APIView):
    """Runs of a project."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="run_list",
        summary="List the runs of a project",
        tags=["runs"],
        parameters=[RunQuery],
        responses=page_of(RunItemSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return page(request, rows(found).filter(_wanted(query_of(RunQuery, request))), _shown)


class RunOne(APIView):
    """One run by UUID or human id."""

    @extend_schema(
        operation_id="run_read",
        summary="Read a run with origins, findings, metrics with intervals, and files",
        tags=["runs"],
        responses=RunSerializer,
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return Response(RunSerializer(policy.find(full(found), reference)).data)


def _shown(some: Sequence[Run]) -> Iterable[Any]:
    return RunItemSerializer(some, many=True).data


def _wanted(query: dict[str, Any]) -> Q:
    found = Q(status=query["status"]) if "status" in query else Q()
    for name in ("model", "benchmark"):
        if name in query:
            found &= _named(f"{name}_version__{name}", query[name])
    return found


def _named(path: str, reference: str) -> Q:
    try:
        return Q(**{f"{path}_id": UUID(reference)})
    except ValueError:
        return Q(**{f"{path}__name": reference})
