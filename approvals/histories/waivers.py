"""Waivers as the log tells of them, and their decisions against what was signed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from approvals.events import ApprovalEvent as Event
from approvals.ledger_facts import of_waiver, of_waiver_decision, of_waiver_end
from approvals.models import Waiver, WaiverDecision
from evidence import statements
from evidence.attested import attest_keys
from evidence.canonical import utc_text
from evidence.errors import BenchsealError
from evidence.faults import Fault
from evidence.histories import Told, stored_bytes
from evidence.progress import Progress, silent, watched
from evidence.replaying import BATCH, History, differences, latest

DECIDING: Final = frozenset({Event.WAIVER_APPROVED, Event.WAIVER_REJECTED})
ENDING: Final = frozenset({Event.WAIVER_CLOSED, Event.WAIVER_EXPIRED})
UNDECIDED: Final = {"decision": None, "statement": None, "comment": None}
STANDING: Final = {"end": None, "end_reason": None}


def histories() -> Iterator[History]:
    """Each waiver with its decision and its end."""
    yield History(
        word="waiver",
        rows=Waiver.objects.with_story(),
        begins=frozenset({Event.WAIVER_REQUESTED}),
        changes=DECIDING | ENDING,
        state=_state,
        replay=_replay,
    )


def _state(waiver: Waiver) -> dict[str, Any]:
    decision, end = waiver.decided, waiver.ended
    decided = (
        {**of_waiver_decision(decision), "statement": decision.statement_id, "comment": decision.comment}
        if decision
        else UNDECIDED
    )
    ended = {**of_waiver_end(end), "end_reason": end.reason} if end else STANDING
    return {**of_waiver(waiver), **decided, **ended}


def _replay(told: Sequence[Told]) -> dict[str, Any]:
    found: dict[str, Any] = {**UNDECIDED, **STANDING, **latest(told)}
    for entry in told:
        if entry.kind in DECIDING:
            found |= {"statement": entry.statement, "comment": entry.reason or ""}
        elif entry.kind in ENDING:
            found["end_reason"] = entry.reason or ""
    return found


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Decisions that differ from their signed statement."""
    keys = attest_keys()
    rows = WaiverDecision.objects.select_related("waiver__release", "statement").order_by("pk")
    for decision in watched(rows.iterator(BATCH), "decisions on waivers", rows.count(), progress):
        yield from _compare(decision, keys)


def _compare(decision: WaiverDecision, keys: Mapping[str, str]) -> Iterator[Fault]:
    where = f"decision on {decision.waiver}"
    try:
        signed = statements.verify_envelope(stored_bytes(decision.statement.envelope), keys)
    except BenchsealError as error:
        yield Fault(where, f"its statement does not verify: {error.detail}")
        return
    yield from differences(where, _decided(decision), _stated(signed))


def _decided(decision: WaiverDecision) -> dict[str, Any]:
    return {
        "waiver": decision.waiver.human_id,
        "record": decision.waiver.record_id,
        "release": decision.waiver.release.human_id,
        "signer": str(decision.signer_id),
        "printed_name": decision.printed_name,
        "role": decision.role,
        "action": decision.action,
        "meaning": decision.meaning,
        "comment": decision.comment,
        "methods": decision.methods,
        "signed_at": utc_text(decision.signed_at),
    }


def _stated(statement: Mapping[str, Any]) -> dict[str, Any]:
    said = statement["predicate"]
    return {
        "signer": said["signer"]["id"],
        "printed_name": said["signer"]["printed_name"],
        "meaning": said["meaning"]["text"],
        "methods": [method["method"] for method in said["authentication"]],
        **{
            name: said[name]
            for name in ("waiver", "record", "release", "role", "action", "comment", "signed_at")
        },
    }
