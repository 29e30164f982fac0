"""Kinds of ledger entries of the evidence layer; grammar `<subject>.<fact>`."""

from enum import StrEnum


class EvidenceEvent(StrEnum):
    """Facts about keys and about the log itself."""

    KEYS_MADE = "keys.made"
    KEYS_ROTATED = "keys.rotated"
    KEYS_REVOKED = "keys.revoked"
    LOG_VERIFIED = "log.verified"
    LOG_FAULTY = "log.faulty"
