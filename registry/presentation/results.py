"""Measured values as rows: figure, interval and plot on one scale a unit; never judges a value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

from registry import figures
from registry.charts import IntervalPlot, Scale, interval_plot, rate_scale, zero_scale
from registry.models import MetricResult
from registry.presentation.words import plain

STATES = {"nan": "not a number", "inf": "infinite", "-inf": "minus infinite", "missing": "missing"}
SOURCES = {
    "samples": "counted from the items",
    "value": "counted from the value",
    "document": "as the uploader states",
}
SHOWN_DIGITS = 6


@dataclass(frozen=True, slots=True)
class ResultRow:
    """One value, as `components/gate_row.html` shows it."""

    kind: str
    word: str
    name: str
    rule: str
    measured: str
    beside: str
    plot: IntervalPlot | None
    what: str = ""


@dataclass(frozen=True, slots=True)
class Headline:
    """The value that stands for a run, as a share with its interval."""

    k: int
    n: int
    share: str
    figure: str
    low: str
    high: str
    name: str


def rows(results: Sequence[MetricResult], findings: Iterable[Mapping[str, Any]]) -> list[ResultRow]:
    """One row a result, in the order of the run; results of one unit share a scale."""
    scales = _scales(results)
    flags = [str(one.get("message", "")) for one in findings if one.get("severity") == "flag"]
    return [_row(one, scales.get(_group(one)), flags) for one in results]


def headline(result: MetricResult | None) -> Headline | None:
    """The share of a result with its interval in per cent; nothing where k is not known."""
    if result is None or result.k is None or not result.n:
        return None
    low, high = (_percent(bound) for bound in (result.ci_low, result.ci_high))
    share = figures.percent(Fraction(result.k, result.n))
    name = result.metric.name if result.metric else result.name
    return Headline(result.k, result.n, share, figures.share(result.k, result.n), low, high, name)


def _row(result: MetricResult, scale: Scale | None, flags: Sequence[str]) -> ResultRow:
    place = f"{result.name} of {result.slice}: " if result.slice else f"{result.name}: "
    is_flagged = any(message.startswith((place, f"{result.name}: ")) for message in flags)
    unknown = result.value_state != "finite"
    state = ("untested", "No value") if unknown else (("flag", "Flag") if is_flagged else ("", ""))
    return ResultRow(
        kind=state[0],
        word=state[1],
        name=f"{result.name}, {result.slice}" if result.slice else result.name,
        rule=_rule(result),
        measured=_measured(result),
        beside=_beside(result),
        plot=_plot(result, scale),
    )


def _rule(result: MetricResult) -> str:
    known = f"defined as {result.metric.name}" if result.metric else "no definition in the catalogue"
    parts = [plain(result.statistic), known, SOURCES.get(result.k_source, "")]
    return ", ".join(part for part in parts if part).capitalize()


def _measured(result: MetricResult) -> str:
    if result.value_state != "finite":
        return STATES.get(result.value_state, result.value_state)
    if result.k is not None and result.n:
        return figures.share(result.k, result.n)
    return _with_unit(result.value, result.unit)


def _with_unit(value: str, unit: str) -> str:
    number = _number(value)
    if number is None:
        return value
    if unit == "ms":
        return figures.milliseconds(number)
    short = Decimal(f"{number:.{SHOWN_DIGITS}g}")
    words = figures.number(short.quantize(Decimal(1)) if short == short.to_integral_value() else short)
    return words if unit in ("", "share", "score") else f"{words}{figures.NBSP}{unit}"


def _beside(result: MetricResult) -> str:
    if result.ci_low and result.ci_high:
        return figures.interval(result.ci_low, result.ci_high)
    n = f"n = {figures.number(result.n)}" if result.n else "n missing"
    return f"{n}, standard error {_short(result.stderr)}" if result.stderr else n


def _short(text: str) -> str:
    number = _number(text)
    return text if number is None else f"{number:.3g}"


def _group(result: MetricResult) -> str:
    return "share" if result.ci_low else f"{result.unit} {result.name if not result.unit else ''}"


def _scales(results: Iterable[MetricResult]) -> dict[str, Scale]:
    values: dict[str, list[Decimal]] = {}
    for one in results:
        texts = (one.value, one.ci_low, one.ci_high)
        values.setdefault(_group(one), []).extend(n for text in texts if (n := _number(text)) is not None)
    return {
        group: rate_scale(found) if group == "share" else zero_scale(found) for group, found in values.items()
    }


def _plot(result: MetricResult, scale: Scale | None) -> IntervalPlot | None:
    value = _number(result.value)
    if scale is None or value is None or value < 0:
        return None
    if result.ci_low and result.ci_high and result.k is not None and result.n:
        words = (
            f"{figures.share(result.k, result.n)}, interval {figures.interval(result.ci_low, result.ci_high)}"
        )
        share = Fraction(result.k, result.n)
        return interval_plot(label=words, scale=scale, value=share, low=result.ci_low, high=result.ci_high)
    return interval_plot(label=_with_unit(result.value, result.unit), scale=scale, value=value)


def _number(text: str) -> Decimal | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _percent(bound: str) -> str:
    return figures.percent(bound) if bound else ""
