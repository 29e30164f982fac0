"""Measured values as the document prints them, on one scale; a state is said in words, never as zero."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.board import GateRow, limit_of
from approvals.document_sections.papers import Body, Papers
from registry import charts, figures
from registry.charts import IntervalPlot, Scale

COUNT_WORDS: Final = {
    "samples": "k counted from the samples file",
    "value": "k is value times n",
    "document": "k as the submission states it",
}


@dataclass(frozen=True, slots=True)
class Result:
    """One measured value in print."""

    name: str
    slice: str
    figure: str
    bounds: str
    note: str
    is_state: bool
    plot: IntervalPlot | None


def scale_of(papers: Papers, bodies: Iterable[Body]) -> Scale:
    """One scale for every proportion of the pack, limits included."""
    results = [result for body in bodies for result in results_of(body)]
    bounds = [figures.exact(bound) for result in results for bound in bounds_of(result) or ()]
    rates = [Fraction(result["k"], result["n"]) for result in results if has_counts(result)]
    limits = [
        figures.exact(criterion["threshold"])
        for entry in papers.entries("criteria", "criteria_set")
        for criterion in entry.body["criteria"]
    ]
    return charts.rate_scale([*bounds, *rates, *(one for one in limits if 0 <= one <= 1)])


def scale_words(papers: Papers) -> str:
    """The ends of the plots' axis: `75% to 100%`."""
    bodies = [papers.body(run["digest"], "record.json") for run in papers.record["runs"]]
    scale = scale_of(papers, bodies)
    return f"{figures.percent(scale.start, None, 0)} to {figures.percent(scale.end, None, 0)}"


def results_of(body: Body) -> list[Body]:
    """The measured values of a run record."""
    found: list[Body] = body["metrics"]
    return found


def has_counts(result: Body) -> bool:
    """Whether a result is k of n with n above zero."""
    return isinstance(result.get("k"), int) and isinstance(result.get("n"), int) and int(result["n"]) > 0


def bounds_of(result: Body) -> tuple[str, str] | None:
    """The 95% interval of a result, where it has one."""
    interval = result.get("interval")
    if not isinstance(interval, Mapping) or interval.get("low") is None:
        return None
    return str(interval["low"]), str(interval["high"])


def result_row(
    result: Body, gates: Mapping[tuple[str, str], GateRow], scale: Scale, proportions: Container[str]
) -> Result:
    """One value in print; `gates` by metric and slice are those that rest on this run.

    `proportions` are the names of metrics whose k is missed where it is missing.
    """
    name, part = str(result.get("definition") or result["name"]), str(result.get("slice") or "")
    gate = gates.get((name, part))
    limit = limit_of(gate)
    statistic = str(result.get("statistic") or "")
    figure, is_state = _figure(result, gate)
    bounds = bounds_of(result)
    return Result(
        name=name if statistic in ("", "mean") else f"{name}, {statistic}",
        slice=part,
        figure=figure,
        bounds=figures.interval(*bounds, limit.value if limit else None) if bounds else "",
        note=_note(result, is_state, is_proportion=result.get("definition") in proportions),
        is_state=is_state,
        plot=_plot(result, gate, scale, f"{name} {part}".strip()),
    )


def _figure(result: Body, gate: GateRow | None) -> tuple[str, bool]:
    """The measured value in print, and whether it is a state and no number."""
    value = result.get("value")
    if isinstance(value, Mapping):
        return words.QUANTITY_STATES.get(str(value.get("state")), str(value.get("state"))), True
    if result.get("n") == 0:
        return figures.NO_DATA, True
    limit = limit_of(gate)
    if has_counts(result):
        return figures.share(result["k"], result["n"], limit.value if limit else None), False
    return quantity(str(value), str(result.get("unit") or "")), False


def quantity(lexeme: str, unit: str) -> str:
    """A number as its source wrote it, with its unit; times with the rules of times."""
    try:
        shown = figures.milliseconds(lexeme) if unit == "ms" and "." not in lexeme else figures.number(lexeme)
    except figures.NotAFigure:
        shown = lexeme
    return shown if unit in ("", "1", "ms", "proportion", "share") else f"{shown}{figures.NBSP}{unit}"


def _note(result: Body, is_state: bool, *, is_proportion: bool) -> str:
    if is_state:
        return "stored as this state; no criterion on it can pass"
    parts = []
    if has_counts(result):
        parts.append(COUNT_WORDS.get(str(result.get("k_source")), ""))
    elif result.get("n") is not None:
        missing = "k is missing, so no interval is shown" if is_proportion else ""
        parts += [f"n = {figures.number(result['n'])}", missing]
    stderr = result.get("stderr")
    if isinstance(stderr, str):
        parts.append(f"standard error as imported {stderr}")
    if not result.get("definition"):
        parts.append("the project does not define this metric")
    return "; ".join(filter(None, parts))


def _plot(result: Body, gate: GateRow | None, scale: Scale, name: str) -> IntervalPlot | None:
    bounds = bounds_of(result)
    if bounds is None or not has_counts(result):
        return None
    limit = limit_of(gate)
    share = figures.share(result["k"], result["n"])
    return charts.interval_plot(
        label=f"{name}: {share} {figures.interval(*bounds)}",
        scale=scale,
        value=Fraction(result["k"], result["n"]),
        low=bounds[0],
        high=bounds[1],
        limit=limit if limit and 0 <= figures.exact(limit.value) <= 1 else None,
        state=gate.kind if gate else "",
    )


def counts(results: list[Body]) -> str:
    """How many results have an interval, none, or no number: the three add up."""
    states = sum(1 for one in results if isinstance(one.get("value"), Mapping))
    intervals = sum(1 for one in results if not isinstance(one.get("value"), Mapping) and bounds_of(one))
    others = len(results) - states - intervals
    return (
        f"{words.counted(len(results), 'result')}: {intervals} with an interval, {others} without, "
        f"{states} not a number"
    )
