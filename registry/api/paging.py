"""Lists by keyset: newest first, `?after=<id>&limit=`, a `next` link, and never a COUNT."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db import models
from django.utils.http import urlencode
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from registry.api.inputs import query_of

M = TypeVar("M", bound=models.Model)

LONGEST = 200
USUAL = 50


class PageQuery(serializers.Serializer[Any]):
    """Where a page begins and how long it is."""

    after = serializers.UUIDField(required=False, help_text="The id of the last item of the page before.")
    limit = serializers.IntegerField(min_value=1, max_value=LONGEST, default=USUAL)


class HistoryQuery(PageQuery):
    """A page of records, with or without those that a newer one supersedes."""

    history = serializers.BooleanField(default=False, help_text="Also what a newer revision supersedes.")


def page(
    request: Request, rows: models.QuerySet[M], show: Callable[[Sequence[M]], Iterable[Any]]
) -> Response:
    """One page of rows by descending id; raises `FieldsInvalid` for a wrong parameter."""
    window = query_of(PageQuery, request)
    if "after" in window:
        rows = rows.filter(pk__lt=window["after"])
    limit: int = window["limit"]
    found = list(rows.order_by("-pk")[: limit + 1])
    link = _next(request, str(found[limit - 1].pk)) if len(found) > limit else None
    headers = {"Link": f'<{link}>; rel="next"'} if link else {}
    return Response({"items": list(show(found[:limit])), "next": link}, headers=headers)


@cache
def page_of(item: type[serializers.BaseSerializer[Any]]) -> type[serializers.Serializer[Any]]:
    """The shape of a page of these items, for the schema."""
    name = item.__name__.removesuffix("Serializer") + "Page"
    fields = {
        "items": item(many=True),
        "next": serializers.CharField(allow_null=True, help_text="The next page; null at the end."),
        "__doc__": "One page, newest first.",
        "__module__": __name__,
    }
    return type(name, (serializers.Serializer,), fields)


def _next(request: Request, last: str) -> str:
    query = {**request.query_params.dict(), "after": last}
    return f"{request.path}?{urlencode(query)}"
