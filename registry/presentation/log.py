"""The log as a reader sees it: head, places it is published to, what verifications found; reads only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse

from evidence import publishing
from evidence.canonical import base64_text
from evidence.histories import stored_bytes
from evidence.models import Checkpoint, Job, Publication, UnsealedEntry, Verification
from registry import log_verification
from registry.components import Progress
from registry.presentation.submissions import STATES
from registry.presentation.words import counted


@dataclass(frozen=True, slots=True)
class Head:
    """The newest checkpoint; `root` is base64 as the note has it."""

    size: int
    root: str
    note: str
    signed_at: datetime


@dataclass(frozen=True, slots=True)
class TargetLine:
    """One place that checkpoints are brought to."""

    name: str
    kind: str
    word: str
    size: int | None
    published_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class VerificationLine:
    """One verification; `faults` are (where, what), none for who may not read them."""

    row: Verification
    kind: str
    word: str
    compared_with: str
    faults: list[tuple[str, str]]
    hidden: int


@dataclass(frozen=True, slots=True)
class Notice:
    """What stands above everything else on the page."""

    kind: str
    title: str
    body: str


def head() -> Head | None:
    """The newest checkpoint, if there is one."""
    row = Checkpoint.objects.order_by("-size").first()
    if row is None:
        return None
    return Head(row.size, base64_text(stored_bytes(row.root)), row.note, row.signed_at)


def is_sealed() -> bool:
    """Whether nothing waits to be sealed."""
    return not UnsealedEntry.objects.exists()


def targets(size: int) -> list[TargetLine]:
    """Each target of the settings, with how far it got."""
    known = {row.target: row for row in Publication.objects.all()}
    return [_target(target.name, known.get(target.name), size) for target in publishing.targets()]


def line(row: Verification, *, names_faults: bool) -> VerificationLine:
    """A verification; what was wrong only for who may read it."""
    faults = [(str(fault["where"]), str(fault["what"])) for fault in row.faults] if names_faults else []
    sound = row.fault_count == 0
    return VerificationLine(
        row=row,
        kind="pass" if sound else "fail",
        word="Sound" if sound else counted(row.fault_count, "fault"),
        compared_with=", ".join(row.compared_with),
        faults=faults,
        hidden=row.fault_count - len(faults),
    )


def notices(newest: Verification | None, job: Job | None) -> list[Notice]:
    """What a reader must not miss, worst first."""
    found = []
    if newest is not None and newest.fault_count:
        what = f"The last verification found {counted(newest.fault_count, 'fault')}."
        found.append(Notice("fail", what, "Do not rely on this installation before each one is explained."))
    if job is not None and job.state == "failed":
        failure = job.error.get("detail") or job.error.get("title") or "The job failed."
        found.append(Notice("fail", "The last verification did not finish.", failure))
    if log_verification.is_overdue(newest):
        found.append(
            Notice("flag", "No verification ended in the last two days.", "See that a worker is running.")
        )
    return found


def progress(job: Job) -> Progress:
    """A verification under way or just over; the page asks again while it runs."""
    return Progress(
        title="Verifying the installation" if job.finished_at is None else "The verification is over.",
        state=STATES[job.state],
        step=job.progress_text if job.state == "running" else "",
        done=job.progress_done,
        total=job.progress_total,
        poll_url=reverse("log_progress"),
        failure=str(job.error.get("title", "")),
        next_step=str(job.error.get("next_step", "")),
        result_url=reverse("log"),
        result_words="Show what it found",
    )


def origin() -> str:
    """The name of the log."""
    return settings.LOG_ORIGIN


def _target(name: str, row: Publication | None, size: int) -> TargetLine:
    if row is None:
        return TargetLine(name, "wait", "Nothing yet", None, None, "")
    kind, word = ("pass", "Up to date") if row.size == size else ("open", "On its way")
    if row.error:
        kind, word = "fail", "Failing"
    return TargetLine(name, kind, word, row.size, row.published_at, row.error)
