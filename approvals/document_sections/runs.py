"""Runs as the document prints them: who measured what, each result, the origin of each field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.board import GateRow
from approvals.document_sections.cards import Line, heading, line, pairs, side_by_side
from approvals.document_sections.measured import Result, counts, result_row, results_of, scale_of
from approvals.document_sections.origins import (
    FindingRow,
    OriginRow,
    completeness,
    finding_row,
    origin_row,
)
from approvals.document_sections.papers import Body, Papers
from registry.charts import Scale

USED: Final = {"model": "Model version", "benchmark": "Benchmark", "dataset": "Dataset"}
MOST_RESULTS: Final = 60
MOST_ORIGINS: Final = 40
PRIVATE_EXPOSURE: Final = ("never_published", "access_controlled")


@dataclass(frozen=True, slots=True)
class RunSheet:
    """A run with everything that is printed about it."""

    human_id: str
    digest: str
    title: str
    is_private: bool
    status: str
    void_reason: str
    rows: tuple[tuple[Line, ...], ...]
    circumstances: tuple[tuple[Line, ...], ...]
    not_covered: str
    conditions: tuple[tuple[Line, ...], ...]
    results: tuple[Result, ...]
    more_results: int
    origins: tuple[OriginRow, ...]
    more_origins: int
    findings: tuple[FindingRow, ...]
    completeness: str
    counts: str
    body: Body

    @property
    def conflicts(self) -> tuple[OriginRow, ...]:
        """Fields where file and uploader differ."""
        return tuple(row for row in self.origins if row.kind == "fail")


def sheets(papers: Papers, gates: Iterable[GateRow]) -> tuple[RunSheet, ...]:
    """All runs of record.json on one scale: private ones first, those that count for nothing last."""
    named = [(run, papers.body(run["digest"], f"run {run['human_id']}")) for run in papers.record["runs"]]
    gates = tuple(gates)
    scale = scale_of(papers, [body for _, body in named])
    made = [_sheet(papers, run, body, gates, scale) for run, body in named]
    return tuple(
        sorted(made, key=lambda sheet: (sheet.status != "admitted", not sheet.is_private, sheet.human_id))
    )


def used(papers: Papers, body: Body, name: str) -> tuple[str, Body]:
    """Digest and body of a catalogue record a run names."""
    digest = str(body[name]["digest"])
    return digest, papers.body(digest, f"run {body['human_id']}")


def title_of(papers: Papers, body: Body) -> tuple[str, bool]:
    """What was measured on what, and whether it is the organisation's own private evidence."""
    _, benchmark = used(papers, body, "benchmark")
    _, dataset = used(papers, body, "dataset")
    is_private = benchmark["kind"] == "private" and dataset["exposure"] in PRIVATE_EXPOSURE
    return heading(benchmark, "benchmark", "version"), is_private and body["origin_kind"] == "own"


def _sheet(papers: Papers, run: Body, body: Body, gates: Iterable[GateRow], scale: Scale) -> RunSheet:
    title, is_private = title_of(papers, body)
    human_id = str(run["human_id"])
    mine = {(gate.metric, gate.slice): gate for gate in gates if gate.run == human_id}
    proportions = {str(one["name"]) for _, one in papers.of_type("metric-definition") if one["is_proportion"]}
    results = [result_row(result, mine, scale, proportions) for result in results_of(body)]
    origins = [origin_row(origin) for origin in body.get("origins") or []]
    return RunSheet(
        human_id=human_id,
        digest=str(run["digest"]),
        title=title,
        is_private=is_private,
        status=str(run.get("status") or "admitted"),
        void_reason=str(run.get("void_reason") or ""),
        rows=side_by_side(_lines(papers, body, str(run["digest"]))),
        circumstances=side_by_side(_circumstances(papers, body)),
        not_covered=str(body.get("not_covered") or ""),
        conditions=side_by_side(pairs(papers, body.get("conditions") or {})),
        results=tuple(results[:MOST_RESULTS]),
        more_results=max(0, len(results) - MOST_RESULTS),
        origins=tuple(origins[:MOST_ORIGINS]),
        more_origins=max(0, len(origins) - MOST_ORIGINS),
        findings=tuple(finding_row(finding) for finding in body.get("findings") or []),
        completeness=completeness(body.get("completeness") or {}),
        counts=counts(results_of(body)),
        body=body,
    )


def _lines(papers: Papers, body: Body, run_digest: str) -> Iterator[Line]:
    for name, label in USED.items():
        digest, record = used(papers, body, name)
        what = heading(record, "model", "benchmark", "dataset", "version")
        yield Line(label, f"{what}, record {words.short(digest)}")
    yield Line("Measured by", papers.person(body["owner"]))
    yield Line("Sent by", papers.person(body["uploaded_by"]))
    yield Line("Kind of evidence", _kind(body))
    yield Line("Read with", f"reader {heading(body['reader'], 'name', 'version')}")
    for name in ("started_at", "finished_at", "received_at", "admitted_at"):
        yield line(papers, body, name)
    if body["corrects"]:
        yield Line("Corrects", str(body["corrects"]["human_id"]))
        yield line(papers, body, "correction_reason")
    yield Line("Submission document", str(body["submission"]["digest"]), "mono")
    yield Line("Record of this run", run_digest, "mono")


def _kind(body: Body) -> str:
    origin = {"own": "own measurement", "vendor": "the vendor's measurement"}
    measured = origin.get(str(body["origin_kind"]), str(body["origin_kind"]))
    split = words.plain(str(body["split"])).lower()
    return f"{measured}, stage {body['stage']}, split {split}"


def _circumstances(papers: Papers, body: Body) -> Iterator[Line]:
    harness = body.get("harness") or {}
    if harness:
        yield Line("Harness", heading(harness, "name", "version"))
        if harness.get("commit"):
            yield Line("Harness commit", str(harness["commit"]), "mono")
    yield from pairs(papers, body.get("environment") or {})
