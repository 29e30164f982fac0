"""Verify the whole installation as a job, each day and on request, and keep what was found.

The result is an entry of the log itself; a fault also becomes an error line and a mail.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import transaction

from evidence import auditing, clock, jobs, ledger, publishing, rehashing
from evidence.actors import SYSTEM, Actor
from evidence.events import EvidenceEvent
from evidence.faults import Fault
from evidence.jobs import Lease
from evidence.models import Checkpoint, Job, JobState, Verification
from evidence.progress import Progress
from registry import alerts, history, placing, rebuilding
from registry.ledger_facts import of_verification

logger = logging.getLogger(__name__)

TASK: Final = "registry.verify_log"
SUBJECT: Final = "log"
EVERY: Final = timedelta(hours=24)
SHOWN: Final = 20
OPEN: Final = (JobState.QUEUED, JobState.RUNNING)
MOST: Final = 1000
"""Faults after which a verification stops: a count beyond helps nobody."""


def ask_when_due() -> None:
    """Ask for a verification a day after the last one, or after the log began."""
    limit = clock.now() - EVERY
    if Job.objects.filter(subject=SUBJECT, created_at__gt=limit).exists():
        return
    oldest = _oldest_checkpoint()
    if oldest is not None and oldest <= limit:
        ask(SYSTEM)


@transaction.atomic
def ask(actor: Actor) -> Job:
    """The job of a verification; one that waits or runs already is enough."""
    return newest_job(open_only=True) or jobs.enqueue(TASK, subject=SUBJECT, params={}, actor=actor)


def newest_job(*, open_only: bool = False) -> Job | None:
    """The last verification that was asked for."""
    asked = Job.objects.filter(subject=SUBJECT)
    if open_only:
        asked = asked.filter(state__in=OPEN)
    return asked.order_by("-created_at").first()


def is_open(job: Job) -> bool:
    """Whether the verification waits or runs."""
    return job.state in OPEN


def newest() -> Verification | None:
    """The last verification that ended."""
    return Verification.objects.order_by("-pk").first()


def is_overdue(last: Verification | None) -> bool:
    """Whether none ended in two days, of a log that is older."""
    limit = clock.now() - 2 * EVERY
    began = last.started_at if last else _oldest_checkpoint()
    return began is not None and began <= limit


def faults(*, against: Iterable[Path], with_files: bool, progress: Progress) -> Iterator[Fault]:
    """Everything that is wrong with log, records, rows and, if asked for, files; ever the same order.

    `against` are checkpoints kept outside: folders of them, single ones, packs.
    """
    yield from auditing.faults(against=against, progress=progress)
    yield from _lasting(progress)
    if with_files:
        yield from rehashing.faults(progress=progress)


def verify(lease: Lease) -> Verification:
    """Read everything once and record what was found; run it outside any transaction."""
    began, told = time.monotonic(), _Told(lease)
    started_at = clock.now()
    covered = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    folders = [target for target in publishing.targets() if target.is_folder]
    against = [Path(target.address) for target in folders]
    every = faults(against=against, with_files=settings.VERIFY_FILES, progress=told)
    found = list(islice(every, MOST))
    made = Verification(
        started_at=started_at,
        seconds=round(time.monotonic() - began, 3),
        entries=told.read.get("entries", 0),
        files=told.read.get("files"),
        checkpoint_size=covered,
        compared_with=[target.name for target in folders],
        fault_count=len(found),
        faults=[asdict(fault) for fault in found[:SHOWN]],
    )
    _record(made, lease)
    if found:
        alerts.log_is_faulty(made)
    return made


@transaction.atomic
def _record(made: Verification, lease: Lease) -> None:
    made.save(force_insert=True)
    ledger.append(
        EvidenceEvent.LOG_FAULTY if made.fault_count else EvidenceEvent.LOG_VERIFIED,
        f"verification:{made.pk}",
        actor=jobs.actor_of(lease.job),
        container=ledger.OF_THE_INSTALLATION,
        note=ledger.Note(new=of_verification(made)),
    )
    lease.finish({"verification": str(made.pk), "fault_count": made.fault_count})


def _oldest_checkpoint() -> datetime | None:
    return Checkpoint.objects.order_by("size").values_list("signed_at", flat=True).first()


def _lasting(progress: Progress) -> list[Fault]:
    """Rows that differ twice: one that changes between two queries differs from its entries once."""
    first = list(islice(_of_rows(progress), MOST))
    if not first or len(first) == MOST:
        return first
    again = set(_of_rows(progress))
    return [fault for fault in first if fault in again]


def _of_rows(progress: Progress) -> Iterator[Fault]:
    yield from rebuilding.faults(progress=progress)
    yield from placing.faults(progress=progress)
    yield from history.faults(progress=progress)


class _Told:
    """Shows progress on the job, once a second at most, and keeps how many of each were read."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease
        self._shown: datetime | None = None
        self.read: dict[str, int] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        self.read[what] = done
        now = clock.now()
        if self._shown is None or now - self._shown >= timedelta(seconds=1):
            self._shown = now
            self._lease.progress(done, total, what)
