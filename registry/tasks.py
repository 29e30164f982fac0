"""Tasks of the registry: they take a job id and call the step, nothing else."""

from uuid import UUID

from celery import shared_task

from evidence import jobs
from registry import admission, intake, log_verification


@shared_task(name=intake.TASK)  # type: ignore[untyped-decorator]  # reason: celery ships no types
def admit_submission(job_id: str) -> None:
    """Read a submission and admit or refuse it."""
    admission.give_up(UUID(job_id))
    with jobs.taken(job_id) as lease:
        if lease is not None:
            admission.admit(UUID(lease.job.params["submission"]), lease)


@shared_task(name=log_verification.TASK)  # type: ignore[untyped-decorator]  # reason: celery ships no types
def verify_log(job_id: str) -> None:
    """Verify the installation."""
    with jobs.taken(job_id) as lease:
        if lease is not None:
            log_verification.verify(lease)
