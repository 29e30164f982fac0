"""Make the rows of a run from what was read; saving them is admission's step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from evidence import clock
from registry.formats import lm_eval
from registry.formats.draft import Found, Quantity, RunDraft
from registry.formats.native import READER as NATIVE
from registry.measurements import MetricResultDraft
from registry.models import MetricDefinition, MetricResult, Run, RunArtifact, Submission
from registry.numbers import next_id
from registry.origins import Origin
from registry.reading import Reading
from registry.run_bodies import FINITE, RunRows


def rows_of(reading: Reading, submission: Submission, *, persons: list[str]) -> RunRows:
    """All rows of the run, unsaved and without record and statement; takes the next human id."""
    run = _run(reading, submission, persons)
    return RunRows(
        run=run,
        files=[
            RunArtifact(
                run=run,
                artifact=file.artifact,
                position=position,
                name=file.ref.name,
                role=file.ref.role,
                media_type=file.ref.media_type,
            )
            for position, file in enumerate(reading.references.files)
        ],
        results=_results(run, reading),
        rollback_artifacts=reading.references.rollback_artifacts,
        monitoring_signals=reading.references.monitoring_signals,
    )


def persons_of(reading: Reading, uploaders: list[str]) -> list[str]:
    """Natural persons behind a run: who sent it, who answers for it, who brought the files."""
    found = {*uploaders, str(reading.references.owner.pk)}
    for file in reading.references.files:
        found.update(file.artifact.responsible_persons)
    return sorted(found)


def _run(reading: Reading, submission: Submission, persons: list[str]) -> Run:
    document, references, draft = reading.document, reading.references, reading.draft
    origins = reading.result.origins
    return Run(
        project=submission.project,
        human_id=next_id(submission.project, "run_count", "RUN"),
        submission=submission,
        external_id=submission.external_id,
        owner=references.owner,
        uploaded_by=submission.received_from,
        responsible_persons=persons,
        model_version=references.model,
        benchmark_version=references.benchmark,
        dataset_version=references.dataset,
        stage=document.stage,
        origin_kind=document.origin_kind,
        split=reading.split,
        reader=draft.reader,
        reader_version=draft.reader_version,
        harness=_harness(reading),
        environment=_environment(reading),
        conditions=_conditions(reading),
        not_covered=document.not_covered,
        origins=[origin.as_dict() for origin in origins.values()],
        completeness=reading.result.completeness.as_dict(),
        findings=[finding.as_dict() for finding in reading.result.findings],
        started_at=_moment(origins["started_at"]),
        finished_at=_moment(origins["finished_at"]),
        received_at=submission.received_at,
        admitted_at=clock.now(),
        corrects=references.corrects,
        correction_reason=document.correction_reason or "",
    )


def _harness(reading: Reading) -> dict[str, str | None]:
    document, origins = reading.document, reading.result.origins
    named = document.harness.name
    return {
        "name": named or (None if document.reader == NATIVE else lm_eval.READER),
        "version": origins["harness_version"].value,
        "commit": origins["commit"].value,
        "format_version": reading.draft.format_version,
        "config_digest": document.config_digest,
    }


def _environment(reading: Reading) -> dict[str, Any]:
    stated = reading.document.canonical()["environment"]
    return {"stated": stated, "read": _texts(reading.draft.environment)}


def _conditions(reading: Reading) -> dict[str, Any]:
    draft = reading.draft
    stated = reading.document.canonical()["conditions"]
    read = {"seeds": _texts(draft.seeds), "decoding": _texts(draft.decoding)}
    return {"stated": stated, "read": read}


def _texts(found: Mapping[str, Found]) -> dict[str, str]:
    return {name: one.value for name, one in found.items()}


def _moment(origin: Origin) -> datetime | None:
    return datetime.fromisoformat(origin.value) if origin.value else None


def _results(run: Run, reading: Reading) -> list[MetricResult]:
    definitions = {row.name: row for row in reading.references.metrics}
    whole = _whole(reading.draft, reading.references.benchmark.task)
    drafts = (
        replace(draft, slice="") if draft.slice and draft.slice == whole else draft
        for draft in reading.result.metrics
    )
    return [_result(run, draft, definitions.get(draft.definition or "")) for draft in drafts]


def _whole(draft: RunDraft, task: str) -> str:
    # A harness names its task at every result; the benchmark's own task is the whole, not a slice of it.
    return next((one.name for one in draft.tasks if one.name == task), "")


def _result(run: Run, draft: MetricResultDraft, definition: MetricDefinition | None) -> MetricResult:
    return MetricResult(
        run=run,
        position=draft.position,
        metric=definition,
        name=draft.name,
        slice=draft.slice,
        statistic=draft.statistic,
        value=draft.value.lexeme or "",
        value_state=draft.value.state or FINITE,
        unit=draft.unit,
        k=draft.k,
        n=draft.n,
        stderr=_stderr(draft.stderr),
        ci_low=draft.ci_low or "",
        ci_high=draft.ci_high or "",
        ci_method=draft.ci_method or "",
        k_source=draft.k_source or "",
    )


def _stderr(stderr: Quantity | None) -> str:
    return "" if stderr is None else stderr.lexeme or stderr.state or ""
