"""The shipped signoff policy: each project records it when its first release is opened (docs/workflow.md)."""

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
    "emergency": (
        1,
        "Released in an emergency for the hours stated; the way back is ready and the full review follows",
    ),
    "emergency_consent": (
        1,
        "I agree as the second person to this emergency release and its limit",
    ),
    "waiver": (
        1,
        "I accept this exception for this release until it ends, with its owner and compensating measure",
    ),
    "waiver_rejection": (1, "I do not accept this exception"),
    "policy": (
        1,
        "I put this policy into force for new releases, as the second person beside those who wrote it",
    ),
}


DOMAINS: Final = ("none", "health", "public_service", "employment", "credit", "insurance")

ALL_SECTIONS: Final = (
    "scope",
    "model",
    "evidence",
    "datasets",
    "criteria",
    "comparisons",
    "waivers",
    "rollback",
    "monitoring",
    "policy",
)
"""Sections of the release manifest."""


def _stage(
    code: str,
    name: str,
    role: Role,
    order: int,
    meaning: str,
    *,
    covers: tuple[str, ...] = ALL_SECTIONS,
    triggers: dict[str, list[Any]] | None = None,
    bars: tuple[str, ...] = (),
) -> dict[str, Any]:
    return {
        "code": code,
        "name": name,
        "role": str(role),
        "order": order,
        "meaning": meaning,
        "triggers": triggers or {},
        "bars": sorted(bars),
        "covers": sorted({*covers, "scope", "model", "policy"}),
    }


_REGULATED: Final = ["health", "public_service", "employment", "credit", "insurance"]

DEFAULT_STAGES: Final[tuple[dict[str, Any], ...]] = (
    _stage("1", "Submitter", Role.SUBMITTER, 1, "submitter"),
    _stage("2", "Model owner", Role.MODEL_OWNER, 2, "model_owner"),
    _stage(
        "3",
        "Validator",
        Role.VALIDATOR,
        3,
        "validator",
        covers=("evidence", "datasets", "criteria", "comparisons", "waivers"),
        bars=("sender", "owner", "editor"),
    ),
    _stage(
        "4a",
        "Domain",
        Role.DOMAIN_REVIEWER,
        4,
        "domain",
        covers=("evidence", "datasets", "criteria", "waivers"),
        triggers={"domain": _REGULATED},
    ),
    _stage(
        "4b",
        "Security",
        Role.SECURITY_REVIEWER,
        4,
        "field",
        covers=("datasets", "rollback", "waivers"),
        triggers={"external_vendor": [True]},
    ),
    _stage(
        "4c",
        "Privacy",
        Role.PRIVACY_REVIEWER,
        4,
        "field",
        covers=("datasets", "waivers"),
        triggers={"personal_data": [True]},
    ),
    _stage(
        "4d",
        "FinOps",
        Role.FINOPS_REVIEWER,
        4,
        "field",
        covers=("evidence", "criteria"),
        triggers={"cost_driven": [True]},
    ),
    _stage("5", "Compliance", Role.COMPLIANCE_REVIEWER, 5, "compliance", bars=("sender",)),
    _stage("6", "Release manager", Role.RELEASE_MANAGER, 6, "release", bars=("sender",)),
)
"""Stage 6 is the signature of the release itself (T9) and no part of the approval quorum."""

DEFAULT_PROCEDURES: Final[dict[str, dict[str, Any]]] = {
    "emergency": {
        "stages": [
            _stage("E1", "Emergency release", Role.RELEASE_MANAGER, 1, "emergency", bars=("sender",)),
            _stage(
                "E2", "Emergency consent", Role.COMPLIANCE_REVIEWER, 1, "emergency_consent", bars=("sender",)
            ),
        ],
        "most_hours": 72,
        "review_days": 5,
    },
    "reinstatement": {"stages": ["2", "3", "5"]},
}
"""Ways to a decision beside the usual review; a reinstatement is signed with stages of the review."""

WAIVABLE: Final = ("GATE_CRITERIA", "GATE_MONITORING", "GATE_ROLLBACK", "GATE_RUN_COMPLETE")
"""Gates that can be set aside for a time; a policy may list fewer for a tier."""

_WAIVERS: Final[dict[str, Any]] = {"waivable": list(WAIVABLE), "waiver_days": 90, "waiver_budget": 5}

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
        "second_factor": False,
        **_WAIVERS,
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
        "second_factor": False,
        **_WAIVERS,
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
        "review_grace_days": 30,
        "valid_days": 90,
        "due_days": 5,
        "second_factor": True,
        **_WAIVERS,
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
        "review_grace_days": 14,
        "valid_days": 90,
        "due_days": 5,
        "second_factor": True,
        **_WAIVERS,
    },
}
