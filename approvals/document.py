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

from approvals.annexes import annexes_of
from approvals.document_sections import (
    access,
    afterwards,
    board,
    catalogue,
    controls,
    listings,
    matrix,
    measured,
    operational,
    origins,
    runs,
    signing,
    summary,
    words,
)
from approvals.document_sections.cards import Line, side_by_side
from approvals.document_sections.contents import NUMBERS, RELEASE_SECTIONS
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
MOST_FINDINGS: Final = 60


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
    return {
        "record": papers.record,
        "pack": papers.pack,
        "release": papers.release,
        "manifest": papers.manifest,
        "manifest_digest": papers.manifest_digest,
        "scope": papers.scope,
        "sections": tuple(enumerate(RELEASE_SECTIONS, 1)),
        "at": NUMBERS,
        "gates": gates,
        "flags": tuple(gate for gate in gates if gate.kind != "pass"),
        "runs": sheets,
        **_summary(papers, gates),
        **_results(papers, gates),
        **_findings(papers),
        **_review(papers),
        **_catalogue(papers),
        **_afterwards(papers),
        "access": access.review(papers),
        "audit": listings.extract(papers),
        "controls": controls.index(papers),
        "evidence": listings.listing(papers, {sheet.human_id for sheet in sheets}),
        "annexes": annexes_of(papers),
        **_seal(papers, verify_url),
    }


def _summary(papers: Papers, gates: Sequence[board.GateRow]) -> dict[str, Any]:
    stopped = signing.stopped(papers)
    conflicts, more_conflicts = summary.conflicts(papers)
    voids, more_voids = summary.voids(papers)
    return {
        "cover": summary.cover(papers),
        "lead": summary.lead(papers, gates),
        "board_note": summary.board_note(papers, stopped),
        "people": summary.people(papers, signing.counting(papers)),
        "worst": board.worst(papers, gates),
        "conflicts": conflicts,
        "more_conflicts": more_conflicts,
        "voids": voids,
        "more_voids": more_voids,
        "stopped_count": sum(len(group.signatures) for group in stopped),
        "open_items": summary.open_items(papers, signing.stages(papers)),
    }


def _results(papers: Papers, gates: Sequence[board.GateRow]) -> dict[str, Any]:
    rows = matrix.criteria_by_run(papers, gates)
    not_covered, more_not_covered = runs.not_covered(papers)
    return {
        "matrix": rows,
        "tested": matrix.tested(rows),
        "scale": measured.scale_words(papers),
        "run_lines": runs.lines(papers, gates),
        "operational": operational.operational(papers),
        "not_covered": not_covered,
        "more_not_covered": more_not_covered,
    }


def _findings(papers: Papers) -> dict[str, Any]:
    found = [
        (run["human_id"], origins.finding_row(one))
        for run, body in runs.named(papers)
        for one in body.get("findings") or []
    ]
    return {"findings": found[:MOST_FINDINGS], "more_findings": max(0, len(found) - MOST_FINDINGS)}


def _review(papers: Papers) -> dict[str, Any]:
    return {
        "stages": signing.stages(papers),
        "signatures": signing.counting(papers),
        "stopped": signing.stopped(papers),
        "refusals": signing.refusals(papers),
        "notes": signing.notes(papers),
        "revisions": signing.revisions(papers),
        "responsible": signing.responsible(papers),
    }


def _afterwards(papers: Papers) -> dict[str, Any]:
    rows, more = afterwards.post_release(papers)
    return {
        "waivers": afterwards.waivers(papers),
        "was_released": afterwards.was_released(papers),
        "post_release": rows,
        "more_post_release": more,
    }


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
