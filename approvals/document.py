"""The printed document of a pack, composed from record.json, pack.json and the records alone.

It must never read the database or the clock: the same three give the same HTML. All text of users
goes through the templates' escaping; no such text becomes an address, a style or a script.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import qrcode
from django.template.loader import render_to_string
from qrcode.constants import ERROR_CORRECT_M

from approvals.document_sections import (
    board,
    catalogue,
    listings,
    measured,
    runs,
    signing,
    summary,
    words,
)
from approvals.document_sections.cards import Line, side_by_side
from approvals.document_sections.papers import Body, Papers

SEAL_MEANING: Final = (
    "The seal is made by the operator of this installation. It shows that the named person authenticated "
    "and confirmed; it is not made with that person's own key."
)
SELF_ISSUED: Final = (
    "Time is self-issued: the operator also runs the time authority. It proves order, not outside time, "
    "and is not called long-term."
)
EXTERNAL: Final = "An outside time authority vouches for the time of the seal."
KEY_LIST: Final = "/.well-known/benchseal-keys.json"
MOST_FINDINGS: Final = 100
SECTIONS: Final = (
    (1, "Decision summary"),
    (2, "Scope and intended use"),
    (3, "Model identity and lineage"),
    (4, "Dataset provenance"),
    (5, "Acceptance criteria"),
    (6, "Results"),
    (7, "Flags and findings"),
    (8, "Signatures"),
    (9, "Review notes"),
    (10, "Way back and monitoring"),
    (11, "Events"),
    (12, "Evidence list"),
    (13, "How to verify"),
    (14, "System information"),
)


@dataclass(frozen=True, slots=True)
class QrCode:
    """A QR code as one path: each module is one unit, rows are drawn from left to right."""

    size: int
    path: str


def html_of(record: Body, pack: Body, records: Mapping[str, Body], verify_url: str) -> str:
    """The whole document as HTML for `evidence.rendering.render_pdf`.

    `records` are parsed bodies by digest. Raises `PackIncomplete` where a digest leads nowhere.
    """
    return render_to_string("packs/document.html", context_of(Papers(record, pack, records), verify_url))


def context_of(papers: Papers, verify_url: str) -> dict[str, Any]:
    """Everything the templates print."""
    gates = board.rows(papers)
    sheets = runs.sheets(papers, gates)
    stages = signing.stages(papers)
    stopped = signing.stopped(papers)
    counting = signing.counting(papers)
    return {
        "record": papers.record,
        "pack": papers.pack,
        "release": papers.release,
        "manifest": papers.manifest,
        "manifest_digest": papers.manifest_digest,
        "scope": papers.scope,
        "sections": SECTIONS,
        "cover": summary.cover(papers),
        "lead": summary.lead(papers, gates),
        "board_note": summary.board_note(papers, stopped),
        "people": summary.people(papers, counting),
        "worst": board.worst(papers, gates),
        "gates": gates,
        "conflicts": summary.conflicts(sheets),
        "flags": tuple(gate for gate in gates if gate.kind != "pass"),
        **_findings(sheets),
        "open_items": summary.open_items(papers, stages),
        "runs": sheets,
        "scale": measured.scale_words(papers),
        "stages": stages,
        "signatures": counting,
        "stopped": stopped,
        "stopped_count": sum(len(group.signatures) for group in stopped),
        "refusals": signing.refusals(papers),
        "notes": signing.notes(papers),
        "responsible": signing.responsible(papers),
        **_catalogue(papers),
        **_listings(papers),
        **_seal(papers, verify_url),
    }


def _findings(sheets: Sequence[runs.RunSheet]) -> dict[str, Any]:
    found = [(sheet.human_id, row) for sheet in sheets for row in sheet.findings]
    return {"findings": found[:MOST_FINDINGS], "more_findings": max(0, len(found) - MOST_FINDINGS)}


def _catalogue(papers: Papers) -> dict[str, Any]:
    return {
        "models": catalogue.models(papers),
        "datasets": catalogue.datasets(papers),
        "benchmarks": catalogue.benchmarks(papers),
        "metrics": catalogue.metrics(papers),
        "criteria": catalogue.criteria(papers),
        "rollbacks": catalogue.rollbacks(papers),
        "signals": catalogue.signals(papers),
        "tier_answers": _tier_answers(papers),
        "owner": papers.person(papers.scope["owner"]) if papers.scope["owner"] else words.NOT_RECORDED,
    }


def _tier_answers(papers: Papers) -> tuple[tuple[Line, ...], ...]:
    answers = sorted(papers.manifest["tier_answers"].items())
    return side_by_side(Line(words.plain(name), _answer(value)) for name, value in answers)


def _answer(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return words.plain(str(value)).lower()


def _listings(papers: Papers) -> dict[str, Any]:
    events, more_events = listings.events(papers)
    return {"events": events, "more_events": more_events, "evidence": listings.listing(papers)}


def _seal(papers: Papers, verify_url: str) -> dict[str, Any]:
    parts = urlsplit(verify_url)
    return {
        "record_digest": papers.digest.removeprefix("sha256:"),
        "qr": qr_of(verify_url),
        "verify_url": verify_url,
        "key_list": f"{parts.scheme}://{parts.netloc}{KEY_LIST}",
        "seal_meaning": SEAL_MEANING,
        "time_note": SELF_ISSUED if papers.pack["time_authority"] == "self-issued" else EXTERNAL,
        "keys": [(use, str(papers.pack["keys"][use])) for use in ("pack", "attest", "log", "tsa")],
    }


def qr_of(text: str) -> QrCode:
    """A QR code of `text`, error correction M (ISO/IEC 18004), without its quiet zone."""
    code = qrcode.QRCode(border=0, error_correction=ERROR_CORRECT_M)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    path = "".join(
        f"M{x} {y}h1v1h-1z" for y, row in enumerate(matrix) for x, is_dark in enumerate(row) if is_dark
    )
    return QrCode(len(matrix), path)
