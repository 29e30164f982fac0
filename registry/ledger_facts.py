"""What an entry says of a row: steps write it, and `verify_ledger` later compares it with the row.

Rows come with the related rows they name (`select_related`); no name here changes its meaning once published.
"""

from datetime import datetime
from typing import Any

from evidence.canonical import utc_text
from evidence.models import Verification
from registry.models import (
    ApiToken,
    Artifact,
    CatalogueRecord,
    Invitation,
    Project,
    ReadingBatch,
    Recovery,
    RoleGrant,
    Run,
    Submission,
    User,
)
from registry.models.catalogue import Family

Facts = dict[str, Any]


def of_account(user: User) -> Facts:
    """An account; never its password, its address or when it was last used."""
    return {
        "account": user.username,
        "printed_name": user.printed_name,
        "kind": user.kind,
        "answerable": user.answerable.username if user.answerable else None,
        "is_active": user.is_active,
    }


def of_grant(grant: RoleGrant) -> Facts:
    """A role in time, who gave it and who ended it."""
    return {
        "project": grant.project.key,
        "user": grant.user.username,
        "role": grant.role,
        "valid_from": utc_text(grant.valid_from),
        "valid_to": time(grant.valid_to),
        "granted_by": grant.granted_by.username if grant.granted_by else None,
        "revoked_by": grant.revoked_by.username if grant.revoked_by else None,
    }


def of_recovery(recovery: Recovery) -> Facts:
    """New means to sign by other hands: why, who did it, and who confirmed it."""
    return {
        "recovery": str(recovery.pk),
        "cause": str(recovery.cause),
        "requested_by": recovery.requested_by.username if recovery.requested_by else None,
        "requested_at": utc_text(recovery.requested_at),
        "confirmed_by": recovery.confirmed_by.username if recovery.confirmed_by else None,
        "confirmed_at": time(recovery.confirmed_at),
    }


def of_invitation(invitation: Invitation) -> Facts:
    """An invitation without its secret and its address."""
    return {
        "role": invitation.role,
        "project": invitation.project.key,
        "grant_ends_at": time(invitation.grant_ends_at),
        "expires_at": utc_text(invitation.expires_at),
        "invited_by": invitation.invited_by.username,
        "accepted_by": invitation.accepted_by.username if invitation.accepted_by else None,
    }


def of_token(token: ApiToken) -> Facts:
    """A token without its secret and when it was last used."""
    return {
        "user": token.user.username,
        "name": token.name,
        "scopes": token.scopes,
        "public_id": token.public_id,
        "expires_at": utc_text(token.expires_at),
        "issued_by": token.issued_by.username,
        "revoked_at": time(token.revoked_at),
    }


def of_project(project: Project) -> Facts:
    """A project; its counters follow from its rows."""
    return {
        "key": project.key,
        "name": project.name,
        "description": project.description,
        "is_demonstration": project.is_demonstration,
    }


def of_family(row: Family) -> Facts:
    """A named model, dataset or benchmark."""
    supplier = getattr(row, "supplier", None)
    return {"name": row.name, **({} if supplier is None else {"supplier": supplier})}


def of_record(row: CatalogueRecord) -> Facts:
    """What a catalogue row holds beside its record."""
    return {
        "revision": row.revision,
        "persons": row.responsible_persons,
        "withdrawn_at": time(row.withdrawn_at),
    }


def of_artifact(artifact: Artifact) -> Facts:
    """Bytes of a project, and who answers for them."""
    return {
        "project": artifact.project.key,
        "digest": artifact.blob_id,
        "size": artifact.blob.size,
        "media_type": artifact.media_type,
        "persons": artifact.responsible_persons,
    }


def of_submission(submission: Submission) -> Facts:
    """What was received, and the codes it was refused for."""
    refusing = {one["code"] for one in submission.findings if one["severity"] == "refuse"}
    return {
        "external_id": submission.external_id,
        "project": submission.project.key,
        "findings": sorted(refusing),
    }


def of_reading_batch(batch: ReadingBatch) -> Facts:
    """Readings of one request: how many, and the digest of their canonical lines in the order stored."""
    return {
        "project": batch.project.key,
        "signal": batch.signal.name,
        "received_from": batch.received_from.username,
        "received_at": utc_text(batch.received_at),
        "persons": batch.responsible_persons,
        "count": batch.count,
        "late": batch.late,
        "digest": batch.digest,
    }


def of_run(run: Run) -> Facts:
    """What a run holds beside its record: whether it was voided."""
    return {
        "human_id": run.human_id,
        "submission": str(run.submission_id),
        "status": str(run.status),
        "voided_at": time(run.voided_at),
        "voided_by": run.voided_by.username if run.voided_by else None,
    }


def of_verification(row: Verification) -> Facts:
    """What a verification read and found; the first faults word for word."""
    return {
        "started_at": utc_text(row.started_at),
        "seconds": str(row.seconds),
        "entries": row.entries,
        "files": row.files,
        "checkpoint_size": row.checkpoint_size,
        "compared_with": row.compared_with,
        "fault_count": row.fault_count,
        "faults": row.faults,
    }


def time(moment: datetime | None) -> str | None:
    """A time as entries write it, or nothing."""
    return utc_text(moment) if moment else None
