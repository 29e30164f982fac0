"""T14: a release goes live by two persons for at most three days; the full review follows (T15).

Declared, it is frozen and signed like any revision: by the release manager and, as the second person,
by compliance. What makes an emergency possible is that somebody owns it and the way back is ready.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from django.db import transaction

from approvals import acting, attestations, policy, states
from approvals.assessment import Assessment
from approvals.errors import EmergencyInvalid
from approvals.events import ApprovalEvent
from approvals.gate import Gate, GateState
from approvals.going_live import supersede
from approvals.holding import lock, move, tell
from approvals.ledger_facts import of_outcome
from approvals.models import Release, ReleaseRevision
from approvals.models.releases import Purpose
from approvals.revisions import Occasion, next_revision
from approvals.signing import require_reason
from approvals.states import Action, State
from evidence import clock
from registry.access.principals import Principal
from registry.working_days import calendar

NEEDED: Final = frozenset({"GATE_OWNER", "GATE_ROLLBACK", "GATE_MONITORING"})
"""Gates that no emergency passes over."""

UNMET: Final = frozenset({GateState.FAIL, GateState.WAIVED})


def against(found: Assessment) -> list[Gate]:
    """The gates that stand against an emergency; the others are shown and signed as failing.

    A waived one stands against it, too: an emergency needs a way back, not leave to have none.
    """
    return [gate for gate in found.gates if gate.code in NEEDED and gate.state in UNMET]


@transaction.atomic
def declare(
    release: Release, *, incident: str, cause: str, hours: int, principal: Principal
) -> ReleaseRevision:
    """Freeze an emergency revision with its two stages; nothing is live before both are signed."""
    acting.require(Action.DECLARE_EMERGENCY, release, principal)
    require_reason(cause)
    release = lock(release)
    to = states.after(release.state, Action.DECLARE_EMERGENCY)
    most = policy.rules_of(release.policy).emergency_hours
    if not 1 <= hours <= most:
        raise EmergencyInvalid(f"An emergency release lives 1 to {most} hours", pointer="/hours")
    if not incident.strip():
        raise EmergencyInvalid("Name the incident that is open", pointer="/incident")
    occasion = Occasion(
        purpose=Purpose.EMERGENCY,
        event=ApprovalEvent.EMERGENCY_DECLARED,
        cause=cause,
        incident=incident.strip(),
        hours=hours,
    )
    return next_revision(release, occasion, to=to, principal=principal, against=against)


def release_in_emergency(release: Release, revision: ReleaseRevision, *, principal: Principal) -> None:
    """Both have signed: live at once, with the hour of its end and the day the review is due."""
    assert revision.hours is not None  # the database holds it for an emergency
    moment = clock.now()
    to = states.after(release.state, Action.RELEASE_IN_EMERGENCY)
    supersede(release, principal=principal)
    release.released_at = moment
    release.emergency_ends_at = moment + timedelta(hours=revision.hours)
    days = policy.rules_of(release.policy).afterwards_days
    release.afterwards_due_at = calendar().end_after(moment, days)
    move(release, to)
    decision = attestations.attest_decision(release, revision, Action.RELEASE_IN_EMERGENCY)
    tell(
        ApprovalEvent.RELEASED_IN_EMERGENCY,
        release,
        principal.actor,
        reason=revision.cause,
        new=of_outcome(release, decision),
        record=revision.manifest_id,
        statement=decision.statement_id,
    )


def is_unreviewed(release: Release) -> bool:
    """Whether it went live in an emergency and its full review is not signed yet."""
    return release.emergency_ends_at is not None and release.state in (
        State.EMERGENCY_RELEASED,
        State.SUSPENDED,
    )
