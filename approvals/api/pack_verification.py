"""Check a pack that somebody sends, with the verifier that auditors use; nothing of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals.api.pack_uploads import FIELD, PARSERS, StagingHandler, check_announced
from approvals.models import Pack
from approvals.newer_packs import superseding
from evidence import verification
from registry.access.authentication import principal_of
from registry.api.schema import ProblemSerializer
from registry.conf.exceptions import CONTENT_TYPE, TITLES
from registry.errors import FieldsInvalid


class VerifiedItemSerializer(serializers.Serializer[Any]):
    """One thing that was looked at."""

    section = serializers.CharField()
    name = serializers.CharField()
    state = serializers.ChoiceField(choices=["ok", "bad", "missing", "unchecked"])
    reason = serializers.CharField(help_text="What was found.")
    meaning = serializers.CharField(help_text="What that says to a reader who is no engineer.")


class NewerPackSerializer(serializers.Serializer[Any]):
    """The newest pack of the same thing."""

    human_id = serializers.CharField()
    id = serializers.UUIDField()
    version = serializers.IntegerField()
    issued_at = serializers.DateTimeField()


class VerdictSerializer(serializers.Serializer[Any]):
    """The verdict and everything it rests on; `pack` is what the pack says of itself.

    The same report as the verifier's own (`/schemas/verification-report-v1.schema.json`), and whether a newer
    pack exists, which no pack can say.
    """

    verdict = serializers.ChoiceField(choices=["genuine", "broken", "origin_not_proved"])
    words = serializers.CharField()
    exit_code = serializers.IntegerField(help_text="0 genuine, 1 broken, 2 intact, origin not proved.")
    items = VerifiedItemSerializer(many=True)
    pack = serializers.DictField()
    superseded_by = NewerPackSerializer(
        allow_null=True, help_text="Null where this installation issued no newer one, or not this file."
    )


class PackFormInput(serializers.Serializer[Any]):
    """A form with the pack in one file field."""

    pack = serializers.FileField()


class PackVerification(APIView):
    """The verdict on a pack."""

    parser_classes = PARSERS

    def perform_authentication(self, request: Request) -> None:
        # CSRF protection reads the form: bounds and the place of its bytes are set before.
        check_announced(request.META.get("CONTENT_LENGTH") or "")
        request.upload_handlers = [StagingHandler(request)]
        super().perform_authentication(request)

    @extend_schema(
        operation_id="pack_verify",
        summary="Check a pack against the keys of this installation; nothing is stored",
        tags=["packs"],
        request={
            "application/zip": OpenApiTypes.BINARY,
            "application/octet-stream": OpenApiTypes.BINARY,
            "multipart/form-data": PackFormInput,
        },
        responses={
            200: VerdictSerializer,
            (411, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, TITLES[411]),
            (413, CONTENT_TYPE): OpenApiResponse(ProblemSerializer, TITLES[413]),
        },
    )
    def post(self, request: Request) -> Response:
        principal_of(request)
        file = _only_file(request)
        with file:
            report = verification.verify(file)
        return Response(VerdictSerializer({**report, "superseded_by": _superseding(report)}).data)


def _superseding(report: Mapping[str, Any]) -> Pack | None:
    return superseding(report["pack"]["zip_digest"])


def _only_file(request: Request) -> UploadedFile[bytes]:
    files = [file for _, some in request.FILES.lists() for file in some]
    if len(files) != 1:
        for file in files:
            file.close()
        raise FieldsInvalid(
            "Send one pack",
            [{"pointer": f"/{FIELD}", "detail": "Send exactly one file.", "code": "one_file"}],
        )
    found: UploadedFile[bytes] = files[0]
    return found
