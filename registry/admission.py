"""Step 4: a submission is admitted as a run and attested, or refused with findings; nothing in between.

A worker that lost its lease writes nothing: reading happens outside, the decision in one transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from evidence import clock, jobs, ledger, records
from evidence.actors import Actor
from evidence.attesting import attest
from evidence.errors import BenchsealError
from evidence.models import Job, JobState
from registry import intake, reading, references, run_bodies, run_rows
from registry.consequences import evidence_changed
from registry.containers import container_of
from registry.events import RegistryEvent
from registry.findings import Finding
from registry.ledger_facts import of_run, of_submission
from registry.models import MetricResult, Run, RunArtifact, Submission
from registry.models.runs import SubmissionState
from registry.reading import STEPS, Reading
from registry.run_bodies import RunRows

OPEN: Final = (SubmissionState.RECEIVED, SubmissionState.READING)
UNFINISHED: Final = (JobState.QUEUED, JobState.RUNNING)


class CatalogueMoved(Exception):
    """A record got a newer revision between check and decision; the next attempt reads the new one."""


def admit(submission_id: UUID, lease: jobs.Lease) -> None:
    """Read, check and decide one submission; a decided one is left as it is."""
    submission = _begin(submission_id, lease)
    if submission is None:
        return
    try:
        _decide_on(submission, lease)
    except jobs.LeaseLost:
        raise
    except BenchsealError as error:
        refuse(submission, _stopped(error), lease=lease)


def refuse(submission: Submission, findings: Sequence[Finding], *, lease: jobs.Lease) -> None:
    """Store why a submission cannot be a run; its external id is free again."""
    with transaction.atomic():
        _hold(submission, lease)
        _close(submission, findings, actor=jobs.actor_of(lease.job))
        lease.finish({"state": str(SubmissionState.REFUSED), "submission": str(submission.pk)})


@transaction.atomic
def give_up(job_id: UUID) -> None:
    """Refuse the submission of a job whose attempts are used up, so that none is read for ever.

    Comes before the job itself is marked failed: a stop in between only repeats this.
    """
    stale = Q(lease_until__isnull=True) | Q(lease_until__lt=clock.now())
    jobs_over = Job.objects.select_for_update().filter(stale, pk=job_id, state__in=UNFINISHED)
    job = jobs_over.filter(attempts__gte=settings.JOB_MAX_ATTEMPTS).first()
    if job is None:
        return
    for submission in Submission.objects.select_for_update().filter(job=job, state__in=OPEN):
        _close(submission, [_exhausted(job)], actor=jobs.actor_of(job))


def subject_of(run: Run) -> str:
    """The ledger subject of a run."""
    return f"{Run.RECORD_TYPE}:{run.pk}"


def _decide_on(submission: Submission, lease: jobs.Lease) -> None:
    document = intake.parsed(records.load_bytes(submission.document_id))
    found = references.resolve(document, submission.project)
    judged = reading.read(document, found, progress=lease.progress)
    if judged.result.is_refused:
        refuse(submission, judged.result.findings, lease=lease)
    else:
        _admit(submission, judged, lease=lease)


def _begin(submission_id: UUID, lease: jobs.Lease) -> Submission | None:
    with transaction.atomic():
        lease.renew()
        submissions = Submission.objects.select_related("project", "received_from", "document")
        submission = submissions.select_for_update(of=("self",)).get(pk=submission_id)
        if submission.state not in OPEN:
            lease.finish({"state": submission.state, "submission": str(submission.pk)})
            return None
        submission.state = SubmissionState.READING
        submission.save(update_fields=["state"])
    return submission


def _hold(submission: Submission, lease: jobs.Lease) -> None:
    # Both rows are locked to the end of the transaction: nobody else decides or takes the job over.
    lease.renew()
    reading_now = Submission.objects.select_for_update().filter(state=SubmissionState.READING)
    if not reading_now.filter(pk=submission.pk):
        raise jobs.LeaseLost(f"Submission {submission.pk} was decided elsewhere")


def _admit(submission: Submission, judged: Reading, *, lease: jobs.Lease) -> None:
    lease.progress(3, STEPS, "Writing the record")
    with transaction.atomic():
        _hold(submission, lease)
        _refuse_moved(submission, judged)
        rows = run_rows.rows_of(judged, submission, persons=_persons(judged, lease.job))
        run = _store(rows)
        _decide(submission, SubmissionState.ADMITTED, [])
        _tell_admitted(run, actor=jobs.actor_of(lease.job))
        _correct(run, actor=jobs.actor_of(lease.job))
        lease.progress(STEPS, STEPS, f"Admitted as {run.human_id}")
        lease.finish({"state": "admitted", "run": str(run.pk), "human_id": run.human_id})


def _refuse_moved(submission: Submission, judged: Reading) -> None:
    if judged.references.corrects is not None:
        Run.objects.select_for_update().get(pk=judged.references.corrects.pk)
    try:
        now = references.resolve(judged.document, submission.project)
    except BenchsealError as error:
        raise CatalogueMoved(error.detail) from error
    if now != judged.references:
        raise CatalogueMoved(f"The catalogue changed while {submission.pk} was read")


def _persons(judged: Reading, job: Job) -> list[str]:
    return run_rows.persons_of(judged, job.params["persons"])


def _store(rows: RunRows) -> Run:
    run = rows.run
    run.record_id = records.store(run_bodies.compose(rows))
    run.statement = attest(run_bodies.statement_of(rows), run.record_id)
    run.save(force_insert=True)
    RunArtifact.objects.bulk_create(rows.files)
    MetricResult.objects.bulk_create(rows.results, batch_size=500)
    run.rollback_artifacts.set(rows.rollback_artifacts)
    run.monitoring_signals.set(rows.monitoring_signals)
    return run


def _tell_admitted(run: Run, *, actor: Actor) -> None:
    note = ledger.Note(
        reason=run.correction_reason,
        old={"run": run.corrects.human_id} if run.corrects else {},
        new=of_run(run),
        record=run.record_id,
        statement=run.statement_id,
    )
    ledger.append(
        RegistryEvent.RUN_ADMITTED,
        subject_of(run),
        actor=actor,
        container=container_of(run.project_id),
        note=note,
    )


def _correct(run: Run, *, actor: Actor) -> None:
    if run.corrects is not None:
        reason = f"Corrected by {run.human_id}: {run.correction_reason}"
        evidence_changed(run.corrects, reason=reason, actor=actor)


def _close(submission: Submission, findings: Sequence[Finding], *, actor: Actor) -> None:
    _decide(submission, SubmissionState.REFUSED, findings)
    ledger.append(
        RegistryEvent.SUBMISSION_REFUSED,
        intake.subject_of(submission),
        actor=actor,
        container=container_of(submission.project_id),
        note=ledger.Note(new=of_submission(submission), record=submission.document_id),
    )


def _decide(submission: Submission, state: SubmissionState, findings: Sequence[Finding]) -> None:
    submission.state = state
    submission.findings = [finding.as_dict() for finding in findings]
    submission.decided_at = clock.now()
    submission.save(update_fields=["state", "findings", "decided_at"])


def _stopped(error: BenchsealError) -> list[Finding]:
    # What existed when the document came may be withdrawn by now; bytes or keys may be missing.
    listed = error.extra.get("errors")
    step = error.next_step or "Correct what is named here and post the document again"
    if not isinstance(listed, list):
        return [Finding(error.code.upper(), "refuse", error.detail, "", error.pointer or "", step)]
    return [
        Finding(str(one["code"]).upper(), "refuse", str(one["detail"]), "", str(one["pointer"]), step)
        for one in listed
    ]


def _exhausted(job: Job) -> Finding:
    cause = f" ({job.error['title']})" if "title" in job.error else ""
    message = f"{job.attempts} attempts to read the files ended without a result{cause}"
    step = "Post the document again; if it is refused again, give the submission's id to the operator"
    return Finding("READER_FAILED", "refuse", message, "", "", step)
