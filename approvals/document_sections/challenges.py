"""The challenge log in print: what reviewers asked, what was answered, and how each question was closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers

OUTCOMES: Final = {"satisfied": ("pass", "Satisfied"), "withdrawn": ("wait", "Withdrawn")}
KINDS: Final = {"answer": "Answer", "question": "Further question"}


@dataclass(frozen=True, slots=True)
class SaidLine:
    """One reply of a thread in print."""

    kind: str
    who: str
    text: str
    evidence: str


@dataclass(frozen=True, slots=True)
class ChallengeRow:
    """One question in print; `closing` is empty while it is open."""

    number: int
    kind: str
    word: str
    who: str
    about: str
    text: str
    wants_evidence: bool
    replies: tuple[SaidLine, ...]
    closing: str
    reason: str


def rows(papers: Papers) -> tuple[ChallengeRow, ...]:
    """Every question in its order; none where an older record tells of none."""
    return tuple(_row(one) for one in papers.record.get("challenges", []))


def _row(one: Body) -> ChallengeRow:
    closing = one["closing"]
    kind, word = OUTCOMES[str(closing["outcome"])] if closing else ("open", "Open")
    return ChallengeRow(
        number=int(one["number"]),
        kind=kind,
        word=word,
        who=f"{one['asked_by']}, {words.plain(str(one['role'])).lower()}, stage {one['stage']}, "
        f"revision {one['revision']}, {words.moment(one['asked_at'])}",
        about=_about(one),
        text=str(one["text"]),
        wants_evidence=bool(one["wants_evidence"]),
        replies=tuple(map(_said, one["replies"])),
        closing=f"{word} by {closing['by']}, {words.moment(closing['at'])}" if closing else "",
        reason=str(closing["reason"]) if closing else "",
    )


def _about(one: Body) -> str:
    if one["gate"]:
        return f"Gate {one['gate']}"
    if one["record"]:
        return f"{one['record_name']}, record {words.short(one['record'])}"
    return "The release as a whole"


def _said(reply: Body) -> SaidLine:
    named = reply["evidence"]
    return SaidLine(
        kind=KINDS[str(reply["kind"])],
        who=f"{reply['by']}, {words.moment(reply['at'])}",
        text=str(reply["text"]),
        evidence=f"Evidence: {reply['evidence_name']}, record {words.short(named)}" if named else "",
    )
