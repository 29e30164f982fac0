"""Artifacts by digest: bytes stream in and out, and never pass through a parser or through memory."""

import re
from http import HTTPStatus
from typing import Any

from django.http import FileResponse, HttpResponse, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence import vault
from evidence.errors import BenchsealError
from registry import artifacts
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api import ranges
from registry.api.renderers import AnyAccepted
from registry.api.schema import ProblemSerializer
from registry.conf.exceptions import CONTENT_TYPE, TITLES
from registry.errors import FieldsInvalid
from registry.models import Artifact
from registry.problems import Problem

_MEDIA_TYPE = re.compile(r"[\w.+-]{1,59}/[\w.+-]{1,60}\Z", re.ASCII)
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
ANY_MEDIA_TYPE = "application/octet-stream"


class LengthRequired(BenchsealError):
    """An upload says in advance how many bytes come."""

    code = "length_required"
    status = 411
    title = TITLES[411]


class ArtifactSerializer(serializers.ModelSerializer[Artifact]):
    """An artifact of a project."""

    digest = serializers.CharField(source="blob_id")
    size = serializers.IntegerField(source="blob.size")

    class Meta:
        model = Artifact
        fields = ["digest", "size", "media_type", "uploaded_at"]


RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One byte range: bytes=0-99")
ACCEPT = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)


class ArtifactView(APIView):
    """The bytes under `sha256:<hex>` in one project."""

    content_negotiation_class = AnyAccepted
    parser_classes = []

    @extend_schema(
        operation_id="artifact_upload",
        summary="Send an artifact; the digest in the address is checked while the bytes come",
        tags=["artifacts"],
        request={ANY_MEDIA_TYPE: OpenApiTypes.BINARY},
        responses={
            201: OpenApiResponse(ArtifactSerializer, "Stored."),
            200: OpenApiResponse(ArtifactSerializer, "The project had it already; nothing changed."),
        },
    )
    def put(self, request: Request, project: str, digest: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.ARTIFACT_UPLOAD)
        size, media_type = _announced_size(request), _media_type(request)
        with vault.staged(_Body(request.stream), expected_digest=digest, expected_size=size) as file:
            vault.move_in(file)
            kept = artifacts.keep(found, file, media_type=media_type, principal=principal)
        status = HTTPStatus.CREATED if kept.created else HTTPStatus.OK
        return Response(ArtifactSerializer(kept.artifact).data, status=status)

    @extend_schema(
        operation_id="artifact_download",
        summary="Download an artifact, whole or one range of it",
        tags=["artifacts"],
        parameters=[RANGE, ACCEPT],
        responses={
            (200, ANY_MEDIA_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The bytes."),
            (206, ANY_MEDIA_TYPE): OpenApiResponse(OpenApiTypes.BINARY, "The range."),
            304: OpenApiResponse(None, "You have it."),
            (416, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, TITLES[416]),
        },
    )
    def get(self, request: Request, project: str, digest: str) -> HttpResponseBase:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.ARTIFACT_READ)
        artifact = artifacts.find(found, digest)
        if request.headers.get("If-None-Match") == _etag(artifact):
            return _with_headers(HttpResponse(status=HTTPStatus.NOT_MODIFIED), artifact)
        try:
            span = ranges.wanted(request.headers, size=artifact.blob.size, etag=_etag(artifact))
        except ranges.RangeUnsatisfiable:
            return _unsatisfiable(request, artifact)
        response = _bytes(artifact, span)
        artifacts.note_reading(artifact, principal=principal)
        return _with_headers(response, artifact)

    @extend_schema(
        operation_id="artifact_exists",
        summary="Ask whether the project has an artifact",
        tags=["artifacts"],
        responses={
            200: OpenApiResponse(None, "The project has it."),
            (422, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, "The address is no digest."),
        },
    )
    def head(self, request: Request, project: str, digest: str) -> HttpResponseBase:
        found = policy.project_for(principal_of(request), project, Permission.ARTIFACT_READ)
        artifact = artifacts.find(found, digest)
        response = HttpResponse()
        response["Content-Length"] = str(artifact.blob.size)
        return _with_headers(response, artifact)


class _Body:
    """The request's bytes as they come; a broken connection is an incomplete upload."""

    def __init__(self, stream: vault.Readable | None) -> None:
        self._stream = stream

    def read(self, size: int, /) -> bytes:
        if self._stream is None:  # announced as empty
            return b""
        try:
            return self._stream.read(size)
        except OSError as error:
            raise vault.UploadIncomplete(
                "The connection broke before all bytes came; nothing was stored",
                next_step="Send the file again.",
            ) from error


def _announced_size(request: Request) -> int:
    text = request.META.get("CONTENT_LENGTH") or ""
    if not (text.isascii() and text.isdigit()) or len(text) > 18:
        raise LengthRequired(
            "The request does not say how many bytes come.", next_step="Send a Content-Length header."
        )
    return int(text)


def _media_type(request: Request) -> str:
    given = request.META.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if given and not _MEDIA_TYPE.match(given):
        raise FieldsInvalid(
            "Content-Type is no media type",
            [{"header": "Content-Type", "detail": "Send a type like text/plain.", "code": "invalid"}],
        )
    return given or ANY_MEDIA_TYPE


def _etag(artifact: Artifact) -> str:
    return f'"{artifact.blob_id}"'


def _bytes(artifact: Artifact, span: ranges.Span | None) -> HttpResponseBase:
    size = artifact.blob.size
    file = vault.open_blob(artifact.blob_id)
    if span is None:
        response = FileResponse(file, content_type=artifact.media_type)
        response["Content-Length"] = str(size)
        return response
    response = FileResponse(
        ranges.Slice(file, span), status=HTTPStatus.PARTIAL_CONTENT, content_type=artifact.media_type
    )
    response["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{size}"
    response["Content-Length"] = str(span.length)
    return response


def _with_headers(response: HttpResponseBase, artifact: Artifact) -> HttpResponseBase:
    """Bytes of strangers are saved, never shown: no sniffing, no scripts, no frame."""
    response["Content-Type"] = artifact.media_type
    response["Content-Disposition"] = f'attachment; filename="{_file_name(artifact)}"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-cache"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(artifact)
    return response


def _file_name(artifact: Artifact) -> str:
    use = artifact.uses.order_by("pk").first()
    reduced = _UNSAFE.sub("-", use.name if use else "").strip(".-")[-80:]
    return reduced or artifact.blob_id.partition(":")[2]


def _unsatisfiable(request: Request, artifact: Artifact) -> Response:
    size = artifact.blob.size
    problem = Problem(
        code="range_not_satisfiable",
        status=416,
        title=TITLES[416],
        detail=f"The artifact has {size} bytes.",
        request_id=getattr(request, "request_id", ""),
    )
    headers: dict[str, Any] = {"Content-Range": f"bytes */{size}"}
    return Response(problem.as_dict(), status=416, headers=headers, content_type=CONTENT_TYPE)
