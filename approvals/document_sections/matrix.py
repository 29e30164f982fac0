"""Criteria against runs: for each criterion the runs that measured it, or NOT TESTED."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Final

from approvals.document_sections import board, words
from approvals.document_sections.board import GateRow
from approvals.document_sections.measured import Result, result_row, results_of, scale_of
from approvals.document_sections.papers import Body, Papers
from approvals.document_sections.runs import Named, named, title_of
from registry.charts import Scale

MOST_CELLS: Final = 4


@dataclass(frozen=True, slots=True)
class Cell:
    """One run's value for a criterion; `role` says whether a gate rests on it."""

    run: str
    role: str
    result: Result


@dataclass(frozen=True, slots=True)
class CriterionResults:
    """A criterion with what was measured for it; `more` runs measured it as well."""

    metric: str
    slice: str
    rule: str
    kind: str
    word: str
    cells: tuple[Cell, ...]
    more: int

    @property
    def height(self) -> int:
        """How many rows it takes."""
        return len(self.cells) or 1


Found = list[tuple[Body, Body, Body]]


def criteria_by_run(papers: Papers, gates: Iterable[GateRow]) -> tuple[CriterionResults, ...]:
    """Every criterion of the manifest, in its order; the run that decides comes first."""
    runs = named(papers)
    scale = scale_of(papers, [body for _, body in runs])
    measured = _by_place(runs)
    decided = {(gate.metric, gate.slice): gate for gate in gates if gate.metric}
    return tuple(
        _row(papers, place, criterion, decided.get(place), measured.get(place, []), scale)
        for place, criterion in board.criteria_by_place(papers).items()
    )


def tested(rows: Sequence[CriterionResults]) -> str:
    """`Of 5 criteria 4 were measured and 1 is NOT TESTED.`"""
    untested = sum(1 for row in rows if not row.cells)
    measured = words.counted(len(rows) - untested, "was measured", "were measured")
    return (
        f"Of {words.counted(len(rows), 'criterion', 'criteria')} {measured} and "
        f"{words.counted(untested, 'is', 'are')} NOT TESTED."
    )


def _by_place(runs: Named) -> dict[tuple[str, str], Found]:
    places: dict[tuple[str, str], Found] = {}
    for run, body in runs:
        for result in results_of(body):
            name = str(result.get("definition") or result["name"])
            places.setdefault((name, str(result.get("slice") or "")), []).append((run, body, result))
    return places


def _row(
    papers: Papers,
    place: tuple[str, str],
    criterion: Body,
    gate: GateRow | None,
    found: Found,
    scale: Scale,
) -> CriterionResults:
    # A run may state several statistics of one metric and slice: their order in the run stays.
    cells = sorted(_cells(papers, place, gate, found, scale), key=itemgetter(0, 1))
    return CriterionResults(
        metric=place[0],
        slice=place[1],
        rule=board.rule_of(criterion),
        kind=gate.kind if gate else "open",
        word=gate.word if gate else "Not judged",
        cells=tuple(cell for _, _, cell in cells[:MOST_CELLS]),
        more=max(0, len(found) - MOST_CELLS),
    )


def _cells(
    papers: Papers, place: tuple[str, str], gate: GateRow | None, found: Found, scale: Scale
) -> Iterator[tuple[int, str, Cell]]:
    for run, body, result in found:
        human_id = str(run["human_id"])
        order, role = _role(papers, run, body, gate)
        held = {place: gate} if gate and gate.run == human_id else {}
        yield order, human_id, Cell(human_id, role, result_row(result, held, scale, ()))


def _role(papers: Papers, run: Body, body: Body, gate: GateRow | None) -> tuple[int, str]:
    if gate and gate.run == run["human_id"]:
        return 0, "decides"
    if run["status"] != "admitted":
        return 3, "void, counts for nothing"
    if title_of(papers, body)[1]:
        return 1, "private, does not decide"
    return 2, "public or vendor, cannot decide"
