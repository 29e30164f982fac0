"""Work that outlives its worker: a row is the truth, a lease says who works on it, a message only wakes.

A worker that lost its lease cannot write results: every write carries the token it was given.
"""

import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from celery import current_app
from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Q

from evidence import clock
from evidence.actors import Actor, Channel
from evidence.errors import BenchsealError
from evidence.models import Job, JobState


class LeaseLost(BenchsealError):
    """Another worker took the job over; what this one did is thrown away."""

    code = "lease_lost"
    status = 409
    title = "Job taken over"


@dataclass(frozen=True)
class Lease:
    """The right to work on a job until the token changes."""

    job: Job
    token: uuid.UUID

    def progress(self, done: int, total: int, text: str) -> None:
        """Show where the work is; raises `LeaseLost` when somebody else has it."""
        self._write(progress_done=done, progress_total=total, progress_text=text[:200])

    def finish(self, result: Mapping[str, Any]) -> None:
        """Mark done; call it inside the transaction that writes the results."""
        self._write(state=JobState.DONE, result=dict(result), finished_at=clock.now(), lease_until=None)

    def fail(self, error: Mapping[str, Any]) -> None:
        """Mark failed for good; the error stays readable."""
        self._write(state=JobState.FAILED, error=dict(error), finished_at=clock.now(), lease_until=None)

    def renew(self) -> None:
        """Push the end of the lease out."""
        self._write(lease_until=_lease_end())

    def _write(self, **values: Any) -> None:
        if not Job.objects.filter(pk=self.job.pk, token=self.token, state=JobState.RUNNING).update(**values):
            raise LeaseLost(f"Job {self.job.pk} is no longer held by this worker")


def enqueue(task: str, *, subject: str, params: Mapping[str, Any], actor: Actor) -> Job:
    """Write the job in the caller's transaction; the message leaves after the commit."""
    job = Job.objects.create(
        task=task,
        subject=subject,
        params=dict(params),
        actor_id=actor.id,
        actor_name=actor.name,
        channel=actor.channel.value,
        request_id=actor.request_id,
        created_at=clock.now(),
        sent_at=clock.now(),
    )
    transaction.on_commit(lambda: send(job), robust=True)
    return job


def actor_of(job: Job) -> Actor:
    """Who asked for the job."""
    return Actor(
        id=job.actor_id, name=job.actor_name, channel=Channel(job.channel), request_id=job.request_id
    )


def send(job: Job) -> None:
    """Wake a worker; a lost message is healed by `sweep`."""
    current_app.send_task(job.task, args=[str(job.pk)])


@contextmanager
def taken(job_id: str) -> Iterator[Lease | None]:
    """Take the job and keep its lease alive; None when another worker has it or it is over.

    A `BenchsealError` marks the job failed with its code; any other error leaves it to be
    tried again until `JOB_MAX_ATTEMPTS` is reached.
    """
    lease = _take(uuid.UUID(job_id))
    if lease is None:
        yield None
        return
    with _heartbeat(lease):
        try:
            yield lease
        except LeaseLost:
            return
        except BenchsealError as error:
            lease.fail(
                {
                    "code": error.code,
                    "title": error.title,
                    "detail": error.detail,
                    "next_step": error.next_step or "",
                }
            )
        except Exception as error:
            _give_back(lease, error)
            raise


def sweep() -> int:
    """Send again what is queued or whose lease ran out; return how many messages were sent."""
    moment = clock.now()
    stale = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    unsent = Q(sent_at__isnull=True) | Q(sent_at__lt=moment - timedelta(seconds=settings.JOB_LEASE_SECONDS))
    jobs = list(Job.objects.filter(stale, unsent, state__in=[JobState.QUEUED, JobState.RUNNING])[:100])
    for job in jobs:
        Job.objects.filter(pk=job.pk).update(sent_at=moment)
        send(job)
    return len(jobs)


def _take(job_id: uuid.UUID) -> Lease | None:
    moment, token = clock.now(), uuid.uuid4()
    free = Q(lease_until__isnull=True) | Q(lease_until__lt=moment)
    taken_rows = Job.objects.filter(
        free, pk=job_id, state__in=[JobState.QUEUED, JobState.RUNNING], attempts__lt=settings.JOB_MAX_ATTEMPTS
    ).update(state=JobState.RUNNING, token=token, lease_until=_lease_end(), attempts=F("attempts") + 1)
    if not taken_rows:
        _bury(job_id, moment)
        return None
    return Lease(job=Job.objects.get(pk=job_id), token=token)


def _bury(job_id: uuid.UUID, moment: Any) -> None:
    Job.objects.filter(
        Q(lease_until__isnull=True) | Q(lease_until__lt=moment),
        pk=job_id,
        state__in=[JobState.QUEUED, JobState.RUNNING],
        attempts__gte=settings.JOB_MAX_ATTEMPTS,
    ).update(
        state=JobState.FAILED,
        finished_at=moment,
        error={
            "code": "job_abandoned",
            "title": "The worker stopped again and again",
            "detail": f"{settings.JOB_MAX_ATTEMPTS} attempts ended without a result.",
            "next_step": "Read the worker's log, then ask for the work again.",
        },
    )


def _give_back(lease: Lease, error: Exception) -> None:
    Job.objects.filter(pk=lease.job.pk, token=lease.token).update(
        state=JobState.QUEUED,
        lease_until=None,
        error={
            "code": "internal_error",
            "title": type(error).__name__,
            "detail": "The attempt failed and is repeated.",
        },
    )


@contextmanager
def _heartbeat(lease: Lease) -> Iterator[None]:
    if connection.in_atomic_block:  # a test's transaction: no second connection could see the row
        yield
        return
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(lease, stop), daemon=True, name=f"lease-{lease.job.pk}")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(lease: Lease, stop: threading.Event) -> None:
    while not stop.wait(settings.JOB_LEASE_SECONDS / 3):
        try:
            lease.renew()
        except LeaseLost:
            break
    connection.close()


def _lease_end() -> Any:
    return clock.now() + timedelta(seconds=settings.JOB_LEASE_SECONDS)
