"""What a waiver does to a gate: a failing one that it covers is waived, by name and until a date. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from approvals import waiver_states
from approvals.default_policy import WAIVABLE
from approvals.facts import ReleaseFacts
from approvals.gate import Gate, GateState
from approvals.models import Waiver
from approvals.models.waivers import NEVER_WAIVED
from evidence.canonical import utc_text
from registry.figures import stamp

TierRules = Mapping[str, Any]
USUAL_DAYS: Final = 90
USUAL_BUDGET: Final = 5


def apply(gate: Gate, facts: ReleaseFacts) -> Gate:
    """The gate as it is, or waived where it fails and a waiver in force covers it.

    What the tier of the release does not let be waived is not waived, whatever was approved in another tier.
    """
    if gate.state != GateState.FAIL or not is_waivable(gate.code, facts.tier_rules):
        return gate
    waiver = next((one for one in facts.waivers if covers(one, gate) and _is_in_force(one, facts)), None)
    return gate if waiver is None else _waived(gate, waiver)


def covers(waiver: Waiver, gate: Gate) -> bool:
    """Whether a waiver names this gate; of criteria, exactly this one."""
    return (waiver.gate, waiver.criterion) == (gate.code, criterion_of(gate))


def criterion_of(gate: Gate) -> str:
    """`pass rate, de: Lower 95% bound at least 0.8`: which criterion a gate is; empty for other gates."""
    return f"{gate.name}: {gate.verdict.rule}" if gate.verdict is not None else ""


def is_waivable(code: str, rules: TierRules) -> bool:
    """Whether the policy lets this gate be set aside; some never are, whatever it lists."""
    return code not in NEVER_WAIVED and code in rules.get("waivable", WAIVABLE)


def longest_days(rules: TierRules) -> int:
    """How many days after it was asked for a waiver ends at the latest."""
    return int(rules.get("waiver_days", USUAL_DAYS))


def budget(rules: TierRules) -> int:
    """How many waivers are in force in a project at most."""
    return int(rules.get("waiver_budget", USUAL_BUDGET))


def _is_in_force(waiver: Waiver, facts: ReleaseFacts) -> bool:
    return waiver_states.has_begun(waiver, facts.moment) and facts.moment < waiver.expires_at


def _waived(gate: Gate, waiver: Waiver) -> Gate:
    told: dict[str, Any] = {
        "waiver": waiver.human_id,
        "waiver_record": waiver.record_id,
        "waived_until": utc_text(waiver.expires_at),
    }
    reason = f"{gate.reason}. Waived by {waiver.human_id} until {stamp(waiver.expires_at)}"
    return replace(gate, state=GateState.WAIVED, reason=reason, next_step="", facts={**gate.facts, **told})
