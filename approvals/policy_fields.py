"""Which numbers and switches of a tier a policy draft may change, and which way each one weakens. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from approvals.default_policy import DEFAULT_STAGES, WAIVABLE


@dataclass(frozen=True)
class Number:
    """A whole number of a tier; `weaker` says on which side of the shipped value the policy asks for less."""

    name: str
    label: str
    unit: str
    weaker: Literal["more", "fewer"]
    least: int
    most: int
    usual: int | None
    """How a record that does not name it is read; None: the rule does not exist there."""
    absent: str = ""
    """What it means that there is none, in words; empty where there has to be one."""


@dataclass(frozen=True)
class Switch:
    """Yes or no of a tier; no is the weaker answer."""

    name: str
    label: str
    usual: bool = False


NUMBERS: Final[tuple[Number, ...]] = (
    Number("minimum_private_items", "items of a private set at least", "items", "fewer", 1, 1_000_000, 1),
    Number("small_private_set", "private sets flagged as small below", "items", "fewer", 1, 1_000_000, 1),
    Number("rollback_test_days", "age of the last restore test at most", "days", "more", 1, 3650, 365),
    Number("review_months", "months from approval to the review", "months", "more", 1, 120, 12),
    Number(
        "review_grace_days",
        "days after which a missed review suspends",
        "days",
        "more",
        1,
        365,
        None,
        absent="marked only",
    ),
    Number("valid_days", "days an approval holds until release", "days", "more", 1, 365, 90),
    Number("due_days", "working days until a stage is due", "working days", "more", 1, 60, 5),
    Number("waiver_days", "days a waiver lasts at most", "days", "more", 1, 365, 90),
    Number("waiver_budget", "waivers in force in the project at most", "waivers", "more", 0, 100, 5),
)

SWITCHES: Final[tuple[Switch, ...]] = (
    Switch("rollback_test_blocks", "an older restore test blocks"),
    Switch("second_factor", "a signature asks for a second factor"),
)

STAGE_NAMES: Final[Mapping[str, str]] = {stage["code"]: stage["name"] for stage in DEFAULT_STAGES}
MOST_SIGNATURES: Final = 9
LAST_ORDER: Final = 9
TIER_FIELDS: Final = frozenset(
    {"required", "optional", "waivable", *(one.name for one in NUMBERS), *(one.name for one in SWITCHES)}
)


def complete(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The rules of a tier with every field: what an older record does not name, as it has been read."""
    return {
        "required": {code: dict(quorum) for code, quorum in sorted(rules["required"].items())},
        "optional": sorted(rules["optional"]),
        **{one.name: rules.get(one.name, one.usual) for one in NUMBERS},
        **{one.name: bool(rules.get(one.name, one.usual)) for one in SWITCHES},
        "waivable": sorted(rules.get("waivable", WAIVABLE)),
    }


def recorded(rules: Mapping[str, Any]) -> dict[str, Any]:
    """The same as a record has it: a rule that does not exist is left out."""
    return {name: value for name, value in complete(rules).items() if value is not None}


def orders_of(stages: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Stage → its place in the order of signing."""
    return {stage["code"]: stage["order"] for stage in stages}


def stage_words(code: str) -> str:
    """`stage 4a Domain`."""
    return f"stage {code} {STAGE_NAMES.get(code, '')}".rstrip()
