"""Runs as the document prints them: who measured what, each result, the origin of each field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.board import GateRow, limit_of
from approvals.document_sections.cards import Line, heading, line, pairs
from approvals.document_sections.papers import Body, Papers
from registry import charts, figures
from registry.charts import IntervalPlot, Scale

USED: Final = {"model": "Model version", "benchmark": "Benchmark", "dataset": "Dataset"}
ORIGIN_WORDS: Final = {"file": "file", "uploader": "uploader", "both": "file and uploader agree"}
COUNT_WORDS: Final = {
    "samples": "k counted from the samples file",
    "value": "k is value times n",
    "document": "k as the submission states it",
}
MOST_RESULTS: Final = 60
MOST_ORIGINS: Final = 40
PRIVATE_EXPOSURE: Final = ("never_published", "access_controlled")


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


@dataclass(frozen=True, slots=True)
class OriginRow:
    """One field of a run: its value and where it came from; a conflict shows both sides."""

    field: str
    value: str
    source: str
    place: str
    kind: str
    file_value: str = ""
    uploader_value: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something the reader or a rule said about a run."""

    code: str
    message: str
    place: str
    severity: str


@dataclass(frozen=True, slots=True)
class RunSheet:
    """A run with everything that is printed about it."""

    human_id: str
    digest: str
    title: str
    is_private: bool
    status: str
    void_reason: str
    lines: tuple[Line, ...]
    circumstances: tuple[Line, ...]
    not_covered: str
    conditions: tuple[Line, ...]
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
    """All runs of record.json, private ones first, on one scale."""
    named = [(run, papers.body(run["digest"], f"run {run['human_id']}")) for run in papers.record["runs"]]
    gates = tuple(gates)
    scale = scale_of(papers, [body for _, body in named])
    made = [_sheet(papers, run, body, gates, scale) for run, body in named]
    return tuple(sorted(made, key=lambda sheet: (not sheet.is_private, sheet.human_id)))


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


def results_of(body: Body) -> list[Body]:
    """The measured values of a run record."""
    found: list[Body] = body["metrics"]
    return found


def used(papers: Papers, body: Body, name: str) -> tuple[str, Body]:
    """Digest and body of a catalogue record a run names."""
    digest = str(body[name]["digest"])
    return digest, papers.body(digest, f"run {body['human_id']}")


def has_counts(result: Body) -> bool:
    """Whether a result is k of n with n above zero."""
    return isinstance(result.get("k"), int) and isinstance(result.get("n"), int) and int(result["n"]) > 0


def bounds_of(result: Body) -> tuple[str, str] | None:
    """The 95% interval of a result, where it has one."""
    interval = result.get("interval")
    if not isinstance(interval, Mapping) or interval.get("low") is None:
        return None
    return str(interval["low"]), str(interval["high"])


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
    results = [_result(result, mine, scale) for result in results_of(body)]
    origins = [_origin(origin) for origin in body.get("origins") or []]
    return RunSheet(
        human_id=human_id,
        digest=str(run["digest"]),
        title=title,
        is_private=is_private,
        status=str(run.get("status") or "admitted"),
        void_reason=str(run.get("void_reason") or ""),
        lines=tuple(_lines(papers, body, str(run["digest"]))),
        circumstances=tuple(_circumstances(papers, body)),
        not_covered=str(body.get("not_covered") or ""),
        conditions=tuple(pairs(papers, body.get("conditions") or {})),
        results=tuple(results[:MOST_RESULTS]),
        more_results=max(0, len(results) - MOST_RESULTS),
        origins=tuple(origins[:MOST_ORIGINS]),
        more_origins=max(0, len(origins) - MOST_ORIGINS),
        findings=tuple(_finding(finding) for finding in body.get("findings") or []),
        completeness=_completeness(body.get("completeness") or {}),
        counts=_counts(results_of(body)),
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
        yield Line("Harness", heading(harness, "name", "version", "commit"))
    yield from pairs(papers, body.get("environment") or {})


def _result(result: Body, gates: Mapping[tuple[str, str], GateRow], scale: Scale) -> Result:
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
        note=_note(result, is_state),
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


def _note(result: Body, is_state: bool) -> str:
    if is_state:
        return "stored as this state; no criterion on it can pass"
    parts = []
    if has_counts(result):
        parts.append(COUNT_WORDS.get(str(result.get("k_source")), ""))
    elif result.get("n") is not None:
        parts.append(f"n = {figures.number(result['n'])}, k is missing, so no interval is shown")
    stderr = result.get("stderr")
    if isinstance(stderr, str):
        parts.append(f"standard error as imported {stderr}")
    if result.get("is_group"):
        parts.append("a group score, no gate uses it")
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


def _origin(origin: Body) -> OriginRow:
    state = str(origin.get("state"))
    place = " ".join(filter(None, (str(origin.get("file") or ""), str(origin.get("pointer") or ""))))
    field = words.plain(str(origin.get("field")))
    if state == "conflict":
        return OriginRow(
            field=field,
            value=str(origin.get("value") or ""),
            source="conflict",
            place=place,
            kind="fail",
            file_value=str(origin.get("file_value") or ""),
            uploader_value=str(origin.get("uploader_value") or ""),
            reason=str(origin.get("override_reason") or ""),
        )
    if state == "missing":
        return OriginRow(field, words.NOT_RECORDED, "missing", "", "flag")
    return OriginRow(field, _value(origin), ORIGIN_WORDS.get(state, state), place, "")


def _value(origin: Body) -> str:
    value = str(origin.get("value") or "")
    return words.moment(value) if str(origin.get("field")).endswith("_at") and "T" in value else value


def _finding(finding: Body) -> FindingRow:
    place = " ".join(filter(None, (str(finding.get("file") or ""), str(finding.get("pointer") or ""))))
    severity = str(finding.get("severity") or "flag")
    return FindingRow(str(finding.get("code")), str(finding.get("message")), place, severity)


def _completeness(found: Body) -> str:
    if "total" not in found:
        return ""
    missing = words.listed(words.plain(str(name)).lower() for name in found.get("missing") or [])
    said_missing = f"; missing: {missing}" if missing else ""
    return f"{found['present']} of {found['total']} parts of the reproducibility bundle{said_missing}"


def _counts(results: list[Body]) -> str:
    states = sum(1 for one in results if isinstance(one.get("value"), Mapping))
    intervals = sum(1 for one in results if not isinstance(one.get("value"), Mapping) and bounds_of(one))
    others = len(results) - states - intervals
    return (
        f"{words.counted(len(results), 'result')}: {intervals} with an interval, {others} without, "
        f"{states} not a number"
    )
