"""Criteria slices against what was measured; a slice without a result says NOT TESTED, never zero."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from approvals.gate import Gate
from approvals.presentation import criterion_words
from approvals.presentation.labels import first_capital

ALL_ITEMS = "All items"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One cell. `text` is set where the figure is no rate; `is_asked` where a criterion names the pair."""

    is_asked: bool = True
    is_tested: bool = True
    is_failing: bool = False
    k: int | None = None
    n: int | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    limit: Decimal | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class CoverageRow:
    """A metric and its cells, one a slice."""

    metric: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Coverage:
    """The matrix; `has_slices` is false where criteria look at all items at once."""

    slices: tuple[str, ...]
    rows: tuple[CoverageRow, ...]
    has_slices: bool
    untested: int


def coverage(gates: Iterable[Gate], rates: Iterable[str] = ()) -> Coverage | None:
    """The matrix of a release's criteria; None where no criteria are set."""
    criteria = [gate for gate in gates if gate.verdict is not None]
    if not criteria:
        return None
    known = frozenset(rates)
    cells: dict[tuple[str, str], Cell] = {}
    for gate in criteria:
        if gate.verdict is not None:
            # Gates come worst first: of several limits on one pair the nearest speaks.
            cells.setdefault((gate.verdict.metric, gate.verdict.slice), _cell(gate, known))
    slices = sorted({name for _, name in cells})
    rows = [
        CoverageRow(
            first_capital(metric),
            tuple(cells.get((metric, name), Cell(is_asked=False)) for name in slices),
        )
        for metric in sorted({metric for metric, _ in cells})
    ]
    return Coverage(
        slices=tuple(name or ALL_ITEMS for name in slices),
        rows=tuple(rows),
        has_slices=slices != [""],
        untested=_untested(list(cells.values())),
    )


def _cell(gate: Gate, rates: frozenset[str]) -> Cell:
    verdict = gate.verdict
    if verdict is None or verdict.measured is None:
        return Cell(is_tested=False)
    measured, failing = verdict.measured, verdict.state == "fail"
    if criterion_words.is_rate(verdict, rates):
        return Cell(
            is_failing=failing,
            k=measured.k,
            n=measured.n,
            low=measured.low,
            high=measured.high,
            limit=verdict.threshold,
        )
    return Cell(is_failing=failing, text=criterion_words.measured_words(verdict)[0])


def _untested(cells: Sequence[Cell]) -> int:
    return sum(not cell.is_tested for cell in cells)
