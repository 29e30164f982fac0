"""Evidence packs: ask for one, follow it, download the very bytes that were issued."""

from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from django.http import FileResponse, HttpResponse, HttpResponseBase
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import downloads, pack_requests
from approvals.api.lookup import release_for
from approvals.models import Pack, PackScope, Release
from approvals.pack_requests import LARGEST_SAMPLE
from evidence import vault
from evidence.models import Blob, JobState
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.api import ranges
from registry.api.idempotency import once
from registry.api.inputs import StrictInput, body_of, query_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS, AnyAccepted
from registry.api.schema import ProblemSerializer
from registry.conf.exceptions import CONTENT_TYPE, TITLES
from registry.models import Project, Run
from registry.problems import Problem
from registry.querysets import InProjectQuerySet

ZIP = "application/zip"
RANGE = OpenApiParameter("Range", str, OpenApiParameter.HEADER, description="One byte range: bytes=0-99")
ACCEPT = OpenApiParameter("If-None-Match", str, OpenApiParameter.HEADER)


class PackQuery(PageQuery):
    """Which packs."""

    scope = serializers.ChoiceField(choices=PackScope.choices, required=False)


class PackInput(StrictInput):
    """What a pack holds."""

    include_private = serializers.BooleanField(
        default=False, help_text="Also per-item files of private data; a permission of its own."
    )


NEEDED: Final = {"run": {"run"}, "sample": {"size"}, "period": {"since", "until"}}
"""Scope → the fields it asks for; every other scope refuses them."""


