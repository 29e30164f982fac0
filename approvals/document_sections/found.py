"""What the checks found in the files of all runs, bounded; the rest stands in the records."""

from __future__ import annotations

from typing import Any, Final

from approvals.document_sections import origins, runs
from approvals.document_sections.papers import Papers

MOST_FINDINGS: Final = 60


def findings_of(papers: Papers) -> dict[str, Any]:
    """The first findings with their run, and how many more there are, as a template's context."""
    found = [
        (run["human_id"], origins.finding_row(one))
        for run, body in runs.named(papers)
        for one in body.get("findings") or []
    ]
    return {"findings": found[:MOST_FINDINGS], "more_findings": max(0, len(found) - MOST_FINDINGS)}
