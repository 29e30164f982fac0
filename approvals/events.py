"""Kinds of ledger entries of approvals; grammar `<subject>.<fact>`."""

from enum import StrEnum


class ApprovalEvent(StrEnum):
    """Facts about releases, stages and packs."""

    DEPLOYMENT_MADE = "deployment.made"
    RELEASE_OPENED = "release.opened"
    RELEASE_CHANGED = "release.changed"
    EVIDENCE_LINKED = "evidence.linked"
    EVIDENCE_UNLINKED = "evidence.unlinked"
    RELEASE_SUBMITTED = "release.submitted"
    GATES_EVALUATED = "gate.evaluated"
    STAGE_OPENED = "stage.opened"
    STAGE_SIGNED = "stage.signed"
    STAGE_DECLINED = "stage.declined"
    SIGNING_REFUSED = "signature.refused"
    SIGNING_LOCKED = "signature.locked"
    SIGNATURE_STOPPED = "signature.stopped"
    CHANGES_REQUESTED = "release.changes_requested"
    RELEASE_REJECTED = "release.rejected"
    RELEASE_WITHDRAWN = "release.withdrawn"
    RELEASE_APPROVED = "release.approved"
    RELEASE_RELEASED = "release.released"
    RELEASE_SUPERSEDED = "release.superseded"
    RELEASE_REOPENED = "release.reopened"
    RELEASE_SUSPENDED = "release.suspended"
    REVIEW_REQUIRED = "release.review_required"
    PACK_REQUESTED = "pack.requested"
    PACK_SEALED = "pack.sealed"
    PACK_FAILED = "pack.failed"
    PACK_DOWNLOADED = "pack.downloaded"
