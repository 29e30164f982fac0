"""Checkpoints and proofs of the ledger, in the published forms."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence import proofs
from evidence.canonical import base64_text
from evidence.models import Checkpoint, LedgerEntry
from registry import subjects
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.inputs import query_of
from registry.api.renderers import AnyAccepted
from registry.api.schema import ProblemSerializer
from registry.conf.exceptions import CONTENT_TYPE
from registry.errors import NotFound

TEXT = "text/plain; charset=utf-8"
NOT_SEALED = OpenApiResponse(ProblemSerializer, "Not sealed yet; ask again in a second.")


LARGEST_SIZE = 2**63 - 1


class SizesQuery(serializers.Serializer[Any]):
    """Two sizes of the log."""

    old = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE, help_text="Entries it had before.")
    new = serializers.IntegerField(min_value=0, max_value=LARGEST_SIZE, help_text="Entries it had later.")


@extend_schema_field({"type": "string", "contentEncoding": "base64"})
class HashField(serializers.Field[bytes, str, str, bytes]):
    """32 bytes in base64."""

    def to_representation(self, value: bytes) -> str:
        return base64_text(value)


class ConsistencySerializer(serializers.Serializer[proofs.Consistency]):
    """The path leads from the old root to both roots (RFC 9162, section 2.1.4.2); hashes are base64."""

    old_size = serializers.IntegerField()
    new_size = serializers.IntegerField()
    old_root = HashField()
    new_root = HashField()
    path = serializers.ListField(child=HashField())


class NewestCheckpoint(APIView):
    """The newest signed checkpoint."""

    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="ledger_checkpoint",
        summary="Read the newest checkpoint (C2SP tlog-checkpoint)",
        tags=["ledger"],
        responses={
            (200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, "The signed note."),
            (409, CONTENT_TYPE): NOT_SEALED,
        },
    )
    def get(self, request: Request) -> HttpResponse:
        newest = Checkpoint.objects.order_by("-size").first()
        if newest is None:
            raise proofs.NotSealed("The log has no checkpoint yet.", next_step="Ask again in a second.")
        return HttpResponse(newest.note, content_type=TEXT)


class ConsistencyProof(APIView):
    """That the log only grew."""

    @extend_schema(
        operation_id="ledger_consistency",
        summary="Read the proof that the log of one size begins with that of another (RFC 6962, 2.1.2)",
        tags=["ledger"],
        parameters=[SizesQuery],
        responses=ConsistencySerializer,
    )
    def get(self, request: Request) -> Response:
        sizes = query_of(SizesQuery, request)
        return Response(ConsistencySerializer(proofs.consistency(sizes["old"], sizes["new"])).data)


class EntryProof(APIView):
    """That an entry is in the log."""

    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="ledger_entry_proof",
        summary="Read the inclusion proof of an entry (C2SP tlog-proof)",
        tags=["ledger"],
        responses={
            (200, "text/plain"): OpenApiResponse(OpenApiTypes.STR, "The proof file."),
            (409, CONTENT_TYPE): NOT_SEALED,
        },
    )
    def get(self, request: Request, entry: UUID) -> HttpResponse:
        principal = principal_of(request)
        found = LedgerEntry.objects.filter(pk=entry).first()
        project = subjects.project_of(found.subject) if found else None
        if found is None or project is None:
            raise NotFound(f"No entry {entry}")
        try:
            policy.require(principal, Permission.AUDIT_READ, project)
        except NotFound:
            # The same words as for an unknown entry: the project stays unnamed.
            raise NotFound(f"No entry {entry}") from None
        return HttpResponse(proofs.tlog_proof(found), content_type=TEXT)
