"""Step 1: a run is received: its document is stored, its references exist, its reading is asked for.

Never opens an evidence file: what is in the files is another step's question.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.db import IntegrityError, transaction

from evidence import clock, jobs, ledger, records
from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.models import Job
from registry import references
from registry.access import policy
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of
from registry.errors import DocumentUnreadable, ExternalIdTaken, FieldsInvalid
from registry.events import RegistryEvent
from registry.formats.native import DocumentRefused, SubmissionDocument, parse_submission
from registry.ledger_facts import of_submission
from registry.models import Project, Submission
from registry.models.runs import SubmissionState

TASK: Final = "registry.admit_submission"
NEXT_STEP: Final = "Correct the fields named here and post the document again."


@dataclass(frozen=True)
class Received:
    """The submission, and whether this request made it; a repeat gets the first one."""

    submission: Submission
    created: bool


def receive(*, project: Project, body: bytes, principal: Principal) -> Received:
    """Take a submission document in; the same document again is the same submission.

    Raises `DocumentUnreadable` (400), `FieldsInvalid`, `ArtifactUnknown`, `ReferenceUnknown` (422),
    `ExternalIdTaken` (409); then nothing is stored.
    """
    policy.require(principal, Permission.RUN_SUBMIT, project)
    document = parsed(body)
    digest = sha256_bytes(jcs(document.canonical()))
    known = _known(project, document.external_id, digest)
    if known is not None:
        return Received(known, created=False)
    # Before the transaction: many reads would hold SQLite's one write lock. Admission asks again.
    references.resolve(document, project)
    try:
        with transaction.atomic():
            return _take_in(document, digest, project=project, principal=principal)
    except IntegrityError:  # the same external id, at the same moment
        known = _known(project, document.external_id, digest)
        if known is None:
            raise
        return Received(known, created=False)


def parsed(body: bytes) -> SubmissionDocument:
    """The document of a request body; raises `DocumentUnreadable` or `FieldsInvalid` with pointers."""
    try:
        return parse_submission(body)
    except DocumentRefused as refused:
        problems = refused.problems
        if problems[0].code.startswith("json_"):
            raise DocumentUnreadable(problems[0].code, problems[0].message) from refused
        errors = [{"pointer": p.pointer, "detail": p.message, "code": p.code} for p in problems]
        detail = f"Nothing was stored; {len(errors)} fields of the document need a correction"
        raise FieldsInvalid(detail, errors, next_step=NEXT_STEP) from refused


def subject_of(submission: Submission) -> str:
    """The ledger subject of a submission."""
    return f"submission:{submission.pk}"


def _take_in(
    document: SubmissionDocument, digest: str, *, project: Project, principal: Principal
) -> Received:
    policy.require(principal, Permission.RUN_SUBMIT, project)
    known = _known(project, document.external_id, digest)
    if known is not None:
        return Received(known, created=False)
    submission = Submission(
        project=project,
        external_id=document.external_id,
        document_id=records.store(document.canonical()),
        received_at=clock.now(),
        received_from=principal.user,
        token=principal.token,
    )
    submission.job = _ask_for_reading(submission, principal)
    submission.save(force_insert=True)
    ledger.append(
        RegistryEvent.SUBMISSION_RECEIVED,
        subject_of(submission),
        actor=principal.actor,
        container=container_of(project.pk),
        note=ledger.Note(new=of_submission(submission), record=digest),
    )
    return Received(submission, created=True)


def _ask_for_reading(submission: Submission, principal: Principal) -> Job:
    # Who answers for the upload is fixed now: tokens and answerable persons may change later.
    params = {"submission": str(submission.pk), "persons": principal.persons}
    return jobs.enqueue(TASK, subject=subject_of(submission), params=params, actor=principal.actor)


def _known(project: Project, external_id: str, digest: str) -> Submission | None:
    standing = Submission.objects.filter(project=project, external_id=external_id)
    found = standing.exclude(state=SubmissionState.REFUSED).first()
    if found is not None and found.document_id != digest:
        raise ExternalIdTaken(
            f"{external_id} belongs to submission {found.pk}, which has another document",
            pointer="/external_id",
            next_step="Send a correction under a new external_id and name the run in corrects.",
            submission=str(found.pk),
        )
    return found
