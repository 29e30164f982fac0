"""Who could sign, send and administer while the release was decided, from the grants in record.json."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers
from registry.access.roles import ROLE_PERMISSIONS, SIGNING, Permission

MOST_GRANTS: Final = 100
POWERS: Final = (
    ("sign", SIGNING),
    ("send runs", frozenset({Permission.RUN_SUBMIT, Permission.ARTIFACT_UPLOAD})),
    ("administer", frozenset({Permission.GRANT_MANAGE})),
)


@dataclass(frozen=True, slots=True)
class GrantRow:
    """One grant; `is_over` when it had ended at the time of the review."""

    name: str
    account: str
    role: str
    powers: str
    valid: str
    granted: str
    is_over: bool


@dataclass(frozen=True, slots=True)
class DelegationRow:
    """Who could sign for whom."""

    delegate: str
    delegator: str
    stage: str
    scope: str
    valid: str
    accepted: str
    reason: str


@dataclass(frozen=True, slots=True)
class AccessReview:
    """The grants of the time, or none where the record holds no review."""

    at: str
    lead: str
    rows: tuple[GrantRow, ...]
    more: int
    delegations: tuple[DelegationRow, ...] = ()


def review(papers: Papers) -> AccessReview | None:
    """The access review of record.json; None where it holds none."""
    found = papers.record.get("access")
    if not found:
        return None
    rows = [_row(one, str(found["at"])) for one in found["grants"]]
    return AccessReview(
        at=words.moment(found["at"]),
        lead=_lead(rows),
        rows=tuple(rows[:MOST_GRANTS]),
        more=max(0, len(rows) - MOST_GRANTS),
        delegations=tuple(_delegation(one) for one in found.get("delegations", [])[:MOST_GRANTS]),
    )


def _lead(rows: list[GrantRow]) -> str:
    held = [row for row in rows if not row.is_over]
    parts = []
    for power, _ in POWERS:
        accounts = {row.account for row in held if power in row.powers}
        parts.append(f"{words.counted(len(accounts), 'account')} could {power}")
    return f"{words.listed(parts)}."


def _row(grant: Body, at: str) -> GrantRow:
    role = str(grant["role"])
    held = ROLE_PERMISSIONS.get(role, frozenset())
    powers = [power for power, wanted in POWERS if wanted & held] or ["read"]
    until = f"until {words.minute(grant['valid_to'])}" if grant["valid_to"] else "no end"
    return GrantRow(
        name=str(grant["printed_name"]) + (" (service account)" if grant["kind"] == "service" else ""),
        account=str(grant["account"]),
        role=words.role_word(role),
        powers=words.listed(powers),
        valid=f"from {words.minute(grant['valid_from'])}, {until}",
        granted=str(grant["granted_by"] or "set-up of the installation"),
        is_over=bool(grant["valid_to"]) and str(grant["valid_to"]) <= at,
    )


def _delegation(one: Body) -> DelegationRow:
    ended = f", ended {words.minute(one['ended_at'])}" if one["ended_at"] else ""
    accepted = f"accepted {words.minute(one['accepted_at'])}" if one["accepted_at"] else "not accepted"
    return DelegationRow(
        delegate=str(one["delegate_name"]),
        delegator=str(one["delegator_name"]),
        stage=f"{one['stage']}, {words.role_word(str(one['role']))}",
        scope="every release of the project" if one["whole_project"] else "this release alone",
        valid=f"from {words.minute(one['starts_at'])}, until {words.minute(one['ends_at'])}{ended}",
        accepted=accepted,
        reason=str(one["reason"]),
    )
