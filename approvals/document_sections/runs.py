"""Runs as the document prints them: who measured what, each result, the origin of each field."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
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
    sources,
)
from approvals.document_sections.papers import Body, Papers
from registry.charts import Scale

USED: Final = {"model": "Model version", "benchmark": "Benchmark", "dataset": "Dataset"}
MOST_RESULTS: Final = 60
MOST_ORIGINS: Final = 40
MOST_SHEETS: Final = 12
MOST_LISTED: Final = 1000
MOST_GROUPS: Final = 12
MOST_NAMED: Final = 8
LONG_CELL: Final = 40
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
    results: tuple[Result, ...]
    more_results: int
    origins: tuple[OriginRow, ...]
    more_origins: int
    source_rows: tuple[tuple[Line, ...], ...]
    findings: tuple[FindingRow, ...]
    completeness: str
    counts: str
    body: Body


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in one line; `kind` and `word` say what a reader should know about it first."""

    human_id: str
    title: str
    evidence: str
    headline: str
    kind: str
    word: str
    is_printed: bool


@dataclass(frozen=True, slots=True)
class NotCovered:
    """What some runs say nothing about, and the conditions they share."""

    runs: str
    not_covered: str
    conditions: tuple[tuple[Line, ...], ...]


Named = list[tuple[Body, Body]]


def named(papers: Papers) -> Named:
    """Every run of record.json with its record."""
    return [(run, papers.body(run["digest"], f"run {run['human_id']}")) for run in papers.record["runs"]]


def sheets(papers: Papers, gates: Iterable[GateRow]) -> tuple[RunSheet, ...]:
    """The runs printed in full, on one scale: private ones first, those that count for nothing last."""
    gates = tuple(gates)
    found = named(papers)
    scale = scale_of(papers, [body for _, body in found])
    made = [_sheet(papers, run, body, gates, scale) for run, body in _telling(papers, found, gates)]
    return tuple(
        sorted(made, key=lambda sheet: (sheet.status != "admitted", not sheet.is_private, sheet.human_id))
    )


def lines(papers: Papers, gates: Iterable[GateRow]) -> tuple[RunLine, ...]:
    """All runs, one line each, the telling ones first; no more than 1,000."""
    gates, found = tuple(gates), named(papers)
    shown = {run["human_id"] for run, _ in _telling(papers, found, gates)}
    deciding = {gate.run for gate in gates}
    ordered = sorted(found, key=lambda one: _rank(papers, one[0], one[1], deciding))
    return tuple(_line(papers, run, body, deciding, shown) for run, body in ordered[:MOST_LISTED])


def not_covered(papers: Papers) -> tuple[tuple[NotCovered, ...], int]:
    """Runs that state the same limits together, and how many further groups there are."""
    groups: dict[str, list[tuple[Body, Body]]] = {}
    for run, body in named(papers):
        key = repr((body.get("not_covered"), sorted((body.get("conditions") or {}).items())))
        groups.setdefault(key, []).append((run, body))
    made = [
        NotCovered(
            runs=words.some(str(run["human_id"]) for run, _ in members),
            not_covered=str(members[0][1].get("not_covered") or ""),
            conditions=side_by_side(pairs(papers, members[0][1].get("conditions") or {})),
        )
        for members in list(groups.values())[:MOST_GROUPS]
    ]
    return tuple(made), max(0, len(groups) - MOST_GROUPS)


def conflicts_of(body: Body) -> tuple[OriginRow, ...]:
    """Fields of a run where file and uploader differ."""
    return tuple(origin_row(one) for one in body.get("origins") or [] if one.get("state") == "conflict")


def _telling(papers: Papers, found: Named, gates: Iterable[GateRow]) -> Named:
    """At most 12 runs: those that decide a gate, void ones, those with conflicts or flags, then others."""
    deciding = {gate.run for gate in gates}
    return sorted(found, key=lambda one: _rank(papers, one[0], one[1], deciding))[:MOST_SHEETS]


def _rank(papers: Papers, run: Body, body: Body, deciding: Container[str]) -> tuple[int, bool, str]:
    human_id = str(run["human_id"])
    order = ("decides", "void", "conflict", "flag", "").index(_mark(run, body, deciding))
    return order, not title_of(papers, body)[1], human_id


def _mark(run: Body, body: Body, deciding: Container[str]) -> str:
    if run["status"] != "admitted":
        return "void"
    if str(run["human_id"]) in deciding:
        return "decides"
    if any(one.get("state") == "conflict" for one in body.get("origins") or []):
        return "conflict"
    return "flag" if any(one.get("severity") != "note" for one in body.get("findings") or []) else ""


MARKS: Final = {
    "decides": ("pass", "Decides a gate"),
    "void": ("fail", "Void"),
    "conflict": ("flag", "Conflict"),
    "flag": ("flag", "Flagged"),
    "": ("open", "Admitted"),
}


def _line(papers: Papers, run: Body, body: Body, deciding: Container[str], shown: Container[str]) -> RunLine:
    title, is_private = title_of(papers, body)
    kind, word = MARKS[_mark(run, body, deciding)]
    return RunLine(
        human_id=str(run["human_id"]),
        title=words.clipped(title, LONG_CELL),
        evidence="private" if is_private else "public or vendor",
        headline=words.clipped(str(run["headline"]), LONG_CELL),
        kind=kind,
        word=word,
        is_printed=run["human_id"] in shown,
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
    doubtful = [row for row in origins if row.kind]
    return RunSheet(
        human_id=human_id,
        digest=str(run["digest"]),
        title=title,
        is_private=is_private,
        status=str(run.get("status") or "admitted"),
        void_reason=str(run.get("void_reason") or ""),
        rows=side_by_side(_lines(papers, body, str(run["digest"]))),
        circumstances=side_by_side(_circumstances(papers, body)),
        results=tuple(results[:MOST_RESULTS]),
        more_results=max(0, len(results) - MOST_RESULTS),
        origins=tuple(doubtful[:MOST_ORIGINS]),
        more_origins=max(0, len(doubtful) - MOST_ORIGINS),
        source_rows=side_by_side(sources(origins)),
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
