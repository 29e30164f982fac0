"""The signoff policy as data: stages, order, quorum and minimum evidence a tier (docs/workflow.md)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from approvals.models.releases import Tier
from registry.access.roles import Role

MEANINGS: Final[dict[str, tuple[int, str]]] = {
    "submitter": (
        1,
        "I produced or collected this evidence; it is complete and unaltered to my knowledge",
    ),
    "model_owner": (1, "I accept ownership, intended use and residual risk"),
    "validator": (1, "I independently challenged data, method and results"),
    "field": (1, "Acceptable in my field, conditions listed"),
    "domain": (
        1,
        "Acceptable in my field, conditions listed; benchmark results are not approval in my field",
    ),
    "compliance": (1, "Approved for release on the evidence listed"),
    "release": (1, "Released in the window stated; rollback and monitoring in place"),
}


@dataclass(frozen=True)
class StageRule:
    """One stage of the policy; `group` orders stages, equal groups run in parallel."""

    code: str
    name: str
    role: str
    order: int
    meaning: str


STAGES: Final = (
    StageRule("1", "Submitter", Role.SUBMITTER, 1, "submitter"),
    StageRule("2", "Model owner", Role.MODEL_OWNER, 2, "model_owner"),
    StageRule("3", "Validator", Role.VALIDATOR, 3, "validator"),
    StageRule("4a", "Domain", Role.DOMAIN_REVIEWER, 4, "domain"),
    StageRule("4b", "Security", Role.SECURITY_REVIEWER, 4, "field"),
    StageRule("4c", "Privacy", Role.PRIVACY_REVIEWER, 4, "field"),
    StageRule("4d", "FinOps", Role.FINOPS_REVIEWER, 4, "field"),
    StageRule("5", "Compliance", Role.COMPLIANCE_REVIEWER, 5, "compliance"),
    StageRule("6", "Release manager", Role.RELEASE_MANAGER, 6, "release"),
)
"""Stage 6 is the signature of the release itself (T9) and no part of the approval quorum."""

_SIMPLE: Final = {"needed": 1, "of": 1}

DEFAULT_TIERS: Final[dict[str, dict[str, Any]]] = {
    Tier.LOW: {
        "required": {"1": _SIMPLE, "2": _SIMPLE, "6": _SIMPLE},
        "optional": ["3", "4a", "4b", "4c", "4d", "5"],
        "minimum_private_items": 1,
        "small_private_set": 200,
        "rollback_test_days": 365,
        "rollback_test_blocks": False,
        "review_months": 12,
        "valid_days": 90,
        "due_days": 5,
    },
    Tier.MODERATE: {
        "required": {"1": _SIMPLE, "2": _SIMPLE, "3": _SIMPLE, "4b": _SIMPLE, "5": _SIMPLE, "6": _SIMPLE},
        "optional": ["4a", "4c", "4d"],
        "minimum_private_items": 100,
        "small_private_set": 200,
        "rollback_test_days": 180,
        "rollback_test_blocks": False,
        "review_months": 12,
        "valid_days": 90,
        "due_days": 5,
    },
    Tier.HIGH: {
        "required": {
            "1": _SIMPLE,
            "2": _SIMPLE,
            "3": _SIMPLE,
            "4a": _SIMPLE,
            "4b": _SIMPLE,
            "5": _SIMPLE,
            "6": _SIMPLE,
        },
        "optional": ["4c", "4d"],
        "minimum_private_items": 200,
        "small_private_set": 500,
        "rollback_test_days": 90,
        "rollback_test_blocks": True,
        "review_months": 12,
        "valid_days": 90,
        "due_days": 5,
    },
    Tier.CRITICAL: {
        "required": {
            "1": _SIMPLE,
            "2": _SIMPLE,
            "3": {"needed": 2, "of": 2},
            "4a": _SIMPLE,
            "4b": _SIMPLE,
            "4c": _SIMPLE,
            "4d": _SIMPLE,
            "5": {"needed": 2, "of": 3},
            "6": _SIMPLE,
        },
        "optional": [],
        "minimum_private_items": 300,
        "small_private_set": 500,
        "rollback_test_days": 30,
        "rollback_test_blocks": True,
        "review_months": 6,
        "valid_days": 90,
        "due_days": 5,
    },
}

DOMAINS: Final = ("none", "health", "public_service", "employment", "credit", "insurance")
REACH: Final = ("internal", "customers", "rights_or_safety")

_RANK: Final = {Tier.LOW: 0, Tier.MODERATE: 1, Tier.HIGH: 2, Tier.CRITICAL: 3}


@dataclass(frozen=True)
class RequiredStage:
    """A stage a release needs: the rule, how many sign, of at least how many eligible, and why."""

    rule: StageRule
    needed: int
    eligible: int
    reason: str


def tier_of(answers: Mapping[str, Any]) -> Tier:
    """The tier that the answers give.

    Reach: internal → Low, customers → Moderate, rights or safety of persons → High. A regulated
    domain is High at least; health decisions that reach rights or safety are Critical.
    """
    reach = answers.get("reach", "internal")
    domain = answers.get("domain", "none")
    tier = {"internal": Tier.LOW, "customers": Tier.MODERATE}.get(reach, Tier.HIGH)
    if domain != "none":
        tier = max(tier, Tier.HIGH, key=_RANK.__getitem__)
    if domain == "health" and reach == "rights_or_safety":
        tier = Tier.CRITICAL
    return tier


def required_stages(
    tiers: Mapping[str, Any], tier: str, answers: Mapping[str, Any], optional: Sequence[str]
) -> tuple[RequiredStage, ...]:
    """Stages in order: those of the tier, those triggered by answers, those added before submit."""
    required: Mapping[str, Mapping[str, int]] = tiers[tier]["required"]
    found = []
    for rule in STAGES:
        if rule.code in required:
            quorum = required[rule.code]
            found.append(RequiredStage(rule, quorum["needed"], quorum["of"], f"required in tier {tier}"))
        elif reason := _trigger(rule.code, answers):
            found.append(RequiredStage(rule, 1, 1, reason))
        elif rule.code in optional:
            found.append(RequiredStage(rule, 1, 1, "added before submit"))
    return tuple(found)


def _trigger(code: str, answers: Mapping[str, Any]) -> str:
    if code == "4a" and answers.get("domain", "none") != "none":
        return f"domain {answers['domain']}"
    if code == "4b" and answers.get("external_vendor"):
        return "model of an external vendor"
    if code == "4c" and answers.get("personal_data"):
        return "personal data"
    if code == "4d" and answers.get("cost_driven"):
        return "choice driven by cost"
    return ""
