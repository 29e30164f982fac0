"""Kinds of ledger entries of the evidence layer; grammar `<subject>.<fact>`."""

from enum import StrEnum


class EvidenceEvent(StrEnum):
    """Facts about keys."""

    KEYS_MADE = "keys.made"
    KEYS_ROTATED = "keys.rotated"
    KEYS_REVOKED = "keys.revoked"
