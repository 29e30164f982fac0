"""What the page of a live release says when its review date has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from approvals import periodic_review
from approvals.models import Release
from registry.figures import day


@dataclass(frozen=True, slots=True)
class Overdue:
    """A notice: what is overdue, and what follows."""

    headline: str
    words: str


def overdue(release: Release, moment: datetime) -> Overdue | None:
    """The notice, or None while nothing is overdue."""
    if release.review_at is None or not periodic_review.is_overdue(release, moment):
        return None
    suspends = periodic_review.suspends_at(release)
    follows = f"It is suspended on {day(suspends)} unless a release follows it." if suspends else ""
    return Overdue(
        f"The review of this release was due on {day(release.review_at)}.",
        f"{follows} Review the model again in a new release of {release.deployment.name}.".strip(),
    )
