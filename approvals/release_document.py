"""What the document of a release prints, from record.json, pack.json and the records alone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from approvals.annexes import annexes_of
from approvals.document_sections import (
    access,
    afterwards,
    board,
    catalogue,
    challenges,
    conditions,
    controls,
    listings,
    matrix,
    measured,
    operational,
    runs,
    signing,
    summary,
    waivers,
    words,
)
from approvals.document_sections.cards import Line, side_by_side
from approvals.document_sections.contents import NUMBERS, RELEASE_SECTIONS
from approvals.document_sections.found import findings_of
from approvals.document_sections.papers import Papers
from approvals.document_sections.sealing import seal_facts


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
        **_waivers(papers),
        **_conditions(papers),
        **_results(papers, gates),
        **findings_of(papers),
        **_review(papers),
        **_catalogue(papers),
        **_afterwards(papers),
        "access": access.review(papers),
        "audit": listings.extract(papers),
        "controls": controls.index(papers),
        "evidence": listings.listing(papers, {sheet.human_id for sheet in sheets}),
        "annexes": annexes_of(papers),
        **seal_facts(papers, verify_url),
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


def _waivers(papers: Papers) -> dict[str, Any]:
    given = waivers.rows(papers)
    in_force, more = waivers.first_page(given)
    return {"waivers": given, "waivers_in_force": in_force, "more_waivers": more}


def _conditions(papers: Papers) -> dict[str, Any]:
    given = conditions.rows(papers)
    open_ones, more = conditions.first_page(given)
    return {"conditions": given, "open_conditions": open_ones, "more_conditions": more}


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


def _review(papers: Papers) -> dict[str, Any]:
    return {
        "stages": signing.stages(papers),
        "signatures": signing.counting(papers),
        "stopped": signing.stopped(papers),
        "refusals": signing.refusals(papers),
        "notes": signing.notes(papers),
        "revisions": signing.revisions(papers),
        "responsible": signing.responsible(papers),
        "challenges": challenges.rows(papers),
    }


def _afterwards(papers: Papers) -> dict[str, Any]:
    rows, more = afterwards.post_release(papers)
    return {
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
        "tier": words.plain(str(papers.release["tier"])),
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
