"""Gates as rows with figure, interval and plot; must never round a figure across its limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from approvals import waiving
from approvals.criteria import Verdict
from approvals.gate import Gate, GateState
from approvals.presentation.criterion_words import is_rate, limit_figure, measured_words, rule_words
from approvals.presentation.labels import GATE_WORDS, first_capital, listed
from registry.charts import (
    Bound,
    IntervalPlot,
    Limit,
    OutsideScale,
    Scale,
    interval_plot,
    rate_scale,
    zero_scale,
)

BOUNDS: Final = {">=": Bound.AT_LEAST, ">": Bound.ABOVE, "<=": Bound.AT_MOST, "<": Bound.BELOW}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateRow:
    """One row of the gate board, as `components/gate_row.html` shows it."""

    kind: str
    word: str
    name: str
    rule: str = ""
    measured: str = ""
    beside: str = ""
    what: str = ""
    plot: IntervalPlot | None = None
    code: str = ""
    criterion: str = ""
    waiver: str = ""
    """Human id of the waiver that sets it aside."""
    asked: str = ""
    """Human id of the waiver that was asked for and not decided."""


@dataclass(frozen=True, slots=True)
class GateCounts:
    """How many gates say what."""

    total: int
    passes: int
    flagged: int
    waived: int
    fails: int

    @property
    def words(self) -> str:
        """`11 pass, 2 are flagged, 1 is waived and none fails`."""
        parts = [f"{self.passes} {'passes' if self.passes == 1 else 'pass'}"]
        parts += [_be(self.flagged, "flagged")] if self.flagged else []
        parts += [_be(self.waived, "waived")] if self.waived else []
        parts.append(f"{self.fails or 'none'} {'fail' if self.fails > 1 else 'fails'}")
        return listed(parts)

    @property
    def kind(self) -> str:
        """The kind of the worst gate."""
        return "fail" if self.fails else "waived" if self.waived else "flag" if self.flagged else "pass"

    @property
    def worst(self) -> str:
        """`1 fails`, `2 waived`, `1 flag` or `9 pass`: what a list shows first."""
        if self.fails:
            return f"{self.fails} {'fails' if self.fails == 1 else 'fail'}"
        if self.waived:
            return f"{self.waived} waived"
        if self.flagged:
            return f"{self.flagged} {'flag' if self.flagged == 1 else 'flags'}"
        return f"{self.passes} pass"


@dataclass(frozen=True, slots=True)
class GateBoard:
    """Measured criteria first, then what must be there; each in the order of the gates."""

    criteria: tuple[GateRow, ...]
    completeness: tuple[GateRow, ...]
    counts: GateCounts


def board(
    gates: Sequence[Gate], rates: Iterable[str] = (), asked: Mapping[tuple[str, str], str] | None = None
) -> GateBoard:
    """Rows of all gates. `rates` names the metrics that are proportions, `asked` the waivers that wait."""
    waits = asked or {}
    known = frozenset(rates)
    measured = [gate for gate in gates if gate.verdict is not None]
    scales = _scales([gate.verdict for gate in measured if gate.verdict is not None], known)
    return GateBoard(
        criteria=tuple(
            _asked(_criterion(gate, gate.verdict, scales, known), waits) for gate in measured if gate.verdict
        ),
        completeness=tuple(_asked(_completeness(gate), waits) for gate in gates if gate.verdict is None),
        counts=counts_of(str(gate.state) for gate in gates),
    )


def counts_of(states: Iterable[str]) -> GateCounts:
    """Counted states of gates."""
    found = list(states)
    return GateCounts(
        total=len(found),
        passes=found.count(GateState.PASS),
        flagged=found.count(GateState.FLAG),
        waived=found.count(GateState.WAIVED),
        fails=found.count(GateState.FAIL),
    )


def _asked(row: GateRow, waits: Mapping[tuple[str, str], str]) -> GateRow:
    return replace(row, asked=waits.get((row.code, row.criterion), ""))


def _criterion(gate: Gate, verdict: Verdict, scales: dict[str, Scale], rates: frozenset[str]) -> GateRow:
    rate = is_rate(verdict, rates)
    figure, beside = measured_words(verdict)
    return GateRow(
        kind=str(gate.state),
        word=GATE_WORDS[gate.state],
        name=first_capital(gate.name),
        rule=". ".join(filter(None, (rule_words(verdict, rate=rate), _missing(gate, verdict)))),
        measured=figure,
        beside=beside,
        plot=_plot(gate, verdict, scales, rate=rate, said=f"{figure} {beside}".strip()),
        code=gate.code,
        criterion=waiving.criterion_of(gate),
        waiver=str(gate.facts.get("waiver", "")),
    )


def _missing(gate: Gate, verdict: Verdict) -> str:
    return gate.next_step if verdict.measured is None else ""


def _completeness(gate: Gate) -> GateRow:
    return GateRow(
        kind=str(gate.state),
        word=GATE_WORDS[gate.state],
        name=gate.name,
        rule=gate.next_step if gate.state != GateState.PASS else "",
        what=gate.reason,
        code=gate.code,
        waiver=str(gate.facts.get("waiver", "")),
    )


def _plot(
    gate: Gate, verdict: Verdict, scales: dict[str, Scale], *, rate: bool, said: str
) -> IntervalPlot | None:
    scale = scales.get(_scale_key(verdict, rate=rate))
    if scale is None:
        return None
    limit = Limit(verdict.threshold, BOUNDS[verdict.operator], limit_figure(verdict, rate=rate))
    measured = verdict.measured
    try:
        return interval_plot(
            label=f"{gate.name}: {said}, limit {limit.words}",
            scale=scale,
            value=_point(verdict, rate=rate),
            low=measured.low if measured and rate else None,
            high=measured.high if measured and rate else None,
            limit=limit,
            state=str(gate.state),
        )
    except OutsideScale:
        # A negative value or a limit beyond 100% has no place on the scale; the figure says it.
        return None


def _point(verdict: Verdict, *, rate: bool) -> Decimal | None:
    return verdict.measured.value if rate and verdict.measured is not None else verdict.compared


def _scales(verdicts: Sequence[Verdict], rates: frozenset[str]) -> dict[str, Scale]:
    values: dict[str, list[Decimal]] = {}
    for verdict in verdicts:
        key = _scale_key(verdict, rate=is_rate(verdict, rates))
        values.setdefault(key, []).extend(_numbers(verdict))
    return {key: rate_scale(found) if key == "rate" else zero_scale(found) for key, found in values.items()}


def _scale_key(verdict: Verdict, *, rate: bool) -> str:
    return "rate" if rate else (verdict.measured.unit if verdict.measured else verdict.metric)


def _numbers(verdict: Verdict) -> Iterable[Decimal]:
    measured = verdict.measured
    found = (measured.value, measured.low, measured.high) if measured else ()
    return [value for value in (*found, verdict.compared, verdict.threshold) if value is not None]


def _be(count: int, what: str) -> str:
    return f"{count} {'is' if count == 1 else 'are'} {what}"
