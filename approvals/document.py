"""The printed document of a pack, composed from record.json, pack.json and the records alone.

It must never read the database or the clock: the same three give the same HTML. All text of users
goes through the templates' escaping; no such text becomes an address, a style or a script.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from django.template.loader import render_to_string

from approvals import period_document, release_document, runs_document
from approvals.document_sections.papers import Body, Papers

CONTEXTS: Final[Mapping[str, Callable[[Papers, str], dict[str, Any]]]] = {
    "release": release_document.context_of,
    "run": runs_document.context_of,
    "sample": runs_document.context_of,
    "period": period_document.context_of,
}
"""Scope → everything its templates print."""


def html_of(record: Body, pack: Body, records: Mapping[str, Body], verify_url: str) -> str:
    """The whole document as HTML for `evidence.rendering.render_pdf`.

    `records` are parsed bodies by digest. Raises `PackIncomplete` where a digest leads nowhere.
    """
    context = CONTEXTS[str(record["scope"])](Papers(record, pack, records), verify_url)
    return render_to_string("packs/document.html", context)
