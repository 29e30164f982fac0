"""A criterion and its result in words and figures; must never round a figure across its limit."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from approvals.criteria import Verdict
from registry.figures import held, interval, milliseconds, number, points_from, share

MOST_DECIMALS: Final = 3
UNNAMED_UNITS: Final = ("", "share", "score")


def is_rate(verdict: Verdict, rates: Iterable[str] = ()) -> bool:
    """Whether the criterion is about k of n."""
    measured = verdict.measured
    return verdict.metric in rates if measured is None else bool(measured.n) and measured.k is not None


def rule_words(verdict: Verdict, *, rate: bool) -> str:
    """`Lower 95% bound at least 80%`: the rule with its limit in the unit that is printed beside it."""
    stem = verdict.rule.rpartition(" ")[0]
    only = "" if verdict.severity == "block" else ", flags only"
    return f"{stem} {limit_figure(verdict, rate=rate)}{only}"


def limit_figure(verdict: Verdict, *, rate: bool) -> str:
    """The limit in full: `80%`, `3,000 ms`, `0.05`."""
    if rate:
        return f"{_plain(verdict.threshold * 100)}%"
    return _with_unit(verdict, number(verdict.threshold))


def measured_words(verdict: Verdict) -> tuple[str, str]:
    """What was measured and what stands beside it: `264/300 = 88.0%` and `[83.8, 91.2]`."""
    measured = verdict.measured
    if measured is None:
        return "NOT TESTED", ""
    if measured.k is not None and measured.n:
        bounds = measured.low is not None and measured.high is not None
        beside = interval(measured.low, measured.high, verdict.threshold) if bounds else ""  # type: ignore[arg-type]  # reason: both are given
        return share(measured.k, measured.n, verdict.threshold), beside
    value = measured.value if verdict.compared is None else verdict.compared
    return ("no data" if value is None else _value(verdict, value)), _count(measured.n)


def distance_words(verdict: Verdict, *, rate: bool) -> str:
    """How far what is compared lies from the limit, in words; empty without a result."""
    if verdict.compared is None:
        return ""
    if rate:
        return points_from(verdict.compared, verdict.threshold)
    gap = verdict.compared - verdict.threshold
    if gap == 0:
        return "at the limit"
    return f"{_value(verdict, abs(gap))} {'above' if gap > 0 else 'below'} the limit"


def _value(verdict: Verdict, value: Decimal) -> str:
    if _unit(verdict) == "ms":
        return milliseconds(value, verdict.threshold)
    exponent = value.normalize().as_tuple().exponent
    digits = min(MOST_DECIMALS, max(0, -exponent)) if isinstance(exponent, int) else 0
    return _with_unit(verdict, held(value, verdict.threshold, digits))


def _with_unit(verdict: Verdict, figure: str) -> str:
    unit = _unit(verdict)
    return figure if unit in UNNAMED_UNITS else f"{figure}\u00a0{unit}"


def _unit(verdict: Verdict) -> str:
    return verdict.measured.unit if verdict.measured else ""


def _count(n: int | None) -> str:
    return "" if n is None else f"n = {n:,}"


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"
