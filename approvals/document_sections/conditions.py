"""What signers asked of others by a date, and what came of it by the time the pack was made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers
from approvals.states import LIVE

MOST_ON_FIRST_PAGE: Final = 5
OUTCOMES: Final = {"met": ("pass", "Met"), "lifted": ("wait", "Lifted"), "overdue": ("fail", "Overdue")}


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition in print."""

    kind: str
    word: str
    text: str
    check: str
    owner: str
    due: str
    set_by: str
    outcomes: tuple[str, ...]
    statement: str

    @property
    def is_open(self) -> bool:
        """Whether it bound the release and nobody had settled it."""
        return self.kind in ("open", "fail")


def rows(papers: Papers) -> tuple[ConditionRow, ...]:
    """Every condition in the order of the signatures; none where an older record tells of none."""
    return tuple(
        _row(papers, signature, one)
        for signature in papers.signatures
        for one in signature.get("conditions", [])
    )


def first_page(given: tuple[ConditionRow, ...]) -> tuple[tuple[ConditionRow, ...], int]:
    """The open conditions for the summary, and how many more there are."""
    found = tuple(row for row in given if row.is_open)
    return found[:MOST_ON_FIRST_PAGE], max(0, len(found) - MOST_ON_FIRST_PAGE)


def _row(papers: Papers, signature: Body, one: Body) -> ConditionRow:
    kind, word = _state(papers, signature, one)
    return ConditionRow(
        kind=kind,
        word=word,
        text=str(one["text"]),
        check=str(one["measurable_check"]),
        owner=str(one["owner"]["printed_name"]),
        due=words.moment(one["due_at"]),
        set_by=f"{words.signer(signature)}, stage {signature['stage']}, revision {signature['revision']}",
        outcomes=tuple(map(_outcome, one["outcomes"])),
        statement=words.short(signature["statement"]),
    )


def _state(papers: Papers, signature: Body, one: Body) -> tuple[str, str]:
    settled = [outcome["step"] for outcome in one["outcomes"] if outcome["step"] != "overdue"]
    if settled:
        return OUTCOMES[str(settled[-1])]
    if signature["effect"] != "counts" and not _is_bound(papers, signature):
        return "voided", "Fell with its signature"
    return OUTCOMES["overdue"] if str(one["due_at"]) <= str(papers.pack["made_at"]) else ("open", "Open")


def _is_bound(papers: Papers, signature: Body) -> bool:
    """What is live stays bound by the conditions of the revision that was decided on."""
    decided = {decision["revision"] for decision in papers.record["decisions"]}
    return papers.release["state"] in LIVE and signature["revision"] in decided


def _outcome(one: Body) -> str:
    word = OUTCOMES[str(one["step"])][1]
    by = f" by {one['by']}" if one["by"] else ""
    return f"{word}{by}, {words.moment(one['at'])}: {one['finding']}"
