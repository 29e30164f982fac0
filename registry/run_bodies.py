"""The canonical body of a run (docs/records.md, 3): built from rows alone, so that anyone can compare it.

Holds what was true at admission; never status, void, links or approvals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from evidence import statements
from evidence.canonical import as_set, utc_text
from evidence.names import predicate_type, record_type
from registry.models import (
    CatalogueRecord,
    MetricDefinition,
    MetricResult,
    MonitoringSignal,
    RollbackArtifact,
    Run,
    RunArtifact,
)
from registry.record_bodies import person, value_of

FINITE: Final = "finite"
STATES: Final = frozenset({"nan", "inf", "-inf", "missing"})


@dataclass(frozen=True)
class RunRows:
    """A run and its rows, saved or not; files and results in their order."""

    run: Run
    files: Sequence[RunArtifact]
    results: Sequence[MetricResult]
    rollback_artifacts: Sequence[RollbackArtifact]
    monitoring_signals: Sequence[MonitoringSignal]


def body_of(run: Run) -> dict[str, Any]:
    """The body of a stored run; a fixed number of queries."""
    return compose(
        RunRows(
            run=run,
            files=list(run.files.select_related("artifact__blob")),
            results=list(run.results.select_related("metric")),
            rollback_artifacts=list(run.rollback_artifacts.all()),
            monitoring_signals=list(run.monitoring_signals.all()),
        )
    )


def compose(rows: RunRows) -> dict[str, Any]:
    """The body of these rows."""
    return {
        "type": record_type(Run.RECORD_TYPE),
        **_identity(rows.run),
        **_references(rows),
        **_circumstances(rows.run),
        "artifacts": [_file(row) for row in rows.files],
        "metrics": [_result(row) for row in rows.results],
    }


def statement_of(rows: RunRows) -> dict[str, Any]:
    """The in-toto Statement about a run: its subject is the record, which names every file by digest."""
    run = rows.run
    predicate = {
        "id": str(run.pk),
        "human_id": run.human_id,
        "project": run.project.key,
        "submission": run.submission.document_id,
        "reader": {"name": run.reader, "version": run.reader_version},
        "received_at": utc_text(run.received_at),
        "admitted_at": utc_text(run.admitted_at),
    }
    return statements.statement([(run.human_id, run.record_id)], predicate_type("run"), predicate)


def _identity(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "human_id": run.human_id,
        "external_id": run.external_id,
        "project": run.project.key,
        "owner": person(run.owner),
        "uploaded_by": person(run.uploaded_by),
        "responsible_persons": as_set(run.responsible_persons),
        "submission": {"id": str(run.submission_id), "digest": run.submission.document_id},
        "reader": {"name": run.reader, "version": run.reader_version},
        "stage": run.stage,
        "origin_kind": run.origin_kind,
        "split": run.split,
        "received_at": utc_text(run.received_at),
        "admitted_at": utc_text(run.admitted_at),
        "corrects": value_of_run(run.corrects),
        "correction_reason": run.correction_reason,
    }


def value_of_run(run: Run | None) -> dict[str, str] | None:
    """Another run as a record names it."""
    return {"id": str(run.pk), "human_id": run.human_id, "digest": run.record_id} if run else None


def _references(rows: RunRows) -> dict[str, Any]:
    run = rows.run
    used = {row.metric.pk: row.metric for row in rows.results if row.metric is not None}
    return {
        "model": _named(run.model_version),
        "benchmark": _named(run.benchmark_version),
        "dataset": _named(run.dataset_version),
        "metric_definitions": as_set(_named(row) for row in used.values()),
        "rollback_artifacts": as_set(_named(row) for row in rows.rollback_artifacts),
        "monitoring_signals": as_set(_named(row) for row in rows.monitoring_signals),
    }


def _named(row: CatalogueRecord) -> dict[str, str]:
    found: dict[str, str] = value_of(row)
    return {"name": str(row), **found}


def _circumstances(run: Run) -> dict[str, Any]:
    return {
        "harness": run.harness,
        "environment": run.environment,
        "conditions": run.conditions,
        "not_covered": run.not_covered,
        "origins": run.origins,
        "completeness": run.completeness,
        "findings": run.findings,
        "started_at": utc_text(run.started_at) if run.started_at else None,
        "finished_at": utc_text(run.finished_at) if run.finished_at else None,
    }


def _file(row: RunArtifact) -> dict[str, Any]:
    return {
        "digest": row.artifact.blob_id,
        "size": row.artifact.blob.size,
        "media_type": row.media_type,
        "name": row.name,
        "role": row.role,
    }


def _result(row: MetricResult) -> dict[str, Any]:
    definition: MetricDefinition | None = row.metric
    return {
        "name": row.name,
        "slice": row.slice,
        "statistic": row.statistic,
        "definition": definition.name if definition else None,
        "unit": row.unit,
        "value": row.value if row.value_state == FINITE else {"state": row.value_state},
        "k": row.k,
        "n": row.n,
        "k_source": row.k_source or None,
        "stderr": _stderr(row.stderr),
        "interval": _interval(row),
    }


def _stderr(text: str) -> str | dict[str, str] | None:
    # The column holds a number as its source wrote it, or the name of a state, or nothing.
    return {"state": text} if text in STATES else text or None


def _interval(row: MetricResult) -> dict[str, str] | None:
    if not row.ci_method:
        return None
    return {"low": row.ci_low, "high": row.ci_high, "method": row.ci_method, "confidence": "0.95"}