class ProjectPackInput(StrictInput):
    """A pack of one run (`run`), of runs drawn at random (`size`), or of a time (`since`, `until`)."""

    scope = serializers.ChoiceField(choices=list(NEEDED))
    run = serializers.CharField(max_length=100, required=False, help_text="Human id, for the scope run.")
    size = serializers.IntegerField(
        min_value=1,
        max_value=LARGEST_SAMPLE,
        required=False,
        help_text="How many runs, for the scope sample.",
    )
    since = serializers.DateTimeField(
        required=False, help_text="For the scope period: the first moment, included."
    )
    until = serializers.DateTimeField(
        required=False, help_text="For the scope period: the end, not included; it is over."
    )
    include_private = serializers.BooleanField(default=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        scope = attrs["scope"]
        for name in sorted(set().union(*NEEDED.values())):
            if name in NEEDED[scope] and name not in attrs:
                raise serializers.ValidationError({name: f"The scope {scope} asks for it."})
            if name in attrs and name not in NEEDED[scope]:
                raise serializers.ValidationError({name: f"The scope {scope} has none."})
        if scope == "period" and attrs["include_private"]:
            raise serializers.ValidationError({"include_private": "A period holds no files of runs."})
        return attrs


class PackJobSerializer(serializers.Serializer[Any]):
    """How far the pack is; `error` has code, title, detail and next step when it failed."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=JobState.choices)
    done = serializers.IntegerField(source="progress_done")
    total = serializers.IntegerField(source="progress_total")
    text = serializers.CharField(source="progress_text")
    error = serializers.DictField()


class PackSerializer(serializers.ModelSerializer[Pack]):
    """A pack; `digest` is what `sha256sum` says of the download."""

    project = serializers.CharField(source="project.key", help_text="Project key.")
    release = serializers.CharField(source="release.human_id", allow_null=True, default=None)
    run = serializers.CharField(source="run.human_id", allow_null=True, default=None)
    requested_by = serializers.CharField(source="requested_by.username")
    job = PackJobSerializer(allow_null=True)
    digest = serializers.CharField(source="blob_id", allow_null=True)
    size = serializers.IntegerField(source="blob.size", allow_null=True, default=None)
    supersedes = serializers.CharField(source="supersedes.human_id", allow_null=True, default=None)

    class Meta:
        model = Pack
        fields = [
            "id",
            "human_id",
            "project",
            "scope",
            "release",
            "run",
            "sample_size",
            "period_since",
            "period_until",
            "version",
            "include_private",
            "requested_at",
            "requested_by",
            "job",
            "issued_at",
            "digest",
            "size",
            "record_digest",
            "pdf_digest",
            "pages",
            "checkpoint_size",
            "supersedes",
        ]


class ReleasePacks(APIView):
    """Packs of a release."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="release_pack_list",
        summary="List the packs of a release",
        tags=["packs"],
        parameters=[PageQuery],
        responses=page_of(PackSerializer),
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PACK_READ)
        return page(request, rows().filter(release=release), _shown)

    @extend_schema(
        operation_id="pack_request",
        summary="Ask for a pack of the release as it stands now; a job builds and seals it",
        tags=["packs"],
        request=PackInput,
        responses={202: PackSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.PACK_SEAL)
        body = body_of(PackInput, request)
        return once(request, principal, lambda: _request(release, principal, **body))


class ProjectPacks(APIView):
    """Packs of a project, whatever they are about."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="pack_list",
        summary="List the packs of a project",
        tags=["packs"],
        parameters=[PackQuery],
        responses=page_of(PackSerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PACK_READ)
        query = query_of(PackQuery, request)
        packs = rows().filter(project=found)
        return page(request, packs.filter(scope=query["scope"]) if "scope" in query else packs, _shown)

    @extend_schema(
        operation_id="project_pack_request",
        summary="Ask for a pack of one run, of runs drawn at random, or of a time; a job builds and seals it",
        tags=["packs"],
        request=ProjectPackInput,
        responses={202: PackSerializer},
    )
    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.PACK_SEAL)
        body = body_of(ProjectPackInput, request)
        return once(request, principal, lambda: _answer(_request_of(found, principal, body)))


class PackOne(APIView):
    """One pack by UUID or human id."""

    @extend_schema(
        operation_id="pack_read",
        summary="Read a pack: its digests, or how far its job is",
        tags=["packs"],
        responses=PackSerializer,
    )
    def get(self, request: Request, reference: str) -> Response:
        return Response(PackSerializer(_find(principal_of(request), reference)).data)


class PackDownload(APIView):
    """The bytes of a pack."""

    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="pack_download",
        summary="Download a pack, whole or one range of it; the download is an entry of the ledger",
        tags=["packs"],
        parameters=[RANGE, ACCEPT],
        responses={
            (200, ZIP): OpenApiResponse(OpenApiTypes.BINARY, "The ZIP."),
            (206, ZIP): OpenApiResponse(OpenApiTypes.BINARY, "The range."),
            304: OpenApiResponse(None, "You have it."),
            (409, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, "The pack is not issued."),
            (416, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, TITLES[416]),
        },
    )
    def get(self, request: Request, reference: str) -> HttpResponseBase:
        principal = principal_of(request)
        pack = _find(principal, reference)
        blob = downloads.bytes_of(pack, principal=principal)
        if request.headers.get("If-None-Match") == _etag(blob):
            return _with_headers(HttpResponse(status=HTTPStatus.NOT_MODIFIED), pack, blob)
        try:
            span = ranges.wanted(request.headers, size=blob.size, etag=_etag(blob))
        except ranges.RangeUnsatisfiable:
            return _unsatisfiable(request, blob)
        response = _bytes(blob, span)
        downloads.note_download(pack, principal=principal, start=span.start if span else 0)
        return _with_headers(response, pack, blob)

    @extend_schema(
        operation_id="pack_download_facts",
        summary="Ask for size and digest of a download",
        tags=["packs"],
        responses={200: OpenApiResponse(None, "The pack is issued.")},
    )
    def head(self, request: Request, reference: str) -> HttpResponseBase:
        principal = principal_of(request)
        pack = _find(principal, reference)
        blob = downloads.bytes_of(pack, principal=principal)
        response = HttpResponse()
        response["Content-Length"] = str(blob.size)
        return _with_headers(response, pack, blob)


def rows() -> InProjectQuerySet[Pack]:
    """Packs with what is shown of them."""
    related = ("project", "release", "run", "requested_by", "job", "blob", "supersedes")
    return Pack.objects.select_related(*related)


def _request(release: Release, principal: Principal, *, include_private: bool) -> Response:
    return _answer(pack_requests.request_pack(release, include_private=include_private, principal=principal))


def _request_of(project: Project, principal: Principal, body: dict[str, Any]) -> Pack:
    include: bool = body["include_private"]
    match body["scope"]:
        case "run":
            run = policy.find(Run.objects.filter(project=project), body["run"])
            return pack_requests.request_run_pack(run, include_private=include, principal=principal)
        case "sample":
            return pack_requests.request_sample_pack(
                project, size=body["size"], include_private=include, principal=principal
            )
        case _:
            return pack_requests.request_period_pack(
                project, since=body["since"], until=body["until"], principal=principal
            )


def _answer(pack: Pack) -> Response:
    headers = {"Location": reverse("api-pack", args=[pack.human_id])}
    body = PackSerializer(rows().get(pk=pack.pk)).data
    return Response(body, status=HTTPStatus.ACCEPTED, headers=headers)


def _find(principal: Principal, reference: str) -> Pack:
    visible = Pack.objects.visible_to(principal.user)
    if principal.token is not None:
        visible = visible.filter(project=principal.token.project_id)
    found = rows().filter(pk__in=visible.values("pk"))
    pack = policy.find(found, reference)
    policy.require(principal, Permission.PACK_READ, pack.project)
    return pack


def _etag(blob: Blob) -> str:
    return f'"{blob.digest}"'


def _bytes(blob: Blob, span: ranges.Span | None) -> HttpResponseBase:
    file = vault.open_blob(blob.digest)
    if span is None:
        whole = FileResponse(file, content_type=ZIP)
        whole["Content-Length"] = str(blob.size)
        return whole
    part = FileResponse(ranges.Slice(file, span), status=HTTPStatus.PARTIAL_CONTENT, content_type=ZIP)
    part["Content-Range"] = f"bytes {span.start}-{span.stop - 1}/{blob.size}"
    part["Content-Length"] = str(span.length)
    return part


def _with_headers(response: HttpResponseBase, pack: Pack, blob: Blob) -> HttpResponseBase:
    response["Content-Type"] = ZIP
    response["Content-Disposition"] = f'attachment; filename="{pack.human_id}.zip"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    response["Cache-Control"] = "private, no-cache"
    response["Accept-Ranges"] = "bytes"
    response["ETag"] = _etag(blob)
    return response


def _unsatisfiable(request: Request, blob: Blob) -> Response:
    problem = Problem(
        code="range_not_satisfiable",
        status=416,
        title=TITLES[416],
        detail=f"The pack has {blob.size} bytes.",
        request_id=getattr(request, "request_id", ""),
    )
    headers = {"Content-Range": f"bytes */{blob.size}"}
    return Response(problem.as_dict(), status=416, headers=headers, content_type=CONTENT_TYPE)


def _shown(some: Sequence[Pack]) -> Iterable[Any]:
    return PackSerializer(some, many=True).data
