"""Catalogue records by API: list, record, read, revise, withdraw; one set of views for all kinds."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.db import models
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from registry import catalogue
from registry.access import policy
from registry.access.authentication import principal_of
from registry.access.roles import Permission
from registry.api.catalogue_bodies import WithdrawInput, shown
from registry.api.catalogue_kinds import FamilyKind, RecordKind
from registry.api.idempotency import once
from registry.api.inputs import body_of, query_of
from registry.api.paging import HistoryQuery, page
from registry.api.renderers import LIST_RENDERERS
from registry.models import CatalogueRecord, Project


class FamilyList(APIView):
    """Models, datasets or benchmarks of a project."""

    kind: ClassVar[FamilyKind]
    renderer_classes = LIST_RENDERERS

    def get(self, request: Request, project: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        rows = catalogue.rows(self.kind.model).filter(project=found)
        return page(request, rows, lambda some: self.kind.answered(some, many=True).data)

    def post(self, request: Request, project: str) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.CATALOGUE_WRITE)
        facts = body_of(self.kind.given, request)

        def act() -> Response:
            row = catalogue.family(self.kind.model, project=found, principal=principal, **facts)
            return Response(self.kind.answered(row).data, status=HTTPStatus.CREATED)

        return once(request, principal, act)


class FamilyOne(APIView):
    """One model, dataset or benchmark by UUID or name."""

    kind: ClassVar[FamilyKind]

    def get(self, request: Request, project: str, reference: str) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return Response(self.kind.answered(self.kind.find(found, reference)).data)


class RecordList(APIView):
    """Records of a kind: the newest revisions, or all."""

    kind: ClassVar[RecordKind]
    renderer_classes = LIST_RENDERERS

    def get(self, request: Request, project: str, family: str | None = None) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        rows = self.kind.rows(found, family)
        return page(request, rows if query_of(HistoryQuery, request)["history"] else rows.heads(), shown)

    def post(self, request: Request, project: str, family: str | None = None) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.CATALOGUE_WRITE)
        values = _values(self.kind, request, found, family)

        def act() -> Response:
            row = catalogue.record(self.kind.model, project=found, values=values, principal=principal)
            return _created(self.kind, found, family, row)

        return once(request, principal, act)


class RecordOne(APIView):
    """One revision by UUID, or the newest by name or version label."""

    kind: ClassVar[RecordKind]

    def get(self, request: Request, project: str, reference: str, family: str | None = None) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return Response(shown([self.kind.find(found, family, reference)])[0])


class RevisionList(APIView):
    """All revisions of one thing; a new one supersedes the newest."""

    kind: ClassVar[RecordKind]
    renderer_classes = LIST_RENDERERS

    def get(self, request: Request, project: str, reference: str, family: str | None = None) -> Response:
        found = policy.project_for(principal_of(request), project, Permission.PROJECT_READ)
        return page(request, self.kind.history(found, family, reference), shown)

    def post(self, request: Request, project: str, reference: str, family: str | None = None) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.CATALOGUE_WRITE)
        old = self.kind.find(found, family, reference)
        changes = body_of(self.kind.revised, request, context={"project": found})
        reason = changes.pop("reason")

        def act() -> Response:
            row = catalogue.record(
                self.kind.model,
                project=found,
                values={**_values_of(old), **changes},
                principal=principal,
                supersedes=old,
                reason=reason,
            )
            return _created(self.kind, found, family, row)

        return once(request, principal, act)


class Withdrawal(APIView):
    """The end of a record: it stays readable."""

    kind: ClassVar[RecordKind]

    def post(self, request: Request, project: str, reference: str, family: str | None = None) -> Response:
        principal = principal_of(request)
        found = policy.project_for(principal, project, Permission.CATALOGUE_WRITE)
        row = self.kind.find(found, family, reference)
        reason = body_of(WithdrawInput, request)["reason"]

        def act() -> Response:
            catalogue.withdraw(row, reason=reason, principal=principal)
            return Response(shown([self.kind.find(found, family, str(row.pk))])[0])

        return once(request, principal, act)


def _values(kind: RecordKind, request: Request, project: Project, family: str | None) -> dict[str, Any]:
    values: dict[str, Any] = body_of(kind.given, request, context={"project": project})
    if kind.family is not None:
        values[kind.family.word] = kind.family.find(project, family or "")
    return values


def _values_of(row: CatalogueRecord) -> dict[str, Any]:
    own = {field.name for field in row._meta.get_fields() if isinstance(field, models.Field)}
    return {name: getattr(row, name) for name in row.RECORD_FIELDS if name in own}


def _created(kind: RecordKind, project: Project, family: str | None, row: CatalogueRecord) -> Response:
    body = shown([kind.find(project, family, str(row.pk))])[0]
    return Response(body, status=HTTPStatus.CREATED)
