"""Checkpoints and inclusion proofs of the ledger, in the published text forms."""

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from evidence import proofs
from evidence.models import Checkpoint, LedgerEntry
from registry import subjects
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.renderers import AnyAccepted
from registry.api.schema import ProblemSerializer
from registry.conf.exceptions import CONTENT_TYPE
from registry.errors import NotFound

TEXT = "text/plain; charset=utf-8"
NOT_SEALED = OpenApiResponse(ProblemSerializer, "Not sealed yet; ask again in a second.")


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
