"""Signatures and their endings against what was signed and what the log tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from approvals.conditions import as_stated
from approvals.events import ApprovalEvent as Event
from approvals.models import Signature
from evidence import statements
from evidence.attested import attest_keys
from evidence.canonical import utc_text
from evidence.errors import BenchsealError
from evidence.faults import Fault
from evidence.histories import Told, of_subjects, stored_bytes
from evidence.progress import Progress, silent, watched
from evidence.replaying import BATCH, batches, differences

SIGNED: Final = frozenset({Event.STAGE_SIGNED, Event.STAGE_DECLINED})
STOPPED: Final = frozenset({Event.SIGNATURE_STOPPED})
STATED: Final = ("role", "stage", "action", "comment", "view", "signed_at", "for")
ROWS: Final = ("release", "stage__revision", "statement", "end")


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Rows that differ from their statement or their entries, and entries whose row is gone."""
    keys = attest_keys()
    releases = Signature.release.field.related_model._default_manager.order_by("pk").values_list(
        "pk", flat=True
    )
    every = watched(releases.iterator(BATCH), "releases with signatures", releases.count(), progress)
    for ids in batches(every):
        told = of_subjects([f"release:{pk}" for pk in ids], SIGNED | STOPPED)
        by_statement = _by_statement(entry for entries in told.values() for entry in entries)
        rows = (
            Signature.objects.filter(release__in=ids)
            .select_related(*ROWS)
            .prefetch_related("conditions__owner")
        )
        for signature in rows.order_by("pk"):
            entries = by_statement.pop(signature.statement_id, [])
            yield from _compare(signature, entries, keys)
        for digest in by_statement:
            yield Fault(f"signature with statement {digest}", "the log tells of it, and it is not there")


def _by_statement(entries: Iterator[Told]) -> dict[str, list[Told]]:
    found: dict[str, list[Told]] = {}
    for entry in entries:
        if entry.statement is not None:
            found.setdefault(entry.statement, []).append(entry)
    return found


def _compare(signature: Signature, told: Sequence[Told], keys: Mapping[str, str]) -> Iterator[Fault]:
    where = f"signature {signature.pk} ({signature.printed_name})"
    if not any(entry.kind in SIGNED for entry in told):
        yield Fault(where, "no entry of the log tells of this row")
    try:
        envelope = stored_bytes(signature.statement.envelope)
        signed = statements.verify_envelope(envelope, keys)
    except BenchsealError as error:
        yield Fault(where, f"its statement does not verify: {error.detail}")
        return
    if statements.statement_digest(envelope) != signature.statement_id:
        yield Fault(where, f"its envelope holds another statement than {signature.statement_id}")
        return
    yield from differences(where, _state(signature), _stated(signed))
    yield from _delegated(where, signature, told)
    yield from _ending(where, signature, [entry for entry in told if entry.kind in STOPPED])


def _state(signature: Signature) -> dict[str, Any]:
    return {
        "release": signature.release.human_id,
        "manifest": signature.manifest_digest,
        "signer": str(signature.signer_id),
        "printed_name": signature.printed_name,
        "for": _person(signature),
        "role": signature.role,
        "stage": signature.stage.code,
        "action": signature.action,
        "meaning": signature.meaning,
        "comment": signature.comment,
        "conditions": [as_stated(condition) for condition in signature.conditions.all()],
        "view": signature.view_id,
        "methods": signature.methods,
        "signed_at": utc_text(signature.signed_at),
    }


def _stated(statement: Mapping[str, Any]) -> dict[str, Any]:
    (subject,) = statement["subject"]
    said = statement["predicate"]
    return {
        "release": subject["name"],
        "manifest": f"sha256:{subject['digest']['sha256']}",
        "signer": said["signer"]["id"],
        "printed_name": said["signer"]["printed_name"],
        "meaning": said["meaning"]["text"],
        "methods": [method["method"] for method in said["authentication"]],
        "conditions": said.get("conditions", []),
        **{name: said[name] for name in STATED},
    }


def _person(signature: Signature) -> dict[str, str] | None:
    if signature.on_behalf_of_id is None:
        return None
    return {"id": str(signature.on_behalf_of_id), "printed_name": signature.on_behalf_name}


def _delegated(where: str, signature: Signature, told: Sequence[Told]) -> Iterator[Fault]:
    """Under which delegation it was signed; the entry alone tells."""
    given = str(signature.delegation_id) if signature.delegation_id else None
    for entry in told:
        if entry.kind in SIGNED and entry.new:
            yield from differences(where, {"delegation": given}, {"delegation": entry.new.get("delegation")})


def _ending(where: str, signature: Signature, told: Sequence[Told]) -> Iterator[Fault]:
    end = getattr(signature, "end", None)
    if (end is not None) != bool(told):
        yield Fault(where, f"it {'stopped' if end else 'counts'}; the log says otherwise")
        return
    if end is not None:
        found = {
            "ended_at": utc_text(end.ended_at),
            "manifest": end.manifest_digest,
            "diff": end.diff,
            "reason": end.reason,
        }
        yield from differences(f"end of {where}", found, {**told[-1].new, "reason": told[-1].reason})
