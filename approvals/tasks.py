"""Tasks of approvals: they take a job id and call the step, nothing else."""

from celery import shared_task

from approvals import dossier, lock_alerts, reminder_mails
from approvals.pack_requests import TASK
from evidence import jobs


@shared_task(name=TASK)  # type: ignore[untyped-decorator]  # reason: celery ships no types
def seal_pack(job_id: str) -> None:
    """Build and issue a pack."""
    with jobs.taken(job_id) as lease:
        if lease is not None:
            dossier.seal_pack(lease)


@shared_task(name=lock_alerts.TASK)  # type: ignore[untyped-decorator]  # reason: celery ships no types
def tell_of_lock(job_id: str) -> None:
    """Mail the administrators that signing is locked for somebody."""
    with jobs.taken(job_id) as lease:
        if lease is not None:
            lock_alerts.tell(lease)


@shared_task(name=reminder_mails.TASK)  # type: ignore[untyped-decorator]  # reason: celery ships no types
def remind(job_id: str) -> None:
    """Mail those for whom a stage waits."""
    with jobs.taken(job_id) as lease:
        if lease is not None:
            reminder_mails.send(lease)
