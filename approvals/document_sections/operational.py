"""Latency, throughput and cost as runs recorded them; nothing is derived here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.measured import results_of
from approvals.document_sections.papers import Body, Papers
from approvals.document_sections.runs import named
from registry import figures

MOST_ROWS: Final = 40
_TIME: Final = frozenset({"ms", "s", "seconds", "us", "min"})
_RATE: Final = re.compile(r".*(/s|/min|per second|per minute|tokens|requests).*")
_MONEY: Final = re.compile(r"[A-Z]{3}(\b.*)?\Z")
_NAMES: Final = (
    ("Latency", ("latency", "ttft", "duration", "response time")),
    ("Throughput", ("throughput", "tokens per second", "requests per second", "qps")),
    ("Cost", ("cost", "price", "spend", "budget")),
)
KINDS: Final = tuple(name for name, _ in _NAMES)


@dataclass(frozen=True, slots=True)
class OperationalRow:
    """One recorded value."""

    kind: str
    run: str
    metric: str
    figure: str
    n: str


@dataclass(frozen=True, slots=True)
class Operational:
    """The printed rows, how many more there are, and the kinds of which nothing is recorded."""

    rows: tuple[OperationalRow, ...]
    more: int
    missing: str


def operational(papers: Papers) -> Operational:
    """Values of runs that count, by kind and run."""
    found = [
        (run, result, kind)
        for run, body in named(papers)
        if run["status"] == "admitted"
        for result in results_of(body)
        if (kind := kind_of(result))
    ]
    found.sort(key=lambda one: (KINDS.index(one[2]), str(one[0]["human_id"]), str(one[1]["name"])))
    missing = [kind.lower() for kind in KINDS if kind not in {one[2] for one in found}]
    rows = tuple(_row(*one) for one in found[:MOST_ROWS])
    return Operational(rows, max(0, len(found) - MOST_ROWS), words.listed(missing))


def kind_of(result: Body) -> str:
    """Latency, throughput or cost by unit, then by name; empty for a value of another kind."""
    unit = str(result.get("unit") or "")
    if unit in _TIME:
        return "Latency"
    if _MONEY.match(unit):
        return "Cost"
    if _RATE.match(unit):
        return "Throughput"
    name = str(result.get("definition") or result["name"]).lower().replace("_", " ")
    return next((kind for kind, marks in _NAMES if any(mark in name for mark in marks)), "")


def _row(run: Body, result: Body, kind: str) -> OperationalRow:
    name = str(result.get("definition") or result["name"])
    parts = [name, str(result.get("slice") or ""), str(result.get("statistic") or "")]
    value, unit = result.get("value"), str(result.get("unit") or "")
    if isinstance(value, str):
        figure = _figure(value, unit)
    else:
        state = str((value or {}).get("state"))
        figure = words.QUANTITY_STATES.get(state, words.NOT_RECORDED)
    n = result.get("n")
    return OperationalRow(
        kind=kind,
        run=str(run["human_id"]),
        metric=", ".join(part for part in parts if part and part != "mean"),
        figure=figure,
        n=figures.number(n) if n is not None else words.NOT_RECORDED,
    )


def _figure(lexeme: str, unit: str) -> str:
    try:
        shown = figures.number(lexeme)
    except figures.NotAFigure:
        shown = lexeme
    return f"{shown}{figures.NBSP}{unit}" if unit else shown
