"""The published JSON Schemas of records and statements, under the names that packs carry them with."""

from __future__ import annotations

import json
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.digests import sha256_bytes
from evidence.schemas import schema_paths
from registry.api.renderers import AnyAccepted

MEDIA_TYPE = "application/schema+json"
KEPT = "public, max-age=3600"


class SchemaSerializer(serializers.Serializer[Any]):
    """One schema; `digest` is that of the file, the same in every pack of this version."""

    name = serializers.CharField()
    title = serializers.CharField()
    digest = serializers.CharField()
    url = serializers.CharField()


class Schemas(APIView):
    """All schemas."""

    authentication_classes = []
    permission_classes = []

    @extend_schema(
        operation_id="schema_list",
        summary="List the JSON Schemas of records and statements",
        tags=["schemas"],
        responses=SchemaSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = [
            {
                "name": path.name,
                "title": str(json.loads(path.read_bytes())["title"]),
                "digest": sha256_bytes(path.read_bytes()),
                "url": reverse("schema", args=[path.name]),
            }
            for path in schema_paths()
        ]
        return Response(rows, headers={"Cache-Control": KEPT})


class SchemaOne(APIView):
    """One schema, byte for byte as packs carry it."""

    authentication_classes = []
    permission_classes = []
    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="schema_read",
        summary="Read a JSON Schema",
        tags=["schemas"],
        responses={(200, MEDIA_TYPE): OpenApiResponse(OpenApiTypes.OBJECT, "JSON Schema, draft 2020-12.")},
    )
    def get(self, request: Request, name: str) -> HttpResponse:
        for path in schema_paths():
            if path.name == name:
                return HttpResponse(
                    path.read_bytes(), content_type=MEDIA_TYPE, headers={"Cache-Control": KEPT}
                )
        raise Http404
