"""The floor of every policy: nothing in it asks for less than the shipped one. Pure.

| field | weaker than shipped |
|---|---|
| `required` | a stage fewer, fewer signatures, or fewer eligible persons |
| `optional` | a stage that can no longer be added |
| order | not: submitter alone first, compliance after every reviewer, release manager alone last |
| numbers and switches | as `approvals.policy_fields` says of each |
| `waivable` | a gate more |
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from approvals.default_policy import DEFAULT_STAGES, DEFAULT_TIERS
from approvals.models.releases import Tier
from approvals.policy_fields import (
    LAST_ORDER,
    MOST_SIGNATURES,
    NUMBERS,
    SWITCHES,
    TIER_FIELDS,
    Number,
    Switch,
    complete,
    stage_words,
)

CODES: Final = tuple(stage["code"] for stage in DEFAULT_STAGES)
FIRST, COMPLIANCE, RELEASE = "1", "5", "6"


@dataclass(frozen=True)
class Violation:
    """One thing that stands against a draft: where, what, and what to do."""

    pointer: str
    """JSON pointer into tiers and orders, such as `/tiers/moderate/due_days`."""
    field: str
    place: str
    """`Moderate`, or `Moderate, stage 3 Validator`."""
    code: str
    """`below_floor`, or `malformed` where it is no policy at all."""
    detail: str
    next_step: str

    def as_dict(self) -> dict[str, str]:
        """As problem documents list it."""
        return asdict(self)


def violations(tiers: Mapping[str, Any], orders: Mapping[str, Any]) -> tuple[Violation, ...]:
    """Everything that stands against this content, at once; empty where it can be published."""
    found: list[Violation] = []
    for tier in Tier:
        rules = tiers.get(tier.value)
        if isinstance(rules, Mapping):
            found.extend(_in_tier(tier, rules))
        else:
            found.append(
                _malformed(f"/tiers/{tier}", "tiers", tier.label, "The tier has no rules", "Give its rules.")
            )
    found.extend(
        _malformed(f"/tiers/{name}", "tiers", str(name), "There is no such tier", "Leave it out.")
        for name in tiers
        if name not in Tier.values
    )
    found.extend(_in_orders(orders))
    return tuple(found)


def _in_tier(tier: Tier, rules: Mapping[str, Any]) -> Iterator[Violation]:
    floor = complete(DEFAULT_TIERS[tier])
    for one in NUMBERS:
        yield from _number(tier, one, rules.get(one.name), floor[one.name])
    for switch in SWITCHES:
        yield from _switch(tier, switch, rules.get(switch.name), floor[switch.name])
    for check in (_stages, _waivable):
        yield from check(tier, rules, floor)
    for name in sorted(set(rules) - TIER_FIELDS):
        yield _malformed(
            f"/tiers/{tier}/{name}", name, tier.label, f"A tier has no rule {name}", "Leave it out."
        )


def _number(tier: Tier, one: Number, value: Any, floor: int | None) -> Iterator[Violation]:
    pointer = f"/tiers/{tier}/{one.name}"
    bound = f"Give a whole number from {one.least} to {one.most}."
    if value is None and one.absent:
        if floor is not None:
            yield Violation(
                pointer,
                one.name,
                tier.label,
                "below_floor",
                f"{_capital(one.label)}: there is none; the shipped policy has {floor} {one.unit}.",
                f"Set {floor} or fewer.",
            )
        return
    if not _is_whole(value, one.least, one.most):
        yield _malformed(pointer, one.name, tier.label, f"{_capital(one.label)}: not such a number", bound)
        return
    if floor is None:
        return
    is_weaker = value > floor if one.weaker == "more" else value < floor
    if is_weaker:
        right = "or fewer" if one.weaker == "more" else "or more"
        yield Violation(
            pointer,
            one.name,
            tier.label,
            "below_floor",
            f"{_capital(one.label)}: {value} asks for less than the shipped {floor} {one.unit}.",
            f"Set {floor} {right}.",
        )


def _switch(tier: Tier, one: Switch, value: Any, floor: bool) -> Iterator[Violation]:
    pointer = f"/tiers/{tier}/{one.name}"
    if not isinstance(value, bool):
        yield _malformed(
            pointer, one.name, tier.label, f"{_capital(one.label)}: neither yes nor no", "Say yes or no."
        )
    elif floor and not value:
        yield Violation(
            pointer,
            one.name,
            tier.label,
            "below_floor",
            f"{_capital(one.label)}: no; the shipped policy says yes.",
            "Say yes.",
        )


def _stages(tier: Tier, rules: Mapping[str, Any], floor: Mapping[str, Any]) -> Iterator[Violation]:
    required, optional = rules.get("required"), rules.get("optional")
    if not isinstance(required, Mapping) or not _is_texts(optional):
        yield _malformed(
            f"/tiers/{tier}/required",
            "required",
            tier.label,
            "Required and optional stages are missing",
            "Name them by their codes.",
        )
        return
    assert isinstance(optional, Sequence)
    for code in CODES:
        yield from _stage(tier, code, required, optional, floor)
    for field, codes in (("required", required), ("optional", optional)):
        for code in sorted({str(code) for code in codes} - set(CODES)):
            yield _malformed(
                f"/tiers/{tier}/{field}",
                field,
                tier.label,
                f"There is no stage {code}",
                f"Name stages among {', '.join(CODES)}.",
            )


def _stage(
    tier: Tier,
    code: str,
    required: Mapping[str, Any],
    optional: Sequence[str],
    floor: Mapping[str, Any],
) -> Iterator[Violation]:
    place = f"{tier.label}, {stage_words(code)}"
    asked = floor["required"].get(code)
    if code not in required:
        if asked is not None:
            yield Violation(
                f"/tiers/{tier}/required/{code}",
                "required",
                place,
                "below_floor",
                "The shipped policy requires this stage.",
                f"Require it, with {asked['needed']} of {asked['of']} or more.",
            )
        elif code not in optional:
            yield Violation(
                f"/tiers/{tier}/optional",
                "optional",
                place,
                "below_floor",
                "The shipped policy lets this stage be added before submit.",
                "Keep it optional, or require it.",
            )
        return
    if code in optional:
        yield _malformed(
            f"/tiers/{tier}/optional",
            "optional",
            place,
            "The stage is required and optional",
            "Keep one of both.",
        )
    yield from _quorum(f"/tiers/{tier}/required/{code}", place, required[code], asked)


def _quorum(pointer: str, place: str, quorum: Any, asked: Mapping[str, int] | None) -> Iterator[Violation]:
    if not _is_quorum(quorum):
        yield _malformed(
            pointer,
            "required",
            place,
            "Not a number of signatures of a number of eligible persons",
            f"Give n of m, 1 to {MOST_SIGNATURES} each, with n not above m.",
        )
        return
    least = asked or {"needed": 1, "of": 1}
    for name, words in (("needed", "signatures"), ("of", "eligible persons")):
        if quorum[name] < least[name]:
            yield Violation(
                f"{pointer}/{name}",
                "required",
                place,
                "below_floor",
                f"{quorum[name]} {words}; the shipped policy asks for {least[name]}.",
                f"Ask for {least[name]} or more.",
            )


def _is_quorum(quorum: Any) -> bool:
    if not isinstance(quorum, Mapping) or set(quorum) != {"needed", "of"}:
        return False
    whole = all(_is_whole(number, 1, MOST_SIGNATURES) for number in quorum.values())
    return whole and bool(quorum["needed"] <= quorum["of"])


def _waivable(tier: Tier, rules: Mapping[str, Any], floor: Mapping[str, Any]) -> Iterator[Violation]:
    codes = rules.get("waivable")
    pointer = f"/tiers/{tier}/waivable"
    if not _is_texts(codes):
        yield _malformed(
            pointer, "waivable", tier.label, "Waivable gates are no list of codes", "Name gates by code."
        )
        return
    assert isinstance(codes, Sequence)
    for code in sorted(set(codes) - set(floor["waivable"])):
        yield Violation(
            pointer,
            "waivable",
            tier.label,
            "below_floor",
            f"{code} is not among the gates that the shipped policy lets be waived.",
            "Leave it out.",
        )


def _in_orders(orders: Mapping[str, Any]) -> Iterator[Violation]:
    malformed = sorted(code for code in CODES if not _is_whole(orders.get(code), 1, LAST_ORDER))
    for code in malformed:
        yield _malformed(
            f"/orders/{code}",
            "order",
            _capital(stage_words(code)),
            "The stage has no place in the order",
            f"Give a whole number from 1 to {LAST_ORDER}.",
        )
    for code in sorted(set(orders) - set(CODES)):
        yield _malformed(
            f"/orders/{code}", "order", f"Stage {code}", "There is no such stage", "Leave it out."
        )
    if malformed:
        return
    for code, is_wrong, detail in _ORDER_RULES:
        if is_wrong(orders, code):
            yield Violation(f"/orders/{code}", "order", _capital(stage_words(code)), "below_floor", *detail)


def _not_first(orders: Mapping[str, int], code: str) -> bool:
    return any(orders[other] <= orders[code] for other in CODES if other != code)


def _not_last(orders: Mapping[str, int], code: str) -> bool:
    return any(orders[other] >= orders[code] for other in CODES if other != code)


def _before_reviewers(orders: Mapping[str, int], code: str) -> bool:
    return any(orders[other] >= orders[code] for other in CODES if other not in (code, RELEASE))


_ORDER_RULES: Final[tuple[tuple[str, Callable[[Mapping[str, int], str], bool], tuple[str, str]], ...]] = (
    (
        FIRST,
        _not_first,
        ("The submitter attests before anybody reviews.", "Place it before every other stage."),
    ),
    (
        COMPLIANCE,
        _before_reviewers,
        (
            "Compliance signs on what every reviewer found.",
            "Place it after every stage but the release itself.",
        ),
    ),
    (
        RELEASE,
        _not_last,
        ("The release follows the approval.", "Place it after every other stage."),
    ),
)


def _malformed(pointer: str, field: str, place: str, detail: str, next_step: str) -> Violation:
    return Violation(pointer, field, place, "malformed", f"{detail}.", next_step)


def _is_whole(value: Any, least: int, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def _is_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
