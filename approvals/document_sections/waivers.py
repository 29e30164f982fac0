"""What was set aside, by whom and until when, as it stood when the pack was made; refused requests, too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers

MOST_ON_FIRST_PAGE: Final = 5
ENDED: Final = {
    "expired": ("fail", "Expired"),
    "closed": ("wait", "Closed"),
    "renewed": ("wait", "Renewed"),
}


@dataclass(frozen=True, slots=True)
class WaiverRow:
    """One waiver in print; `decision` and `end` are empty where there is none."""

    human_id: str
    kind: str
    word: str
    gate: str
    criterion: str
    finding: str
    owner: str
    measure: str
    reason: str
    asked: str
    begins: str
    ends: str
    renewal_of: str
    decision: str
    meaning: str
    comment: str
    statement: str
    end: str
    record: str

    @property
    def is_in_force(self) -> bool:
        """Whether it set its gate aside when the pack was made."""
        return self.kind == "waived"


def rows(papers: Papers) -> tuple[WaiverRow, ...]:
    """Every waiver of the release, oldest first; none where an older record tells of none."""
    return tuple(_row(papers, one) for one in papers.record.get("waivers", []))


def first_page(given: tuple[WaiverRow, ...]) -> tuple[tuple[WaiverRow, ...], int]:
    """The waivers in force for the summary, and how many more there are."""
    found = tuple(row for row in given if row.is_in_force)
    return found[:MOST_ON_FIRST_PAGE], max(0, len(found) - MOST_ON_FIRST_PAGE)


def _row(papers: Papers, one: Body) -> WaiverRow:
    body = papers.body(one["record"], f"waiver {one['human_id']}")
    decision, end = one["decision"], one["end"]
    kind, word = _state(one, str(papers.pack["made_at"]))
    return WaiverRow(
        human_id=str(one["human_id"]),
        kind=kind,
        word=word,
        gate=str(one["gate"]),
        criterion=str(one["criterion"] or ""),
        finding=f"{body['finding']['name']}: {body['finding']['reason']}",
        owner=str(one["owner"]),
        measure=str(body["measure"]),
        reason=str(body["reason"]),
        asked=f"{one['requested_by']}, {words.moment(one['requested_at'])}",
        begins=words.moment(one["starts_at"]) if one["starts_at"] else "with its approval",
        ends=words.moment(one["expires_at"]),
        renewal_of=str(one["renewal_of"] or ""),
        decision=_decided(decision) if decision else "",
        meaning=str(decision["meaning"]) if decision else "",
        comment=str(decision["comment"]) if decision else "",
        statement=words.short(decision["statement"]) if decision else "",
        end=_ended(end) if end else "",
        record=words.short(one["record"]),
    )


def _state(one: Body, made_at: str) -> tuple[str, str]:
    decision, end = one["decision"], one["end"]
    if end:
        return ENDED[str(end["kind"])]
    if decision and decision["action"] == "reject":
        return "voided", "Rejected"
    if str(one["expires_at"]) <= made_at:
        return ("fail", "Expired") if decision else ("wait", "Not decided")
    if not decision:
        return "open", "Not decided"
    return ("open", "Approved") if str(one["starts_at"] or "") > made_at else ("waived", "In force")


def _decided(decision: Body) -> str:
    what = {"approve": "Approved", "reject": "Rejected"}[str(decision["action"])]
    role = words.role_word(str(decision["role"])).lower()
    return f"{what} by {decision['printed_name']}, {role}, {words.moment(decision['signed_at'])}"


def _ended(end: Body) -> str:
    by = f" by {end['by']}" if end["by"] else ""
    return f"{ENDED[str(end['kind'])][1]}{by}, {words.moment(end['at'])}: {end['reason']}"
