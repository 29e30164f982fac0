"""A signoff policy read as rules: stages, order, quorum, triggers and conflicts (docs/workflow.md). Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from approvals.default_policy import DEFAULT_PROCEDURES, DEFAULT_STAGES, DEFAULT_TIERS, MEANINGS
from approvals.models import Policy
from approvals.models.releases import Purpose, Tier
from registry.access.roles import Role

RELEASE_STAGE: Final = "6"
"""The signature of the release itself (T9); no part of the approval quorum."""

REACH: Final = ("internal", "customers", "rights_or_safety")
DOMAINS: Final = ("none", "health", "public_service", "employment", "credit", "insurance")
QUESTIONS: Final[dict[str, tuple[Any, ...]]] = {
    "reach": REACH,
    "domain": DOMAINS,
    "personal_data": (True, False),
    "external_vendor": (True, False),
    "cost_driven": (True, False),
}
"""The questions from which tier and triggered stages follow, with the answers each one takes."""

_RANK: Final = {Tier.LOW: 0, Tier.MODERATE: 1, Tier.HIGH: 2, Tier.CRITICAL: 3}


@dataclass(frozen=True)
class StageRule:
    """One stage of a policy; stages of equal order run in parallel."""

    code: str
    name: str
    role: str
    order: int
    meaning: str
    triggers: Mapping[str, Sequence[Any]]
    """Question → answers that make the stage required in every tier."""
    bars: frozenset[str]
    """Which duties for the release stand against signing this stage: sender, owner, editor."""
    covers: frozenset[str]
    """Sections of the release manifest that a signature of this stage rests on."""


@dataclass(frozen=True)
class Rules:
    """What one policy record says."""

    stages: tuple[StageRule, ...]
    tiers: Mapping[str, Mapping[str, Any]]
    emergency: tuple[StageRule, ...]
    emergency_hours: int
    """The longest time an emergency release is live."""
    afterwards_days: int
    """Working days until the review after the fact is due."""
    reinstatement: tuple[str, ...]
    """Codes of the stages that sign a reinstatement."""

    def stage(self, code: str) -> StageRule:
        """The rule of a stage; `KeyError` for a code the policy does not know."""
        for rule in (*self.stages, *self.emergency):
            if rule.code == code:
                return rule
        raise KeyError(code)


@dataclass(frozen=True)
class RequiredStage:
    """A stage a release needs: the rule, how many sign, of at least how many eligible, and why."""

    rule: StageRule
    needed: int
    eligible: int
    reason: str


def rules_of(policy: Policy) -> Rules:
    """The rules of a policy row."""
    return rules_from(policy.tiers, policy.stages, policy.procedures)


def rules_from(
    tiers: Mapping[str, Mapping[str, Any]],
    stages: Sequence[Mapping[str, Any]] | None,
    procedures: Mapping[str, Mapping[str, Any]] | None,
) -> Rules:
    """The rules of a policy record; one made before stages and procedures were data has the shipped ones."""
    known = procedures or DEFAULT_PROCEDURES
    return Rules(
        stages=tuple(_rule(stage) for stage in stages or DEFAULT_STAGES),
        tiers=tiers,
        emergency=tuple(_rule(stage) for stage in known["emergency"]["stages"]),
        emergency_hours=known["emergency"]["most_hours"],
        afterwards_days=known["emergency"]["review_days"],
        reinstatement=tuple(known["reinstatement"]["stages"]),
    )


def _rule(stage: Mapping[str, Any]) -> StageRule:
    plain = {name: stage[name] for name in ("code", "name", "role", "order", "meaning", "triggers")}
    return StageRule(**plain, bars=frozenset(stage["bars"]), covers=frozenset(stage["covers"]))


def meaning_of(policy: Policy, name: str) -> tuple[int, str]:
    """Version and text of a meaning; the shipped one where an older record does not know it."""
    said = policy.meanings.get(name)
    return (said["version"], said["text"]) if said else MEANINGS[name]


def meanings_from(policy: Policy) -> dict[str, dict[str, Any]]:
    """The meanings of a policy, with the shipped ones that an older record does not know."""
    shipped = {name: {"version": version, "text": text} for name, (version, text) in MEANINGS.items()}
    return {**shipped, **policy.meanings}


def procedures_of(policy: Policy) -> dict[str, Any]:
    """The procedures of a policy; the shipped ones where an older record has none."""
    return dict(policy.procedures or DEFAULT_PROCEDURES)


def asks_second_factor(policy: Policy, tier: str) -> bool:
    """Whether a signature of this tier needs a second factor; policies recorded before do not ask."""
    return bool(policy.tiers[tier].get("second_factor", False))


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


def is_lower(one: Tier, other: Tier) -> bool:
    """Whether one tier asks for less than the other."""
    return _RANK[one] < _RANK[other]


def required_stages(
    rules: Rules,
    tier: str,
    answers: Mapping[str, Any],
    optional: Sequence[str],
    *,
    has_waiver: bool = False,
) -> tuple[RequiredStage, ...]:
    """Stages in order: those of the tier, those triggered by answers, those added before submit.

    Where a waiver is present, compliance signs once more: also in a tier that does not ask for it.
    """
    required: Mapping[str, Mapping[str, int]] = rules.tiers[tier]["required"]
    found = []
    for rule in rules.stages:
        if rule.code in required:
            quorum = required[rule.code]
            found.append(RequiredStage(rule, quorum["needed"], quorum["of"], f"required in tier {tier}"))
        elif reason := _trigger(rule, answers):
            found.append(RequiredStage(rule, 1, 1, reason))
        elif rule.code in optional:
            found.append(RequiredStage(rule, 1, 1, "added before submit"))
        elif has_waiver and rule.role == Role.COMPLIANCE_REVIEWER:
            found.append(RequiredStage(rule, 0, 0, ""))
    return _for_waiver(found) if has_waiver else tuple(found)


def _for_waiver(stages: Sequence[RequiredStage]) -> tuple[RequiredStage, ...]:
    return tuple(
        _once_more(stage) if stage.rule.role == Role.COMPLIANCE_REVIEWER else stage for stage in stages
    )


def _once_more(stage: RequiredStage) -> RequiredStage:
    reason = f"{stage.reason}, waiver present" if stage.reason else "waiver present"
    needed = stage.needed + 1
    return RequiredStage(stage.rule, needed, max(stage.eligible, needed), reason)


def stages_for(
    purpose: str,
    rules: Rules,
    tier: str,
    answers: Mapping[str, Any],
    optional: Sequence[str],
    *,
    has_waiver: bool = False,
) -> tuple[RequiredStage, ...]:
    """The stages of a revision of this purpose; a review after the fact has all but the release itself.

    An emergency is signed by its two persons, waiver or not: it is never a way past the gates it needs.
    """
    match purpose:
        case Purpose.EMERGENCY:
            return tuple(RequiredStage(rule, 1, 1, "emergency release") for rule in rules.emergency)
        case Purpose.REINSTATEMENT:
            signed = [rules.stage(code) for code in rules.reinstatement]
            again = tuple(RequiredStage(rule, 1, 1, "reinstatement") for rule in signed)
            return _for_waiver(again) if has_waiver else again
    usual = required_stages(rules, tier, answers, optional, has_waiver=has_waiver)
    if purpose == Purpose.AFTERWARDS:
        return tuple(stage for stage in usual if stage.rule.code != RELEASE_STAGE)
    return usual


def _trigger(rule: StageRule, answers: Mapping[str, Any]) -> str:
    """The answer that makes the stage required, in words; empty where none does."""
    for question, wanted in rule.triggers.items():
        answer = answers.get(question, _UNANSWERED[question])
        if answer in wanted:
            return _WORDS.get(question, "{}").format(answer)
    return ""


_UNANSWERED: Final = {"reach": "internal", "domain": "none"} | dict.fromkeys(
    ("personal_data", "external_vendor", "cost_driven"), False
)
_WORDS: Final = {
    "domain": "domain {}",
    "reach": "reach {}",
    "external_vendor": "model of an external vendor",
    "personal_data": "personal data",
    "cost_driven": "choice driven by cost",
}

DEFAULT: Final = rules_from({str(tier): rules for tier, rules in DEFAULT_TIERS.items()}, None, None)
"""The shipped policy."""
