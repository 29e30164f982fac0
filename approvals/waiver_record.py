"""What `record.json` says of the waivers of a release: no state, for that the clock decides."""

from __future__ import annotations

from typing import Any

from approvals.models import Waiver, WaiverDecision, WaiverEnd
from approvals.record_parts import envelope_path, time_or_none
from evidence.canonical import utc_text


def row_of(waiver: Waiver) -> dict[str, Any]:
    """One waiver with its decision and its end."""
    return {
        "id": str(waiver.pk),
        "human_id": waiver.human_id,
        "record": waiver.record_id,
        "gate": waiver.gate,
        "criterion": waiver.criterion or None,
        "owner": waiver.owner.printed_name,
        "requested_by": waiver.created_by.printed_name,
        "requested_at": utc_text(waiver.created_at),
        "starts_at": time_or_none(waiver.starts_at),
        "expires_at": utc_text(waiver.expires_at),
        "renewal_of": waiver.renewal_of.human_id if waiver.renewal_of else None,
        "decision": _decision(waiver.decided) if waiver.decided else None,
        "end": _end(waiver.ended) if waiver.ended else None,
    }


def _decision(decision: WaiverDecision) -> dict[str, Any]:
    return {
        "statement": decision.statement_id,
        "envelope": envelope_path(decision.statement_id),
        "action": decision.action,
        "signer": str(decision.signer_id),
        "printed_name": decision.printed_name,
        "role": decision.role,
        "meaning": decision.meaning,
        "comment": decision.comment,
        "methods": decision.methods,
        "signed_at": utc_text(decision.signed_at),
    }


def _end(end: WaiverEnd) -> dict[str, Any]:
    return {
        "kind": end.kind,
        "at": utc_text(end.ended_at),
        "reason": end.reason,
        "by": end.by.printed_name if end.by else None,
    }
