"""Cards of the catalogue records a release rests on: model, data, benchmarks, metrics, way back, signals."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import board, words
from approvals.document_sections.cards import Card, card, heading, window
from approvals.document_sections.papers import Body, Papers
from registry.models import (
    BenchmarkVersion,
    DatasetVersion,
    MetricDefinition,
    ModelVersion,
    MonitoringSignal,
    RollbackArtifact,
)

COMPARISONS: Final = {"higher_is_better": "below", "lower_is_better": "above"}
MOST_CARDS: Final = 40


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One acceptance criterion."""

    metric: str
    slice: str
    rule: str
    severity: str


@dataclass(frozen=True, slots=True)
class CriteriaTable:
    """A criteria set with the time it was recorded, to be held against the runs' times."""

    title: str
    digest: str
    goal: str
    recorded: str
    order: str
    rows: tuple[CriterionRow, ...]


def models(papers: Papers) -> tuple[Card, ...]:
    """The released model version if there is one, those it was made from, and any that a run measured."""
    digests = [str(papers.release["model_digest"])] if "release" in papers.record else []
    released = digests[:1]
    for digest in digests:
        parent = papers.body(digest, "the release").get("parent")
        if parent and parent["digest"] in papers.records and parent["digest"] not in digests:
            digests.append(str(parent["digest"]))
    measured = [papers.body(run["digest"], "record.json")["model"]["digest"] for run in papers.record["runs"]]
    digests += [str(digest) for digest in dict.fromkeys(measured) if digest not in digests]
    return tuple(_model(papers, digest, is_released=digest in released) for digest in digests[:MOST_CARDS])


def datasets(papers: Papers) -> tuple[Card, ...]:
    """Every dataset the manifest or a run names."""
    return tuple(
        card(
            papers,
            digest,
            body,
            title=heading(body, "dataset", "version"),
            note=_used_by(papers, "dataset", digest),
            fields=_without(DatasetVersion.RECORD_FIELDS, "dataset", "version"),
        )
        for digest, body in _named(papers, "datasets", "dataset")
    )


def benchmarks(papers: Papers) -> tuple[Card, ...]:
    """Every benchmark the manifest or a run names."""
    return tuple(
        card(
            papers,
            digest,
            body,
            title=heading(body, "benchmark", "version"),
            note=_used_by(papers, "benchmark", digest),
            fields=_without(BenchmarkVersion.RECORD_FIELDS, "benchmark", "version"),
        )
        for digest, body in _named(papers, "datasets", "benchmark")
    )


def metrics(papers: Papers) -> tuple[Card, ...]:
    """Definitions of the metrics that criteria or results name."""
    return tuple(
        card(
            papers,
            digest,
            body,
            title=str(body["name"]),
            note="",
            fields=_without(MetricDefinition.RECORD_FIELDS, "name"),
        )
        for digest, body in papers.of_type(MetricDefinition.RECORD_TYPE)
    )[:MOST_CARDS]


def criteria(papers: Papers) -> tuple[CriteriaTable, ...]:
    """The criteria sets of the manifest; each says whether it is older than the first run received."""
    return tuple(
        _criteria(papers, entry.digest, entry.body) for entry in papers.entries("criteria", "criteria_set")
    )


def rollbacks(papers: Papers) -> tuple[Card, ...]:
    """The ways back of the manifest."""
    fields = _without(RollbackArtifact.RECORD_FIELDS, "name")
    return tuple(
        card(papers, entry.digest, entry.body, title=str(entry.body["name"]), note="", fields=fields)
        for entry in papers.entries("rollback")
    )


def signals(papers: Papers) -> tuple[Card, ...]:
    """What is watched after release."""
    fields = _without(MonitoringSignal.RECORD_FIELDS, "name")
    return tuple(
        card(
            papers,
            entry.digest,
            entry.body,
            title=str(entry.body["name"]),
            note=_alarm(entry.body),
            fields=fields,
        )
        for entry in papers.entries("monitoring")
    )


def _model(papers: Papers, digest: str, *, is_released: bool) -> Card:
    body = papers.body(digest, "the release or one of its runs")
    return card(
        papers,
        digest,
        body,
        title=heading(body, "model", "version"),
        note="The model of this release" if is_released else "Named by a run or as an origin of the model",
        fields=_without(ModelVersion.RECORD_FIELDS, "model", "version"),
    )


def _named(papers: Papers, section: str, slot: str) -> Iterator[tuple[str, Body]]:
    digests = [entry.digest for entry in papers.entries(section, slot)]
    runs = (papers.body(run["digest"], "record.json") for run in papers.record["runs"])
    digests += [str(run[slot]["digest"]) for run in runs]
    for digest in list(dict.fromkeys(digests))[:MOST_CARDS]:
        yield digest, papers.body(digest, f"{slot} of the manifest or of a run")


def _used_by(papers: Papers, name: str, digest: str) -> str:
    runs = [
        str(run["human_id"])
        for run in papers.record["runs"]
        if papers.body(run["digest"], "record.json")[name]["digest"] == digest
    ]
    return f"Used by {words.some(runs)}" if runs else "Used by no run of this pack"


def _without(fields: tuple[str, ...], *names: str) -> tuple[str, ...]:
    return tuple(field for field in fields if field not in names)


def _criteria(papers: Papers, digest: str, body: Body) -> CriteriaTable:
    received = [
        str(papers.body(run["digest"], "record.json")["received_at"]) for run in papers.record["runs"]
    ]
    first = min(received, default="")
    if not first:
        order = "No run is part of this release yet."
    else:
        when = "before" if str(body["created_at"]) < first else "after"
        order = f"Recorded {when} the first run was received ({words.moment(first)})."
    return CriteriaTable(
        title=f"{body['name']}, revision {body['revision']}",
        digest=digest,
        goal=str(body.get("goal") or ""),
        recorded=f"{words.moment(body['created_at'])}, by {papers.person(body['created_by'])}",
        order=order,
        rows=tuple(_criterion(row) for row in body["criteria"]),
    )


def _criterion(row: Body) -> CriterionRow:
    severity = "stops the release" if row.get("severity", "block") == "block" else "flags the release"
    part = str(row.get("slice") or "all items")
    return CriterionRow(str(row["metric"]), part, board.rule_of(row), severity)


def _alarm(body: Body) -> str:
    side = COMPARISONS.get(str(body["direction"]), "past")
    limit = f"{side} {body['threshold']} {body['unit']}"
    over = window(int(body.get("minimum_minutes", body["window_minutes"])))
    return f"Alarm when {body['statistic']} of {body['metric']} is {limit} over {over}"
