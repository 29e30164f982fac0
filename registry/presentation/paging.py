"""Lists by keyset on pages: newest first, never a COUNT, a link to the older rows."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar
from uuid import UUID

from django.db import models
from django.utils.http import urlencode

M = TypeVar("M", bound=models.Model)

LENGTH = 50
NO_ROW = UUID(int=0)


@dataclass(frozen=True, slots=True)
class Page(Generic[M]):
    """Rows of one page, and the addresses of its neighbours."""

    rows: list[M]
    older_url: str
    newest_url: str


def page(rows: "models.QuerySet[M]", query: Mapping[str, str], *, length: int = LENGTH) -> Page[M]:
    """Rows with an id below `after`; an `after` that is no id is the first page."""
    after = id_of(query.get("after", ""))
    window = rows.filter(pk__lt=after) if after else rows
    found = list(window.order_by("-pk")[: length + 1])
    kept = {name: value for name, value in query.items() if name != "after" and value}
    older = urlencode({**kept, "after": found[length - 1].pk}) if len(found) > length else ""
    return Page(
        rows=found[:length],
        older_url=f"?{older}" if older else "",
        newest_url=f"?{urlencode(kept)}" if after else "",
    )


def row_id(text: str) -> UUID:
    """The id a text is, or one that no row has."""
    return id_of(text) or NO_ROW


def id_of(text: str) -> UUID | None:
    """The id a text is, or nothing."""
    try:
        return UUID(text)
    except ValueError:
        return None
