"""Kinds of ledger entries of the evidence layer; grammar `<subject>.<fact>`."""

from enum import StrEnum


class EvidenceEvent(StrEnum):
    """Facts about artifacts, packs and keys."""

    ARTIFACT_STORED = "artifact.stored"
    ARTIFACT_READ = "artifact.read"
    KEYS_MADE = "keys.made"
