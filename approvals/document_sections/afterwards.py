"""What is recorded about the time after release."""

from __future__ import annotations

from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers

AFTER_RELEASE: Final = frozenset(
    {
        "release.suspended",
        "release.afterwards_begun",
        "release.reviewed_afterwards",
        "release.reinstatement_proposed",
        "release.reinstated",
        "release.review_required",
        "release.reopened",
        "release.rolled_back",
        "release.superseded",
        "release.expired",
        "release.retired",
        "condition.met",
        "condition.lifted",
        "condition.overdue",
        "waiver.closed",
        "waiver.expired",
        "signal.breached",
    }
)
WENT_LIVE: Final = frozenset({"release.released", "release.released_in_emergency"})
MOST_EVENTS: Final = 60


def post_release(papers: Papers) -> tuple[tuple[tuple[str, str, str], ...], int]:
    """Time, what and entry of each event since the first release, and how many more there are."""
    given = sorted(papers.record["events"], key=lambda event: (event["at"], event["entry"]))
    released = min((event["at"] for event in given if event["kind"] in WENT_LIVE), default="")
    found = [event for event in given if released and event["at"] > released and _is_telling(event)]
    rows = tuple(
        (words.moment(event["at"]), words.event_word(str(event["kind"])), str(event["entry"]))
        for event in found[:MOST_EVENTS]
    )
    return rows, max(0, len(found) - MOST_EVENTS)


def was_released(papers: Papers) -> bool:
    """Whether the log has a release of it."""
    return any(event["kind"] in WENT_LIVE for event in papers.record["events"])


def _is_telling(event: Body) -> bool:
    return str(event["kind"]) in AFTER_RELEASE
