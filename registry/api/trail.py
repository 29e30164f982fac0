"""The audit trail of a project: pages by the same filters as the page, and all of it as a stream."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from evidence.actors import Channel
from evidence.models import LedgerEntry
from registry import exporting, trail
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.inputs import query_of
from registry.api.paging import PageQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS, AnyAccepted
from registry.api.trail_file import FORMS, trail_file
from registry.exporting import Row
from registry.looking import actor_of, subject_of
from registry.trail import Wanted


class TrailQuery(serializers.Serializer[Any]):
    """Which entries; times are UTC."""

    kind = serializers.CharField(max_length=60, required=False, help_text="For example run.admitted.")
    person = serializers.CharField(max_length=60, required=False, help_text="Account name.")
    subject = serializers.CharField(
        max_length=120, required=False, help_text="A human id such as HARBOR-RUN-2026-0012, or run:<uuid>."
    )
    channel = serializers.ChoiceField(choices=[one.value for one in Channel], required=False)
    since = serializers.DateTimeField(required=False, help_text="From this time on.")
    until = serializers.DateTimeField(required=False, help_text="Before this time.")

    def validate_kind(self, value: str) -> str:
        if value not in trail.kinds():
            raise serializers.ValidationError(f"No entry is of this kind. Kinds: {', '.join(trail.kinds())}.")
        return value


class TrailPageQuery(TrailQuery, PageQuery):
    """A page of them."""


class ExportQuery(TrailQuery):
    """All of them, in one of two forms."""

    form = serializers.ChoiceField(choices=sorted(FORMS), default="jsonl")


class TrailEntrySerializer(serializers.Serializer[LedgerEntry]):
    """One entry; `leaf_hash` is its hash in the tree, `payload` what it says beside the leaf."""

    index = serializers.IntegerField(allow_null=True, help_text="Place in the log; null while unsealed.")
    leaf = serializers.DictField(help_text="id, kind, subject, actor, channel, at, payload.")
    leaf_hash = serializers.CharField(help_text="SHA-256(0x00 ‖ canonical leaf), hexadecimal.")
    payload = serializers.DictField(allow_null=True, help_text="Names, reason, old and new values, salt.")


class ProjectTrail(APIView):
    """The ledger of a project."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="ledger_list",
        summary="List the ledger entries of a project",
        tags=["ledger"],
        parameters=[TrailPageQuery],
        responses=page_of(TrailEntrySerializer),
    )
    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.AUDIT_READ)
        query = query_of(TrailPageQuery, request)
        most = query["limit"] + 1
        entries = trail.newest([found.pk], wanted_of(query), before=query.get("after"), most=most)
        return page(request, entries.select_related("payload", "sealed"), _shown)


class ProjectTrailExport(APIView):
    """The whole of it, as a file."""

    content_negotiation_class = AnyAccepted

    @extend_schema(
        operation_id="ledger_export",
        summary="Stream the ledger entries of a project, oldest first; the export is an entry itself",
        tags=["ledger"],
        parameters=[ExportQuery],
        responses={
            (200, "application/jsonl"): OpenApiResponse(OpenApiTypes.STR, "One canonical object a line."),
            (200, "text/tab-separated-values"): OpenApiResponse(OpenApiTypes.STR, "One entry a line."),
        },
    )
    def get(self, request: Request, project: str) -> StreamingHttpResponse:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.AUDIT_READ)
        query = query_of(ExportQuery, request)
        form: str = query["form"]
        return trail_file(found, wanted_of(query), form=form, principal=principal)


def _shown(entries: Sequence[LedgerEntry]) -> Iterable[Row]:
    return map(exporting.row_of, entries)


def wanted_of(query: dict[str, Any]) -> Wanted:
    """What a checked query looks for."""
    return Wanted(
        kind=query.get("kind", ""),
        subject=subject_of(query.get("subject", "")),
        actor=actor_of(query.get("person", "")),
        channel=query.get("channel", ""),
        since=query.get("since"),
        until=query.get("until"),
    )
