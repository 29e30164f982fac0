"""What verifications of the installation found, and asking for one."""

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.models import Verification
from registry import log_verification
from registry.access import administrators
from registry.access.authentication import principal_of
from registry.api.jobs import JobSerializer
from registry.api.paging import PageQuery, page, page_of


class FaultSerializer(serializers.Serializer[Any]):
    """Something that is not as it was written."""

    where = serializers.CharField()
    what = serializers.CharField()


class VerificationSerializer(serializers.ModelSerializer[Verification]):
    """One verification; `faults` are the first 20, for administrators: they name things of any project."""

    compared_with = serializers.ListField(child=serializers.CharField())
    faults = FaultSerializer(many=True)

    class Meta:
        model = Verification
        fields = [
            "id",
            "started_at",
            "seconds",
            "entries",
            "files",
            "checkpoint_size",
            "compared_with",
            "fault_count",
            "faults",
        ]


class VerificationList(APIView):
    """All of them."""

    @extend_schema(
        operation_id="ledger_verifications",
        summary="List what verifications of the installation found",
        tags=["ledger"],
        parameters=[PageQuery],
        responses=page_of(VerificationSerializer),
    )
    def get(self, request: Request) -> Response:
        names_faults = administrators.administers(principal_of(request))

        def show(rows: Any) -> list[dict[str, Any]]:
            shown = VerificationSerializer(rows, many=True).data
            return [row if names_faults else {**row, "faults": []} for row in shown]

        return page(request, Verification.objects.all(), show)

    @extend_schema(
        operation_id="ledger_verify",
        summary="Ask for a verification of the installation; one under way is enough",
        tags=["ledger"],
        request=None,
        responses={HTTPStatus.ACCEPTED: JobSerializer},
    )
    def post(self, request: Request) -> Response:
        principal = principal_of(request)
        administrators.require(principal)
        job = log_verification.ask(principal.actor)
        return Response(JobSerializer(job).data, status=HTTPStatus.ACCEPTED)
