"""Send the demonstration's runs as an engineer does: artifacts, submission document, admission."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from approvals.demonstration.evaluation import MADE, NOTES, REQUESTS, File
from approvals.demonstration.people import House
from evidence import clock, jobs, vault
from evidence.digests import sha256_bytes
from evidence.errors import BenchsealError
from evidence.jobs import Lease
from evidence.models import Job, JobState
from evidence.names import record_type
from registry import admission, artifacts, intake
from registry.models import BenchmarkVersion, DatasetVersion, ModelVersion, Run, Submission
from registry.models.runs import SubmissionState

ENGINEER = "ines"
UNFINISHED = (JobState.QUEUED, JobState.RUNNING)


class NotAdmitted(BenchsealError):
    """A run of the demonstration was refused; its files and the catalogue do not fit."""

    code = "demonstration_refused"
    status = 500
    title = "A run of the demonstration was refused"


@dataclass(frozen=True)
class Subject:
    """What a run is of: model version, benchmark and data."""

    model: ModelVersion
    benchmark: BenchmarkVersion
    dataset: DatasetVersion


def harness_run(
    house: House, external_id: str, subject: Subject, files: Sequence[File], *, metric: str, **more: Any
) -> Run:
    """A run read from lm-evaluation-harness files; `metric` is what its `acc` means here."""
    submission = harness_submission(house, external_id, subject, files, metric=metric, **more)
    return admitted(submission)


def harness_submission(
    house: House, external_id: str, subject: Subject, files: Sequence[File], *, metric: str, **more: Any
) -> Submission:
    """The same, whether it is admitted or refused."""
    document = {"reader": "lm-eval", "task_metrics": {"acc": metric}, **more}
    return _send(house, external_id, subject, files, document)


def latency_run(
    house: House, external_id: str, subject: Subject, file: File, *, metric: str, percentiles: dict[str, int]
) -> Run:
    """A run whose metrics the document states itself, with the measured times beside it."""
    metrics = [
        {"name": metric, "statistic": statistic, "value": str(value), "n": REQUESTS, "unit": "ms"}
        for statistic, value in percentiles.items()
    ]
    conditions = {"load": {"concurrency": 20}, "warm": True, "repeats": REQUESTS // NOTES}
    document = {"reader": "native", "metrics": metrics, "conditions": conditions}
    return admitted(_send(house, external_id, subject, [file], document))


def admitted(submission: Submission) -> Run:
    """The run a submission became; raises `NotAdmitted`."""
    if submission.state != SubmissionState.ADMITTED:
        messages = "; ".join(str(finding["message"]) for finding in submission.findings)
        raise NotAdmitted(f"{submission.external_id}: {messages}")
    return Run.objects.get(submission=submission)


def take(job: Job, work: Callable[[Lease], None]) -> None:
    """Do a job in this process, as a worker would; a lease left by an interrupted load is outwaited."""
    job.refresh_from_db()
    if job.state == JobState.RUNNING and job.lease_until is not None:
        left = (job.lease_until - clock.now()).total_seconds()
        threading.Event().wait(max(0.0, left))
    with jobs.taken(str(job.pk)) as lease:
        if lease is not None:
            work(lease)


def _send(
    house: House, external_id: str, subject: Subject, files: Sequence[File], document: dict[str, Any]
) -> Submission:
    # A refused submission would be received again: look for it before posting.
    found = Submission.objects.filter(project=house.project, external_id=external_id).first()
    if found is None:
        body = json.dumps({**_common(external_id, subject), **document, "artifacts": _upload(house, files)})
        principal = house.principal(ENGINEER)
        found = intake.receive(project=house.project, body=body.encode(), principal=principal).submission
    submission = found
    if submission.job is not None and submission.job.state in UNFINISHED:
        take(submission.job, lambda lease: admission.admit(submission.pk, lease))
        submission.refresh_from_db()
    return submission


def _common(external_id: str, subject: Subject) -> dict[str, Any]:
    model, benchmark, dataset = subject.model, subject.benchmark, subject.dataset
    return {
        "type": record_type("submission"),
        "external_id": external_id,
        "owner": "tobias",
        "model": {"name": model.model.name, "version": model.version},
        "benchmark": {"name": benchmark.benchmark.name, "version": benchmark.version},
        "dataset": {"name": dataset.dataset.name, "version": dataset.version},
        "stage": "selection",
        "origin_kind": "own",
        "environment": {"hardware": "Provider's endpoint", "region": "eu-central-1", "tags": {"data": MADE}},
        "conditions": {"decoding": {"temperature": 0}, "n_shot": 0},
        "not_covered": f"Handwritten notes and languages other than English. All values: {MADE}.",
    }


def _upload(house: House, files: Sequence[File]) -> list[dict[str, str]]:
    return [
        {
            "digest": _put(house, file),
            "name": file.name,
            "role": file.role,
            "media_type": file.media_type,
        }
        for file in files
    ]


def _put(house: House, file: File) -> str:
    digest = sha256_bytes(file.body)
    with vault.staged(io.BytesIO(file.body), expected_digest=digest, expected_size=len(file.body)) as staged:
        vault.move_in(staged)
        artifacts.keep(house.project, staged, media_type=file.media_type, principal=house.principal(ENGINEER))
    return digest
