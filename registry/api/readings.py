"""Readings of monitoring signals: one as JSON, or many as JSON Lines."""

from http import HTTPStatus
from io import BytesIO
from typing import Any

from django.conf import settings
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import UnsupportedMediaType
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry import readings
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.errors import FieldsInvalid
from registry.models import MonitoringSignal
from registry.readings import Received

ONE, MANY = "application/json", "application/x-ndjson"
ONE_LINE = bytes.maketrans(b"\r\n", b"  ")


class RefusedLineSerializer(serializers.Serializer[Any]):
    """A line that was not stored."""

    line = serializers.IntegerField(help_text="Counted from 1.")
    code = serializers.CharField()
    detail = serializers.CharField()


class ReceivedSerializer(serializers.Serializer[Any]):
    """What became of the lines that were sent."""

    accepted = serializers.IntegerField()
    duplicates = serializers.IntegerField(help_text="Stored before with the same value.")
    late = serializers.IntegerField(help_text="Of the accepted: a newer one had come before.")
    refused = serializers.IntegerField()
    refusals = RefusedLineSerializer(many=True, help_text="The first thousand.")
    batch = serializers.UUIDField(source="batch.pk", allow_null=True, default=None)


class SignalReadings(APIView):
    """Readings of one signal."""

    parser_classes = []

    @extend_schema(
        operation_id="reading_send",
        summary="Send readings of a signal: one as JSON, or up to 100,000 as JSON Lines",
        description="A reading has `at`, `value`, `source`, and if wanted `unit` and `label`.",
        tags=["monitoring"],
        request={ONE: {"type": "object"}, MANY: {"type": "string"}},
        responses={200: ReceivedSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.SIGNAL_REPORT)
        signals = MonitoringSignal.objects.filter(project=found).select_related("project")
        signal = policy.find(signals.order_by("-revision"), reference, "name")
        kind = request.content_type.partition(";")[0].strip().lower()
        if kind not in (ONE, MANY):
            raise UnsupportedMediaType(request.content_type[:80])
        stream = request.stream or BytesIO()
        if kind == MANY:
            received = readings.receive(signal, stream, principal=principal)
        else:
            body = stream.read(settings.MAX_DOCUMENT_BYTES + 1).translate(ONE_LINE)
            received = readings.receive(signal, BytesIO(body), principal=principal)
            refuse_alone(received)
        return Response(ReceivedSerializer(received).data, status=HTTPStatus.OK)


def refuse_alone(received: Received) -> None:
    """A single reading that was not stored is an error of the request."""
    if received.refusals:
        why = received.refusals[0]
        raise FieldsInvalid(
            "The reading was not stored", [{"pointer": "", "detail": why.detail, "code": why.code}]
        )
