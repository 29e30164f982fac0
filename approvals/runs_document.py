"""What the document of one run, or of a random sample of runs, prints; it is about no decision."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from approvals.annexes import annexes_of
from approvals.document_sections import catalogue, drawing, listings, measured, operational, runs
from approvals.document_sections.contents import RUN_SECTIONS, SAMPLE_SECTIONS, numbers
from approvals.document_sections.found import findings_of
from approvals.document_sections.papers import Papers
from approvals.document_sections.sealing import seal_facts


def context_of(papers: Papers, verify_url: str) -> dict[str, Any]:
    """Everything the templates print."""
    sections = SAMPLE_SECTIONS if papers.record["scope"] == "sample" else RUN_SECTIONS
    found = run_facts(papers)
    not_covered, more_not_covered = runs.not_covered(papers)
    return {
        "record": papers.record,
        "pack": papers.pack,
        "sections": tuple(enumerate(sections, 1)),
        "at": numbers(sections),
        "cover": drawing.cover(papers),
        "lead": drawing.lead(papers),
        "releases": papers.record["releases"],
        "draw": drawing.draw(papers),
        "not_covered": not_covered,
        "more_not_covered": more_not_covered,
        "audit": listings.extract(papers),
        **found,
        **evidence_facts(papers, {sheet.human_id for sheet in found["runs"]}),
        **seal_facts(papers, verify_url),
    }


def run_facts(papers: Papers) -> dict[str, Any]:
    """What the sections about runs print, as a template's context."""
    return {
        "runs": runs.sheets(papers, ()),
        "run_lines": runs.lines(papers, ()),
        "scale": measured.scale_words(papers),
        "operational": operational.operational(papers),
        **findings_of(papers),
        "models": catalogue.models(papers),
        "datasets": catalogue.datasets(papers),
        "benchmarks": catalogue.benchmarks(papers),
        "metrics": catalogue.metrics(papers),
    }


def evidence_facts(papers: Papers, printed: Collection[str]) -> dict[str, Any]:
    """What the evidence list prints: files of the `printed` runs one by one, and the annexes."""
    return {"evidence": listings.listing(papers, printed), "annexes": annexes_of(papers)}
