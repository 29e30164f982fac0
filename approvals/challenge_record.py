"""What `record.json` says of the challenge log of a release: each question with its thread and closing."""

from __future__ import annotations

from typing import Any

from approvals.models import Challenge, ChallengeClosing, ChallengeReply
from evidence.canonical import utc_text


def row_of(challenge: Challenge) -> dict[str, Any]:
    """One question; `closing` is null while it is open."""
    return {
        "id": str(challenge.pk),
        "number": challenge.number,
        "revision": challenge.revision,
        "stage": challenge.stage,
        "role": challenge.role,
        "asked_by": challenge.names,
        "asked_at": utc_text(challenge.asked_at),
        "text": challenge.text,
        "gate": challenge.gate or None,
        "record": challenge.record_id,
        "record_name": challenge.record_name or None,
        "wants_evidence": challenge.wants_evidence,
        "replies": [_reply(reply) for reply in challenge.replies.all()],
        "closing": _closing(challenge.closed) if challenge.closed else None,
    }


def digests_of(challenge: Challenge) -> set[str]:
    """Records that the thread names."""
    named = {challenge.record_id, *(reply.record_id for reply in challenge.replies.all())}
    return {digest for digest in named if digest}


def _reply(reply: ChallengeReply) -> dict[str, Any]:
    return {
        "number": reply.number,
        "kind": reply.kind,
        "text": reply.text,
        "evidence": reply.record_id,
        "evidence_name": reply.record_name or None,
        "by": reply.printed_name,
        "at": utc_text(reply.at),
    }


def _closing(closing: ChallengeClosing) -> dict[str, Any]:
    return {
        "outcome": closing.outcome,
        "reason": closing.reason,
        "by": closing.printed_name,
        "at": utc_text(closing.at),
    }
