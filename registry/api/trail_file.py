"""The trail of a project as a file that streams: JSON Lines to recompute it, TSV to read it in a table."""

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from django.http import StreamingHttpResponse

from evidence.canonical import jcs
from registry import exporting
from registry.access.principals import Principal
from registry.api.renderers import tsv_line
from registry.exporting import Row
from registry.models import Project
from registry.trail import Wanted

OF_LEAF: Final = ("at", "kind", "subject", "actor", "channel", "id")
OF_PAYLOAD: Final = ("actor_name", "reason", "old", "new", "record", "statement")
COLUMNS: Final = ("index", *OF_LEAF, *OF_PAYLOAD, "leaf_hash")


def trail_file(project: Project, wanted: Wanted, *, form: str, principal: Principal) -> StreamingHttpResponse:
    """The answer that brings the file; who asked for it is in the ledger before the first line."""
    media_type, lines = FORMS[form]
    told = exporting.begin(project, wanted, form=form, principal=principal)
    response = StreamingHttpResponse(lines(exporting.rows(project, wanted, told)), content_type=media_type)
    response["Content-Disposition"] = f'attachment; filename="{project.key}-ledger.{form}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def json_lines(rows: Iterable[Row]) -> Iterator[bytes]:
    """Each row as one line of canonical JSON."""
    for row in rows:
        yield jcs(row) + b"\n"


def table(rows: Iterable[Row]) -> Iterator[bytes]:
    """A header line and one line a row, tab-separated."""
    yield tsv_line(COLUMNS).encode()
    for row in rows:
        leaf, payload = row["leaf"], row["payload"] or {}
        parts = (*(leaf[name] for name in OF_LEAF), *(payload.get(name) for name in OF_PAYLOAD))
        yield tsv_line((row["index"], *parts, row["leaf_hash"])).encode()


Lines = Callable[[Iterable[Row]], Iterator[bytes]]
FORMS: Final[dict[str, tuple[str, Lines]]] = {
    "jsonl": ("application/jsonl", json_lines),
    "tsv": ("text/tab-separated-values; charset=utf-8", table),
}
"""Name of a form → media type and how rows become lines."""
