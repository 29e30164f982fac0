"""Addresses of the catalogue, one set for each kind, each with its words in the schema."""

from typing import Any

from django.urls import path
from django.urls.resolvers import URLPattern
from drf_spectacular.utils import OpenApiResponse, extend_schema, extend_schema_view
from rest_framework.views import APIView

from registry.api import catalogue
from registry.api.catalogue_bodies import WithdrawInput
from registry.api.catalogue_kinds import FAMILIES, METRICS, RECORDS, FamilyKind, RecordKind
from registry.api.paging import HistoryQuery, PageQuery, page_of

PROJECT = "v1/projects/<ref:project>/"


def patterns() -> list[URLPattern]:
    """All addresses of the catalogue."""
    families = [pattern for kind in FAMILIES for pattern in _family(kind)]
    records = [pattern for kind in RECORDS for pattern in _record(kind)]
    return [*families, *records, *_versions_of_metrics()]


def _family(kind: FamilyKind) -> list[URLPattern]:
    here, words, tags = PROJECT + kind.path, kind.word, ["catalogue"]
    many = _view(
        catalogue.FamilyList,
        kind,
        get=extend_schema(
            operation_id=f"{words}_list",
            summary=f"List the {kind.path} of a project",
            tags=tags,
            parameters=[PageQuery],
            responses=page_of(kind.answered),
        ),
        post=extend_schema(
            operation_id=f"{words}_create",
            summary=f"Name a {words}; a repeat answers the same one",
            tags=tags,
            request=kind.given,
            responses={201: kind.answered},
        ),
    )
    one = _view(
        catalogue.FamilyOne,
        kind,
        get=extend_schema(
            operation_id=f"{words}_read",
            summary=f"Read a {words} by UUID or name",
            tags=tags,
            responses=kind.answered,
        ),
    )
    return [
        path(here, many.as_view(), name=f"api-{words}-list"),
        path(f"{here}/<ref:reference>", one.as_view(), name=f"api-{words}"),
    ]


def _record(kind: RecordKind) -> list[URLPattern]:
    here, name = PROJECT + kind.path, kind.word.replace("_", "-")
    return [
        path(here, _many(kind).as_view(), name=f"api-{name}-list"),
        path(f"{here}/<ref:reference>", _one(kind).as_view(), name=f"api-{name}"),
        path(f"{here}/<ref:reference>/revisions", _revisions(kind).as_view(), name=f"api-{name}-revisions"),
        path(f"{here}/<ref:reference>/withdraw", _withdrawal(kind).as_view(), name=f"api-{name}-withdraw"),
    ]


def _versions_of_metrics() -> list[URLPattern]:
    """A metric has no family: its versions are its revisions."""
    here = f"{PROJECT}{METRICS.path}/<ref:reference>/versions"
    return [path(here, _revisions(METRICS, "version").as_view(), name="api-metric-versions")]


def _many(kind: RecordKind) -> type[APIView]:
    return _view(
        catalogue.RecordList,
        kind,
        get=extend_schema(
            operation_id=f"{kind.word}_list",
            summary=f"List each {_words(kind)} at its newest revision",
            tags=["catalogue"],
            parameters=[HistoryQuery],
            responses=page_of(kind.answered),
        ),
        post=extend_schema(
            operation_id=f"{kind.word}_create",
            summary=f"Record a {_words(kind)}",
            tags=["catalogue"],
            request=kind.given,
            responses={201: kind.answered},
        ),
    )


def _one(kind: RecordKind) -> type[APIView]:
    named = "version label" if kind.family else "name"
    return _view(
        catalogue.RecordOne,
        kind,
        get=extend_schema(
            operation_id=f"{kind.word}_read",
            summary=f"Read a {_words(kind)}: one revision by UUID, the newest by {named}",
            tags=["catalogue"],
            responses=kind.answered,
        ),
    )


def _revisions(kind: RecordKind, word: str = "revision") -> type[APIView]:
    return _view(
        catalogue.RevisionList,
        kind,
        get=extend_schema(
            operation_id=f"{kind.word}_{word}_list",
            summary=f"List all revisions of a {_words(kind)}",
            tags=["catalogue"],
            parameters=[PageQuery],
            responses=page_of(kind.answered),
        ),
        post=extend_schema(
            operation_id=f"{kind.word}_{word}_create",
            summary=f"Record a new revision of a {_words(kind)}, with the reason",
            tags=["catalogue"],
            request=kind.revised,
            responses={201: kind.answered},
        ),
    )


def _withdrawal(kind: RecordKind) -> type[APIView]:
    return _view(
        catalogue.Withdrawal,
        kind,
        post=extend_schema(
            operation_id=f"{kind.word}_withdraw",
            summary=f"Withdraw a {_words(kind)}; it stays readable",
            tags=["catalogue"],
            request=WithdrawInput,
            responses={200: OpenApiResponse(kind.answered, "The record, withdrawn.")},
        ),
    )


def _words(kind: RecordKind) -> str:
    return kind.word.replace("_", " ")


def _view(view: type[APIView], kind: FamilyKind | RecordKind, **operations: Any) -> type[APIView]:
    made: type[APIView] = type(
        f"{kind.model.__name__}{view.__name__}", (view,), {"kind": kind, "__doc__": view.__doc__}
    )
    return extend_schema_view(**operations)(made)
