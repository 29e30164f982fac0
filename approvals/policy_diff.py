"""What differs between two policy versions: `Moderate, stage 3 Validator: 1 → 2 signatures`. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from approvals.models.releases import Tier
from approvals.policy_fields import NUMBERS, SWITCHES, complete, orders_of, stage_words

Tiers = Mapping[str, Mapping[str, Any]]
Stages = Sequence[Mapping[str, Any]]


@dataclass(frozen=True)
class Change:
    """One difference: where it is, and how it was and is."""

    place: str
    """`Moderate, stage 3 Validator`."""
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.place}: {self.old} → {self.new}"

    def as_dict(self) -> dict[str, str]:
        """As the API lists it."""
        return {**asdict(self), "text": str(self)}


def changes(old_tiers: Tiers, old_stages: Stages, new_tiers: Tiers, new_stages: Stages) -> tuple[Change, ...]:
    """Every difference, tier by tier from Low to Critical, then the order of stages."""
    found: list[Change] = []
    for tier in Tier:
        old, new = complete(old_tiers[tier.value]), complete(new_tiers[tier.value])
        found.extend(_stages(tier.label, old, new))
        found.extend(_numbers(tier.label, old, new))
        found.extend(_switches(tier.label, old, new))
        found.extend(_gates(tier.label, old, new))
    found.extend(_orders(orders_of(old_stages), orders_of(new_stages)))
    return tuple(found)


def _stages(tier: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    codes = {*old["required"], *old["optional"], *new["required"], *new["optional"]}
    for code in sorted(codes):
        before, after = old["required"].get(code), new["required"].get(code)
        place = f"{tier}, {stage_words(code)}"
        if before and after:
            yield from _quorum(place, before, after)
        elif (was := _state(code, old)) != (now := _state(code, new)):
            yield Change(place, was, now)


def _quorum(place: str, old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Change]:
    if old["needed"] != new["needed"]:
        yield Change(place, str(old["needed"]), _count(new["needed"], "signature"))
    if old["of"] != new["of"]:
        yield Change(place, str(old["of"]), _count(new["of"], "eligible person"))


def _state(code: str, rules: Mapping[str, Any]) -> str:
    quorum = rules["required"].get(code)
    if quorum:
        return f"required, {quorum['needed']} of {quorum['of']}"
    return "optional" if code in rules["optional"] else "not in the tier"


def _numbers(tier: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for one in NUMBERS:
        before, after = old[one.name], new[one.name]
        if before != after:
            words = [one.absent if number is None else str(number) for number in (before, after)]
            yield Change(f"{tier}, {one.label}", *words)


def _switches(tier: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    for one in SWITCHES:
        if old[one.name] != new[one.name]:
            yield Change(f"{tier}, {one.label}", _yes(old[one.name]), _yes(new[one.name]))


def _gates(tier: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[Change]:
    before, after = set(old["waivable"]), set(new["waivable"])
    for code in sorted(before ^ after):
        words = ("can be waived", "cannot be waived")
        yield Change(f"{tier}, {code}", *(words if code in before else reversed(words)))


def _orders(old: Mapping[str, int], new: Mapping[str, int]) -> Iterator[Change]:
    for code in sorted({*old, *new}):
        if old.get(code) != new.get(code):
            place = stage_words(code)
            yield Change(
                f"{place[:1].upper()}{place[1:]}, place in the order",
                str(old.get(code, "none")),
                str(new.get(code, "none")),
            )


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _yes(value: bool) -> str:
    return "yes" if value else "no"
