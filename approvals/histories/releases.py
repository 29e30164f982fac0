"""Deployments and releases as the log tells of them: words, tier, people, state, revision and dates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_dates, of_deployment, of_release
from approvals.models import Deployment, Release
from approvals.states import State
from evidence.histories import Told
from evidence.replaying import History

LEADS_TO: Final = {
    Event.RELEASE_OPENED: State.DRAFT,
    Event.RELEASE_SUBMITTED: State.SUBMITTED,
    Event.CHANGES_REQUESTED: State.CHANGES_REQUESTED,
    Event.RELEASE_REJECTED: State.REJECTED,
    Event.RELEASE_WITHDRAWN: State.WITHDRAWN,
    Event.RELEASE_APPROVED: State.APPROVED,
    Event.RELEASE_RELEASED: State.RELEASED,
    Event.RELEASE_SUPERSEDED: State.SUPERSEDED,
    Event.RELEASE_REOPENED: State.IN_REVIEW,
    Event.RELEASE_SUSPENDED: State.SUSPENDED,
    Event.RELEASE_EXPIRED: State.EXPIRED,
    Event.EMERGENCY_DECLARED: State.IN_REVIEW,
    Event.RELEASED_IN_EMERGENCY: State.EMERGENCY_RELEASED,
    Event.AFTERWARDS_BEGUN: State.EMERGENCY_RELEASED,
    Event.REVIEWED_AFTERWARDS: State.RELEASED,
    Event.REINSTATEMENT_PROPOSED: State.SUSPENDED,
    Event.RELEASE_REINSTATED: State.RELEASED,
}
"""The state after an entry that does not name one itself."""


def histories() -> Iterator[History]:
    """Where models run, and what was decided about them."""
    yield History(
        word="deployment",
        rows=Deployment.objects.all(),
        begins=frozenset({Event.DEPLOYMENT_MADE}),
        state=of_deployment,
    )
    yield History(
        word="release",
        rows=Release.objects.select_related("owner", "criteria", "model_version", "policy"),
        begins=frozenset({Event.RELEASE_OPENED}),
        changes=frozenset({*LEADS_TO, Event.RELEASE_CHANGED, Event.TIER_SET, Event.STAGE_SIGNED}),
        state=_state,
        replay=replay,
    )


def _state(release: Release) -> dict[str, Any]:
    return {
        **of_release(release),
        **of_dates(release),
        "state": str(release.state),
        "revision": release.revision,
    }


def replay(told: Sequence[Told]) -> dict[str, Any]:
    """What a release should say after its entries, in their order."""
    found: dict[str, Any] = {"revision": 1}
    for entry in told:
        found |= {name: value for name, value in entry.new.items() if entry.kind != Event.STAGE_SIGNED}
        if entry.kind in LEADS_TO:
            found["state"] = entry.new.get("state", str(LEADS_TO[Event(entry.kind)]))
        elif entry.kind == Event.STAGE_SIGNED and found.get("state") == State.SUBMITTED:
            found["state"] = str(State.IN_REVIEW)  # T1: the submitter's attestation
    return found
