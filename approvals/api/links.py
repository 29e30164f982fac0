"""What a release rests on: link runs, datasets, ways back and signals, and take them out again."""

from collections.abc import Callable, Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from approvals import linking
from approvals.api import references
from approvals.api.lookup import release_for
from approvals.linking import Target
from approvals.models import EvidenceLink, Release
from approvals.models.releases import Slot
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.idempotency import once
from registry.api.inputs import ReasonField, StrictInput, body_of, query_of
from registry.api.paging import HistoryQuery, page, page_of
from registry.api.renderers import LIST_RENDERERS
from registry.errors import NotFound
from registry.models import Project

FINDERS: Final[dict[str, Callable[[Project, str], Target]]] = {
    "run": references.run,
    "rollback": references.rollback,
    "signal": references.signal,
    "dataset": references.dataset,
}


class LinkInput(StrictInput):
    """What is linked for what; exactly one of run, rollback, signal and dataset."""

    slot = serializers.ChoiceField(choices=Slot.choices)
    run = serializers.CharField(max_length=200, required=False, help_text="UUID or human id.")
    rollback = serializers.CharField(max_length=200, required=False, help_text="UUID or name.")
    signal = serializers.CharField(max_length=200, required=False, help_text="UUID or name.")
    dataset = serializers.CharField(max_length=200, required=False, help_text="UUID or name/version.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if len([name for name in FINDERS if name in attrs]) != 1:
            raise serializers.ValidationError(
                "Name exactly one of run, rollback, signal and dataset.", code="one_target"
            )
        return attrs


class UnlinkInput(StrictInput):
    """Why a link is taken out."""

    reason = ReasonField()


class TargetSerializer(serializers.Serializer[Any]):
    """What a link points at."""

    kind = serializers.ChoiceField(choices=list(FINDERS))
    id = serializers.UUIDField()
    name = serializers.CharField()
    digest = serializers.CharField(help_text="Digest of the linked record.")


class LinkSerializer(serializers.ModelSerializer[EvidenceLink]):
    """One thing a release rests on, or rested on."""

    slot = serializers.ChoiceField(choices=Slot.choices)
    target = serializers.SerializerMethodField()
    linked_by = serializers.CharField(source="linked_by.username")
    unlinked_by = serializers.CharField(source="unlinked_by.username", allow_null=True, default=None)

    class Meta:
        model = EvidenceLink
        fields = ["id", "slot", "target", "linked_at", "linked_by", "unlinked_at", "unlinked_by"]

    @extend_schema_field(TargetSerializer)
    def get_target(self, link: EvidenceLink) -> dict[str, str]:
        """The run, dataset, rollback artifact or signal."""
        targets = {"run": link.run, "rollback": link.rollback, "signal": link.signal, "dataset": link.dataset}
        kind, row = next((kind, row) for kind, row in targets.items() if row is not None)
        return {"kind": kind, "id": str(row.pk), "name": str(row), "digest": row.record_id}


class Links(APIView):
    """Links of a release."""

    renderer_classes = LIST_RENDERERS

    @extend_schema(
        operation_id="link_list",
        summary="List what a release rests on; with history also what was taken out",
        tags=["releases"],
        parameters=[HistoryQuery],
        responses=page_of(LinkSerializer),
    )
    def get(self, request: Request, project: str, reference: str) -> Response:
        release = release_for(principal_of(request), project, reference, Permission.PROJECT_READ)
        found = rows(release)
        if not query_of(HistoryQuery, request)["history"]:
            found = found.filter(unlinked_at__isnull=True)
        return page(request, found, _shown)

    @extend_schema(
        operation_id="link_add",
        summary="Link a run, dataset, rollback artifact or signal to a release that is not frozen",
        tags=["releases"],
        request=LinkInput,
        responses={201: LinkSerializer},
    )
    def post(self, request: Request, project: str, reference: str) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.RELEASE_WRITE)
        body = body_of(LinkInput, request)
        target = _target(release.project, body)

        def act() -> Response:
            row = linking.link(release, target, slot=body["slot"], principal=principal)
            return Response(LinkSerializer(row).data, status=HTTPStatus.CREATED)

        return once(request, principal, act)


class LinkRemoval(APIView):
    """The end of a link."""

    @extend_schema(
        operation_id="link_remove",
        summary="Take a link out of a release that is not frozen; it stays as history",
        tags=["releases"],
        request=UnlinkInput,
        responses=LinkSerializer,
    )
    def post(self, request: Request, project: str, reference: str, link: UUID) -> Response:
        principal = principal_of(request)
        release = release_for(principal, project, reference, Permission.RELEASE_WRITE)
        row = rows(release).filter(pk=link).first()
        if row is None:
            raise NotFound(f"{release.human_id} has no link {link}")
        reason = body_of(UnlinkInput, request)["reason"]

        def act() -> Response:
            return Response(LinkSerializer(linking.unlink(row, principal=principal, reason=reason)).data)

        return once(request, principal, act)


def rows(release: Release) -> QuerySet[EvidenceLink]:
    """Links of a release with what they point at."""
    return EvidenceLink.objects.filter(release=release).select_related(
        "release__project",
        "run",
        "rollback",
        "signal",
        "dataset__dataset",
        "linked_by",
        "unlinked_by",
    )


def _target(project: Project, body: dict[str, Any]) -> Target:
    name = next(name for name in FINDERS if name in body)
    return FINDERS[name](project, body[name])


def _shown(some: Sequence[EvidenceLink]) -> Iterable[Any]:
    return LinkSerializer(some, many=True).data
