"""What the document of an audit period prints; runs of that time as a document of runs does."""

from __future__ import annotations

from typing import Any

from approvals.document_sections import period
from approvals.document_sections.contents import PERIOD_SECTIONS, QUIET_PERIOD_SECTIONS, numbers
from approvals.document_sections.papers import Papers
from approvals.document_sections.sealing import seal_facts
from approvals.runs_document import evidence_facts, run_facts


def context_of(papers: Papers, verify_url: str) -> dict[str, Any]:
    """Everything the templates print."""
    sections = PERIOD_SECTIONS if papers.record["runs"] else QUIET_PERIOD_SECTIONS
    return {
        "record": papers.record,
        "pack": papers.pack,
        "sections": tuple(enumerate(sections, 1)),
        "at": numbers(sections),
        "cover": period.cover(papers),
        **period.facts(papers),
        **run_facts(papers),
        **evidence_facts(papers, set()),
        **seal_facts(papers, verify_url),
    }
