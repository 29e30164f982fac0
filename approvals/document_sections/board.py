"""The gate board as the newest signer saw it; nothing is judged again in print."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers
from registry import figures
from registry.charts import Bound, Limit

BOUNDS: Final = {">=": Bound.AT_LEAST, ">": Bound.ABOVE, "<=": Bound.AT_MOST, "<": Bound.BELOW}
STATISTICS: Final = {
    "wilson_lower": "Lower 95% bound",
    "wilson_upper": "Upper 95% bound",
    "point": "Measured value",
}
NOT_TESTED: Final = "NOT TESTED"


@dataclass(frozen=True, slots=True)
class GateRow:
    """One gate in print. `metric`, `slice` and `run` are empty unless it is a criterion."""

    code: str
    kind: str
    word: str
    name: str
    rule: str
    figure: str
    bounds: str
    next_step: str
    metric: str = ""
    slice: str = ""
    run: str = ""
    criterion: Body | None = None

    @property
    def is_untested(self) -> bool:
        """Whether nothing was measured."""
        return self.figure == NOT_TESTED


@dataclass(frozen=True, slots=True)
class Worst:
    """One of the facts most against the release."""

    name: str
    reason: str
    kind: str
    word: str


def rows(papers: Papers) -> tuple[GateRow, ...]:
    """The gates of the newest decision view, in its order: failing first."""
    if papers.shown is None:
        return ()
    criteria = criteria_by_place(papers)
    return tuple(_row(gate, criteria) for gate in papers.shown[1]["gates"])


def worst(papers: Papers, gates: Iterable[GateRow]) -> tuple[Worst, ...]:
    """Up to three facts, each with its figure where it has one."""
    if papers.shown is None:
        return ()
    known = {(gate.code, gate.name): gate for gate in gates}
    return tuple(_worst(fact, known) for fact in papers.shown[1]["worst"])


def tally(gates: Iterable[GateRow]) -> str:
    """`Of 11 gates, 9 pass, 2 are flagged, none is waived and none fails.`"""
    kinds = [gate.kind for gate in gates]
    return (
        f"Of {words.counted(len(kinds), 'gate')}, {_some(kinds.count('pass'), 'passes', 'pass')}, "
        f"{_some(kinds.count('flag'), 'is flagged', 'are flagged')}, "
        f"{_some(kinds.count('waived'), 'is waived', 'are waived')} and "
        f"{_some(kinds.count('fail'), 'fails', 'fail')}."
    )


def criteria_by_place(papers: Papers) -> dict[tuple[str, str], Body]:
    """Criteria of the manifest by metric and slice."""
    return {
        (str(criterion["metric"]), str(criterion.get("slice") or "")): criterion
        for entry in papers.entries("criteria", "criteria_set")
        for criterion in entry.body["criteria"]
    }


def limit_of(gate: GateRow | None) -> Limit | None:
    """The limit of a criterion, as plots draw it."""
    if gate is None or gate.criterion is None:
        return None
    threshold = str(gate.criterion["threshold"])
    return Limit(threshold, BOUNDS[gate.criterion["operator"]], limit_figure(gate.criterion))


def limit_figure(criterion: Body) -> str:
    """`80%` for a bound of a proportion, else the number as it was written."""
    threshold = str(criterion["threshold"])
    if str(criterion["statistic"]).startswith("wilson"):
        return figures.percent(threshold, None, 0 if figures.exact(threshold) * 100 % 1 == 0 else 1)
    return threshold


def rule_of(criterion: Body) -> str:
    """`Lower 95% bound at least 80%`."""
    what = STATISTICS.get(str(criterion["statistic"]), f"Statistic {criterion['statistic']}")
    return f"{what} {BOUNDS[criterion['operator']].value} {limit_figure(criterion)}"


def _some(n: int, one: str, many: str) -> str:
    return f"none {one}" if n == 0 else f"{n} {one if n == 1 else many}"


def _row(gate: Body, criteria: Mapping[tuple[str, str], Body]) -> GateRow:
    facts = gate.get("facts") or {}
    metric, part = str(facts.get("metric") or ""), str(facts.get("slice") or "")
    criterion = criteria.get((metric, part)) if metric else None
    kind = str(gate["state"])
    figure, bounds = _measured(facts, criterion) if metric else ("", "")
    return GateRow(
        code=str(gate["code"]),
        kind=kind,
        word=words.GATE_WORDS.get(kind, kind),
        name=str(gate["name"]),
        rule=_rule(gate, criterion) if metric else str(gate["reason"]),
        figure=figure,
        bounds=bounds,
        next_step=str(gate.get("next_step") or ""),
        metric=metric,
        slice=part,
        run=str(facts.get("run") or ""),
        criterion=criterion,
    )


def _rule(gate: Body, criterion: Body | None) -> str:
    return rule_of(criterion) if criterion else str((gate.get("facts") or {}).get("rule") or gate["reason"])


def _measured(facts: Body, criterion: Body | None) -> tuple[str, str]:
    if facts.get("value") is None:
        return NOT_TESTED, ""
    limit = str(criterion["threshold"]) if criterion else None
    low, high, k, n = (facts.get(name) for name in ("low", "high", "k", "n"))
    bounds = figures.interval(str(low), str(high), limit) if low is not None and high is not None else ""
    if k is not None and n is not None:
        return figures.share(int(k), int(n), limit), bounds
    return figures.number(str(facts["value"])), bounds or (f"n = {figures.number(n)}" if n else "")


def _worst(fact: Body, known: Mapping[tuple[str, str], GateRow]) -> Worst:
    gate = known.get((str(fact["code"]), str(fact["name"])))
    kind = str(fact["state"])
    reason = str(fact["reason"])
    if gate is not None and gate.metric:
        reason = ". ".join(filter(None, (f"{gate.figure} {gate.bounds}".strip(), gate.rule)))
    return Worst(str(fact["name"]), reason, kind, words.GATE_WORDS.get(kind, kind))
