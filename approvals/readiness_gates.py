"""Gates on readiness: an owner, a way back, something watched, people who may sign."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from approvals import policy
from approvals.facts import ReleaseFacts
from approvals.gate import Gate, GateState, failing
from evidence.canonical import utc_text
from registry.figures import day
from registry.models import RollbackArtifact


def owner(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_OWNER (R-030): a natural person owns the release."""
    person = facts.release.owner
    if person is not None and person.is_person and person.is_active:
        yield Gate("GATE_OWNER", "Owner", GateState.PASS, person.printed_name)
    else:
        yield Gate(
            "GATE_OWNER",
            "Owner",
            GateState.FAIL,
            "No person owns this release",
            "Name an owner in the release.",
        )


def rollback(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_ROLLBACK (R-030, R-082): a way back exists and was tested recently enough for the tier."""
    standing = [row for row in facts.rollbacks if row.withdrawn_at is None]
    if not standing:
        yield failing(
            "GATE_ROLLBACK", "Rollback", "No rollback artifact is linked", "Link a rollback artifact."
        )
        return
    limit = facts.moment - timedelta(days=facts.tier_rules["rollback_test_days"])
    best = max(standing, key=lambda row: (row.last_tested_at is not None, row.last_tested_at))
    yield _tested(best, limit=limit, blocks=facts.tier_rules["rollback_test_blocks"])


def monitoring(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_MONITORING (R-030, R-083): something is watched after release, by somebody."""
    standing = [row for row in facts.signals if row.withdrawn_at is None]
    if standing:
        names = ", ".join(sorted(row.name for row in standing))
        yield Gate(
            "GATE_MONITORING",
            "Monitoring",
            GateState.PASS,
            f"{len(standing)} {'signal' if len(standing) == 1 else 'signals'} with owner and action: {names}",
        )
    else:
        yield failing(
            "GATE_MONITORING", "Monitoring", "No monitoring signal is linked", "Link a monitoring signal."
        )


def quorum(facts: ReleaseFacts) -> Iterable[Gate]:
    """GATE_QUORUM: every required stage has enough people who may sign it."""
    release = facts.release
    short = [
        f"{stage.rule.code} {stage.rule.name}: {facts.eligible.get(stage.rule.code, 0)} of {stage.eligible}"
        for stage in policy.required_stages(
            policy.rules_of(release.policy),
            release.tier,
            release.tier_answers,
            release.optional_stages,
            has_waiver=facts.has_waiver,
        )
        if facts.eligible.get(stage.rule.code, 0) < stage.eligible
    ]
    if short:
        yield failing(
            "GATE_QUORUM",
            "Signers",
            f"Too few people without a conflict: {'; '.join(short)}",
            "Ask an administrator of the project to grant the roles.",
        )
    else:
        yield Gate("GATE_QUORUM", "Signers", GateState.PASS, "Every stage has its signers")


def _tested(row: RollbackArtifact, *, limit: Any, blocks: bool) -> Gate:
    if row.last_tested_at is None:
        reason, old = f"{row.name} was never tested", True
    else:
        reason = f"{row.name}, restore tested {day(row.last_tested_at)}"
        old = row.last_tested_at < limit
    facts = {"last_tested_at": utc_text(row.last_tested_at) if row.last_tested_at else None}
    if not old:
        return Gate("GATE_ROLLBACK", "Rollback", GateState.PASS, reason, facts=facts)
    state = GateState.FAIL if blocks else GateState.FLAG
    return Gate(
        "GATE_ROLLBACK", "Rollback", state, reason, "Test the restore and record a new revision.", facts
    )
