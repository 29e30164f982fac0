"""What everybody may read: the published keys, and whether the installation works."""

import logging
from typing import Any

from django.db import Error, connection
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence import clock
from evidence.canonical import jcs
from evidence.models import TickLease
from evidence.signing import published_keys
from registry.api.renderers import AnyAccepted

logger = logging.getLogger(__name__)

WORKS = ["ok", "failed"]


class HealthSerializer(serializers.Serializer[Any]):
    """Whether the parts work; `worker_tick_seconds` is the age of the worker's last periodic work."""

    status = serializers.ChoiceField(choices=WORKS)
    database = serializers.ChoiceField(choices=WORKS)
    worker_tick_seconds = serializers.IntegerField(allow_null=True)


class Keys(APIView):
    """Public keys of this installation."""

    authentication_classes = []
    permission_classes = []
    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="keys",
        summary="Read the published keys; compare them with a copy obtained elsewhere",
        tags=["keys"],
        responses={200: OpenApiResponse(OpenApiTypes.OBJECT, "The key list, canonical JSON.")},
    )
    def get(self, request: Request) -> HttpResponse:
        return HttpResponse(jcs(published_keys()), content_type="application/json")


class Health(APIView):
    """Whether the installation works."""

    authentication_classes = []
    permission_classes = []
    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="health",
        summary="Ask whether database and worker answer",
        tags=["health"],
        responses={200: HealthSerializer, 503: HealthSerializer},
    )
    def get(self, request: Request) -> Response:
        try:
            connection.ensure_connection()
            tick = _tick_age()
        except Error:
            logger.exception("The database does not answer")
            return Response(
                {"status": "failed", "database": "failed", "worker_tick_seconds": None}, status=503
            )
        return Response({"status": "ok", "database": "ok", "worker_tick_seconds": tick})


def _tick_age() -> int | None:
    newest = TickLease.objects.order_by("-until").values_list("until", flat=True).first()
    return None if newest is None else max(0, int((clock.now() - newest).total_seconds()))
