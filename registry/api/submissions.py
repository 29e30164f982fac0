"""Submissions: a document comes in, and its sender asks what became of it."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.errors import BenchsealError
from registry import intake
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.inputs import query_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.api.schema import ProblemSerializer
from registry.conf.exceptions import CONTENT_TYPE, TITLES
from registry.errors import NotFound
from registry.models import Project, Submission
from registry.models.runs import SubmissionState
from registry.querysets import InProjectQuerySet


class DocumentTooLarge(BenchsealError):
    """The document has more bytes than the installation reads."""

    code = "body_too_large"
    status = 413
    title = TITLES[413]


class FindingSerializer(serializers.Serializer[Any]):
    """One fact about the content, with its place and the next step."""

    code = serializers.CharField()
    severity = serializers.CharField()
    message = serializers.CharField()
    file = serializers.CharField()
    pointer = serializers.CharField()
    next_step = serializers.CharField()


class SubmissionSerializer(serializers.ModelSerializer[Submission]):
    """A submission; `run` is there once it is admitted, `findings` say why it was refused or flagged."""

    url = serializers.SerializerMethodField()
    digest = serializers.CharField(source="document_id", help_text="Digest of the canonical document.")
    received_from = serializers.CharField(source="received_from.username")
    job = serializers.UUIDField(source="job_id", allow_null=True)
    run = serializers.CharField(source="run.human_id", allow_null=True, default=None)
    findings = FindingSerializer(many=True)

    class Meta:
        model = Submission
        fields = [
            "id",
            "external_id",
            "state",
            "url",
            "digest",
            "received_at",
            "received_from",
            "decided_at",
            "job",
            "run",
            "findings",
        ]

    def get_url(self, submission: Submission) -> str:
        """Where to ask again."""
        return url_of(submission)


class SubmissionQuery(PageQuery):
    """Which submissions."""

    state = serializers.ChoiceField(choices=SubmissionState.choices, required=False)
    external_id = serializers.CharField(max_length=120, required=False)


class Submissions(APIView):
    """Submissions of a project."""

    renderer_classes = LIST_RENDERERS
    parser_classes = []

    @extend_schema(
        operation_id="submission_list",
        summary="List the submissions of a project",
        tags=["submissions"],
        parameters=[SubmissionQuery],
        responses=page_of(SubmissionSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        query = query_of(SubmissionQuery, request)
        wanted = {name: query[name] for name in ("state", "external_id") if name in query}
        return page(request, rows(found).filter(**wanted), _shown)

    @extend_schema(
        operation_id="submission_send",
        summary="Send a submission document; its files were uploaded before",
        description="The document is described by the schema submission-v1. A repeat answers the first one.",
        tags=["submissions"],
        request={"application/json": {"type": "object"}},
        responses={
            202: OpenApiResponse(SubmissionSerializer, "Received; ask at `url` what becomes of it."),
            200: OpenApiResponse(SubmissionSerializer, "Received before."),
            (413, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, TITLES[413]),
        },
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.RUN_SUBMIT)
        received = intake.receive(project=found, body=_document(request), principal=principal)
        submission = rows(found).get(pk=received.submission.pk)
        status = HTTPStatus.ACCEPTED if received.created else HTTPStatus.OK
        headers = {"Location": url_of(submission)}
        return Response(SubmissionSerializer(submission).data, status=status, headers=headers)


class SubmissionOne(APIView):
    """One submission by UUID, or the newest of an external id."""

    @extend_schema(
        operation_id="submission_read",
        summary="Read what became of a submission",
        tags=["submissions"],
        responses=SubmissionSerializer,
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        submission = rows(found).filter(_named(reference)).order_by("-pk").first()
        if submission is None:
            raise NotFound(f"Nothing here is called {reference}")
        return Response(SubmissionSerializer(submission).data)


def rows(project: Project) -> InProjectQuerySet[Submission]:
    """Submissions of a project with what is shown of them."""
    return Submission.objects.filter(project=project).select_related("project", "received_from", "run")


def url_of(submission: Submission) -> str:
    """The address of a submission."""
    return reverse("api-submission", args=[submission.project.key, submission.pk])


def _shown(some: Sequence[Submission]) -> Iterable[Any]:
    return SubmissionSerializer(some, many=True).data


def _document(request: Request) -> bytes:
    """The body as it came: intake parses it itself, strictly."""
    if request.content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(request.content_type[:80])
    if request.stream is None:
        return b""
    body: bytes = request.stream.read(settings.MAX_DOCUMENT_BYTES + 1)
    if len(body) > settings.MAX_DOCUMENT_BYTES:
        raise DocumentTooLarge(
            f"At most {settings.MAX_DOCUMENT_BYTES} bytes are read.",
            next_step="Send large results as artifacts and name their digests.",
        )
    return body


def _named(reference: str) -> Q:
    try:
        return Q(pk=UUID(reference)) | Q(external_id=reference)
    except ValueError:
        return Q(external_id=reference)
