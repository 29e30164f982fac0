"""How answers look: JSON with sorted keys, and TSV for lists; the same rows always give the same bytes."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from rest_framework.exceptions import NotAcceptable
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from evidence.canonical import utc_text

# What a spreadsheet would run as a formula; a number is none, and the escape can be undone.
_FORMULA = re.compile(r'["=+\-@\uff1d\uff0b\uff0d\uff20]')
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?\Z", re.ASCII)
ESCAPES = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class CanonicalJSONRenderer(BaseRenderer):
    """JSON with sorted keys and no white space (R-070)."""

    media_type = "application/json"
    format = "json"
    charset = None

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        return b"" if data is None else json_bytes(data)


class TSVRenderer(BaseRenderer):
    """One line a row, columns sorted by name; nested values as JSON.

    Tab, line ends and backslash are escaped with a backslash, and so is a first sign that would make
    a spreadsheet run the cell as a formula.
    """

    media_type = "text/tab-separated-values"
    format = "tsv"
    charset = "utf-8"

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = cast("Response", (renderer_context or {})["response"])
        if response.exception:
            return json_bytes(data)
        rows = data.get("items", [data])
        return tsv(rows).encode()


class Negotiation(DefaultContentNegotiation):
    """A `format` that the address does not offer is a 406, not a missing page."""

    def filter_renderers(self, renderers: Iterable[BaseRenderer], format: str) -> list[BaseRenderer]:  # noqa: A002  # reason: the name is DRF's
        found = [renderer for renderer in renderers if renderer.format == format]
        if not found:
            raise NotAcceptable(f"The format {format[:20]} is not available here.")
        return found


class AnyAccepted(DefaultContentNegotiation):
    """For addresses whose answer has one form whatever was asked for: files, proofs, keys."""

    def select_renderer(
        self,
        request: Request,
        renderers: Iterable[BaseRenderer],
        format_suffix: str | None = None,
    ) -> tuple[BaseRenderer, str]:
        first = next(iter(renderers))
        return first, first.media_type


LIST_RENDERERS: list[type[BaseRenderer]] = [CanonicalJSONRenderer, TSVRenderer]
SHOWN_ONCE = {"Cache-Control": "no-store"}
"""Headers of an answer with a secret in it."""


def json_bytes(value: Any) -> bytes:
    """UTF-8 JSON, keys sorted, no white space; ids, times and decimals must be text already."""
    return json.dumps(
        value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False, default=_text
    ).encode()


def _text(value: Any) -> str:
    return utc_text(value) if isinstance(value, datetime) else str(value)


def tsv(rows: Sequence[Mapping[str, Any]]) -> str:
    """A header line and one line a row."""
    names = sorted({name for row in rows for name in row})
    return "".join([tsv_line(names), *(tsv_line([row.get(name) for name in names]) for row in rows)])


def tsv_line(values: Iterable[Any]) -> str:
    """One line with its end."""
    return "\t".join(map(_cell, values)) + "\n"


def _cell(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool() | dict() | list():
            return json_bytes(value).decode().translate(ESCAPES)
        case _:
            return _inert(str(value).translate(ESCAPES))


def _inert(text: str) -> str:
    return f"\\{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text
