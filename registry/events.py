"""Kinds of ledger entries of the registry; grammar `<subject>.<fact>`."""

from enum import StrEnum


class RegistryEvent(StrEnum):
    """Facts about people, catalogue and runs."""

    ORGANISATION_MADE = "organisation.made"
    PROJECT_MADE = "project.made"
    USER_MADE = "user.made"
    USER_DEACTIVATED = "user.deactivated"
    PASSWORD_CHANGED = "user.password_changed"  # noqa: S105  # reason: the name of a fact
    RECOVERY_REQUESTED = "user.recovery_requested"
    RECOVERY_CONFIRMED = "user.recovery_confirmed"
    RECOVERY_CODE_USED = "user.recovery_code_used"
    FACTOR_ADDED = "user.factor_added"
    FACTOR_REMOVED = "user.factor_removed"
    INVITATION_SENT = "invitation.sent"
    INVITATION_ACCEPTED = "invitation.accepted"
    GRANT_GIVEN = "grant.given"
    GRANT_REVOKED = "grant.revoked"
    TOKEN_ISSUED = "token.issued"  # noqa: S105  # reason: the name of a fact
    TOKEN_REVOKED = "token.revoked"  # noqa: S105  # reason: the name of a fact
    CATALOGUE_RECORDED = "catalogue.recorded"
    CATALOGUE_WITHDRAWN = "catalogue.withdrawn"
    ARTIFACT_STORED = "artifact.stored"
    PRIVATE_DATA_READ = "dataset.read"
    SUBMISSION_RECEIVED = "submission.received"
    SUBMISSION_REFUSED = "submission.refused"
    READINGS_RECEIVED = "readings.received"
    RUN_ADMITTED = "run.admitted"
    RUN_VOIDED = "run.voided"
    LEDGER_EXPORTED = "ledger.exported"
