"""Artifacts, submissions and runs as the log tells of them; what a run measured is in its record."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from evidence.histories import Told
from evidence.replaying import History, latest
from registry.events import RegistryEvent as Event
from registry.ledger_facts import of_artifact, of_run, of_submission
from registry.models import Artifact, Run, Submission
from registry.models.runs import RunStatus, SubmissionState


def histories() -> Iterator[History]:
    """Bytes, what was posted, and what became of it."""
    yield History(
        word="artifact",
        rows=Artifact.objects.select_related("project", "blob"),
        begins=frozenset({Event.ARTIFACT_STORED}),
        state=of_artifact,
    )
    yield History(
        word="submission",
        rows=Submission.objects.select_related("project"),
        begins=frozenset({Event.SUBMISSION_RECEIVED}),
        changes=frozenset({Event.SUBMISSION_REFUSED}),
        state=_submission_state,
        replay=_submission,
    )
    yield History(
        word="run",
        rows=Run.objects.select_related("voided_by"),
        begins=frozenset({Event.RUN_ADMITTED}),
        changes=frozenset({Event.RUN_VOIDED}),
        state=_run_state,
        replay=_run,
    )


def _submission_state(row: Submission) -> dict[str, Any]:
    return {
        **of_submission(row),
        "document": row.document_id,
        "is_refused": row.state == SubmissionState.REFUSED,
    }


def _submission(told: Sequence[Told]) -> dict[str, Any]:
    documents = [entry.record for entry in told if entry.record is not None]
    refused = any(entry.kind == Event.SUBMISSION_REFUSED for entry in told)
    return {
        **latest(told),
        **({"document": documents[0]} if documents else {}),
        "is_refused": refused,
    }


def _run_state(run: Run) -> dict[str, Any]:
    return {
        **of_run(run),
        "record": run.record_id,
        "statement": run.statement_id,
        "void_reason": run.void_reason,
    }


def _run(told: Sequence[Told]) -> dict[str, Any]:
    found = {"status": str(RunStatus.ADMITTED), "void_reason": "", **latest(told)}
    for entry in told:
        if entry.kind == Event.RUN_VOIDED:
            found["void_reason"] = entry.reason or ""
        elif entry.record is not None:
            found |= {"record": entry.record, "statement": entry.statement}
    return found
