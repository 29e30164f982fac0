"""A submission as a reader sees it: where it stands, what was found, what to do; reads, never admits."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from evidence.models import Job
from registry.components import Progress, ProgressState
from registry.models import Submission
from registry.presentation.words import SEVERITIES, counted

STATES = {
    "queued": ProgressState.WAITING,
    "running": ProgressState.RUNNING,
    "done": ProgressState.DONE,
    "failed": ProgressState.FAILED,
}


@dataclass(frozen=True, slots=True)
class FindingLine:
    """One finding with its place and what to do."""

    kind: str
    word: str
    code: str
    message: str
    file: str
    pointer: str
    next_step: str


def findings(stored: Iterable[Mapping[str, Any]]) -> list[FindingLine]:
    """Findings, those that refuse first."""
    order = list(SEVERITIES)
    known = [one for one in stored if one.get("severity") in SEVERITIES]
    return [_line(one) for one in sorted(known, key=lambda one: order.index(one["severity"]))]


def refusals(lines: Iterable[FindingLine]) -> int:
    """How many findings refuse the run."""
    return sum(1 for line in lines if line.kind == "fail")


def document(submission: Submission) -> dict[str, Any]:
    """The posted document; written by the sender, so only ever shown as text."""
    body: dict[str, Any] = json.loads(bytes(submission.document.body))
    return body


def document_text(submission: Submission) -> str:
    """The posted document, indented for reading."""
    return json.dumps(document(submission), indent=2, ensure_ascii=False, sort_keys=True)


def progress(submission: Submission) -> Progress:
    """The reading as a counted job; the page asks again while it runs."""
    at = [submission.project.key, submission.pk]
    job = submission.job
    title = f"Reading {submission.external_id}"
    if submission.state == "admitted":
        run = reverse("run", args=[submission.project.key, submission.run.human_id])
        return Progress(
            title=f"{submission.run.human_id} is admitted.",
            state=ProgressState.DONE,
            result_url=run,
            result_words="Open the run",
        )
    if submission.state == "refused":
        count = refusals(findings(submission.findings))
        return Progress(
            title=title,
            state=ProgressState.FAILED,
            failure=f"refused with {counted(count, 'finding')}.",
            next_step="Read the findings",
            next_url=reverse("submission", args=at) + "#findings",
        )
    return _running(title, job, reverse("submission_progress", args=at))


def _running(title: str, job: Job | None, url: str) -> Progress:
    if job is None:
        return Progress(title=title, state=ProgressState.WAITING, poll_url=url)
    state = STATES[job.state]
    return Progress(
        title=title,
        # The job is done a moment before the page is asked again: it is not over for the reader yet.
        state=ProgressState.RUNNING if state == ProgressState.DONE else state,
        step=job.progress_text,
        done=job.progress_done,
        total=job.progress_total,
        poll_url=url,
        failure=str(job.error.get("detail", "")) if state == ProgressState.FAILED else "",
        next_step=str(job.error.get("next_step", "")),
    )


def _line(stored: Mapping[str, Any]) -> FindingLine:
    kind, word = SEVERITIES[stored["severity"]]
    texts = {
        name: str(stored.get(name) or "") for name in ("code", "message", "file", "pointer", "next_step")
    }
    return FindingLine(kind=kind, word=word, **texts)
