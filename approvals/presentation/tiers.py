"""Why a release has its tier and which stages that asks for; the rules are the policy's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from approvals import policy
from approvals.models.releases import Tier
from approvals.presentation.labels import (
    DOMAIN_WORDS,
    QUESTIONS,
    REACH_WORDS,
    answer_words,
)
from registry.access.roles import role_words


@dataclass(frozen=True, slots=True)
class StageWords:
    """A stage a tier asks for: its name, how many sign, and why it is there."""

    words: str
    quorum: str
    reason: str


@dataclass(frozen=True, slots=True)
class TierWords:
    """The tier, the answers that lead to it, its stages and its least evidence."""

    tier: str
    label: str
    reasons: tuple[str, ...]
    stages: tuple[StageWords, ...]
    least: tuple[str, ...]


def explain(
    answers: Mapping[str, Any],
    rules: policy.Rules = policy.DEFAULT,
    optional: Sequence[str] = (),
    *,
    has_waiver: bool = False,
) -> TierWords:
    """The tier of these answers under a policy (default: the shipped one)."""
    tier = policy.tier_of(answers)
    needed = policy.required_stages(rules, tier, answers, optional, has_waiver=has_waiver)
    return TierWords(
        tier=str(tier),
        label=str(Tier(tier).label),
        reasons=tuple(_reasons(answers, tier)),
        stages=tuple(_stages(needed)),
        least=tuple(_least(rules.tiers[tier])),
    )


def answer_rows(answers: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """Questions and answers in words."""
    return tuple((words, answer_words(name, answers.get(name))) for name, words in QUESTIONS.items())


def _reasons(answers: Mapping[str, Any], tier: Tier) -> list[str]:
    reach, domain = answers.get("reach", "internal"), answers.get("domain", "none")
    alone = policy.tier_of({"reach": reach})
    found = [f"{REACH_WORDS[reach]}: {Tier(alone).label} at least."]
    if domain != "none":
        found.append(f"{DOMAIN_WORDS[domain]} is a regulated field: High at least.")
    if tier == Tier.CRITICAL:
        found.append("Health decisions that reach rights or safety of persons: Critical.")
    return found


def _stages(rows: Sequence[policy.RequiredStage]) -> list[StageWords]:
    return [
        StageWords(
            f"{row.rule.code} {row.rule.name}",
            f"{row.needed} {role_words(row.rule.role)}"
            if row.needed == 1
            else f"{row.needed} of {row.eligible}",
            row.reason,
        )
        for row in rows
    ]


def _least(rules: Mapping[str, Any]) -> list[str]:
    blocks = "blocks" if rules["rollback_test_blocks"] else "is flagged"
    return [
        f"A private evaluation of {rules['minimum_private_items']} items or more.",
        f"A restore test within {rules['rollback_test_days']} days; an older one {blocks}.",
        "A monitoring signal with an owner.",
        f"A review every {rules['review_months']} months.",
    ]
