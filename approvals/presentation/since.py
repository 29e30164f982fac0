"""What happened since a reader signed an earlier revision, from stored rows only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from approvals.models import Signature
from approvals.presentation.labels import counted


@dataclass(frozen=True, slots=True)
class Since:
    """When the reader signed which revision, and the counts that changed after it."""

    revision: int
    signed_at: datetime
    facts: tuple[str, ...]


def since(signatures: Sequence[Signature], reader: UUID) -> Since | None:
    """None for a reader who never signed, or whose signature still counts."""
    own = [one for one in signatures if one.signer_id == reader]
    if not own or own[-1].counts:
        return None
    last = own[-1]
    again = [one for one in signatures if one.counts and one.signed_at > last.end.ended_at]
    stopped = [one for one in signatures if not one.counts and one.end.ended_at >= last.signed_at]
    return Since(
        revision=last.stage.revision.number,
        signed_at=last.signed_at,
        facts=(
            f"{counted(len(stopped), 'signature')} stopped counting",
            f"{counted(len(last.end.diff), 'entry', 'entries')} changed",
            f"{counted(len(again), 'signature')} given again",
        ),
    )
