"""Acceptance criteria against measured results: on the interval's bound, never on the point alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any


class Statistic(StrEnum):
    """What of a result is compared with the threshold."""

    POINT = "point"
    WILSON_LOWER = "wilson_lower"
    WILSON_UPPER = "wilson_upper"


@dataclass(frozen=True)
class Measured:
    """One result a criterion can be compared with (proportions with k and n)."""

    run: str
    name: str
    slice: str
    statistic: str
    value: Decimal | None
    low: Decimal | None
    high: Decimal | None
    k: int | None
    n: int | None
    unit: str


@dataclass(frozen=True)
class Verdict:
    """A criterion and what was found: pass, fail or not tested."""

    metric: str
    slice: str
    rule: str
    threshold: Decimal
    operator: str
    severity: str
    state: str
    measured: Measured | None
    compared: Decimal | None

    @property
    def margin(self) -> Decimal | None:
        """Distance to the limit, positive when the criterion holds."""
        if self.compared is None:
            return None
        difference = self.compared - self.threshold
        return difference if self.operator.startswith(">") else -difference


def evaluate(criteria: Sequence[Mapping[str, Any]], results: Sequence[Measured]) -> list[Verdict]:
    """Each criterion against the worst result that fits it; no result is NOT TESTED, never zero."""
    return [_verdict(criterion, results) for criterion in criteria]


def _verdict(criterion: Mapping[str, Any], results: Sequence[Measured]) -> Verdict:
    threshold, operator = Decimal(criterion["threshold"]), criterion["operator"]
    wanted_slice = criterion.get("slice", "")
    fitting = [
        (compared, result)
        for result in results
        if result.name == criterion["metric"]
        and result.slice == wanted_slice
        and (compared := _compared(criterion["statistic"], result)) is not None
    ]
    worst = min(fitting, key=lambda pair: _signed(pair[0], operator), default=None)
    compared, measured = worst if worst is not None else (None, None)
    state = "not_tested" if compared is None else "pass" if _holds(compared, operator, threshold) else "fail"
    return Verdict(
        metric=criterion["metric"],
        slice=wanted_slice,
        rule=rule_in_words(criterion),
        threshold=threshold,
        operator=operator,
        severity=criterion.get("severity", "block"),
        state=state,
        measured=measured,
        compared=compared,
    )


def rule_in_words(criterion: Mapping[str, Any]) -> str:
    """`Lower 95% bound at least 0.8`, as pages and PDF print it."""
    what = {
        Statistic.WILSON_LOWER: "Lower 95% bound",
        Statistic.WILSON_UPPER: "Upper 95% bound",
        Statistic.POINT: "Measured value",
    }.get(criterion["statistic"], f"Statistic {criterion['statistic']}")
    comparison = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}[criterion["operator"]]
    return f"{what} {comparison} {criterion['threshold']}"


def _compared(statistic: str, result: Measured) -> Decimal | None:
    if statistic == Statistic.WILSON_LOWER:
        return result.low
    if statistic == Statistic.WILSON_UPPER:
        return result.high
    if statistic == Statistic.POINT:
        return result.value
    return result.value if result.statistic == statistic else None


def _holds(value: Decimal, operator: str, threshold: Decimal) -> bool:
    return {
        ">=": value >= threshold,
        ">": value > threshold,
        "<=": value <= threshold,
        "<": value < threshold,
    }[operator]


def _signed(value: Decimal, operator: str) -> Decimal:
    return value if operator.startswith(">") else -value
