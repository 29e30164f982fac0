"""Compare every stored statement with its envelope: name, columns, and the signature of a key of ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from evidence import statements
from evidence.errors import BenchsealError
from evidence.faults import Fault
from evidence.histories import stored_bytes
from evidence.models import Statement
from evidence.progress import Progress, silent, watched
from evidence.publickeys import KeyUse
from evidence.signing import published_entries

CHUNK: Final = 2000
UNREADABLE: Final = (BenchsealError, ValueError, TypeError, LookupError)
"""What a column or an envelope raises that holds something else; SQLite keeps whatever was written."""


def attest_keys() -> dict[str, str]:
    """PEM of every key that ever attested here, by id: a revoked one still shows what it signed."""
    attesting = [entry for entry in published_entries() if entry["use"] == KeyUse.ATTEST]
    return {str(entry["key_id"]): str(entry["public_key_pem"]) for entry in attesting}


def faults(progress: Progress = silent) -> Iterator[Fault]:
    """Statements that are not what their envelope holds, or that no key of this installation signed."""
    keys = attest_keys()
    rows = Statement.objects.order_by("pk").iterator(CHUNK)
    for row in watched(rows, "statements", Statement.objects.count(), progress):
        for what in _wrong(row, keys):
            yield Fault(f"statement {row.pk}", what)


def _wrong(row: Statement, keys: Mapping[str, str]) -> Iterator[str]:
    try:
        envelope = stored_bytes(row.envelope)
        signed = statements.verify_envelope(envelope, keys)
        stated = _columns(envelope, signed)
    except UNREADABLE as error:
        yield f"its envelope does not verify: {getattr(error, 'detail', error)}"
        return
    for name, said in stated.items():
        stored = getattr(row, name)
        if stored != said:
            yield f"{name} is {stored}; its envelope says {said}"
    if row.subject_digest not in _subjects(signed):
        yield f"subject_digest is {row.subject_digest}; its envelope names no such subject"


def _subjects(signed: Mapping[str, Any]) -> set[str]:
    return {f"sha256:{subject['digest']['sha256']}" for subject in signed["subject"]}


def _columns(envelope: bytes, signed: Mapping[str, Any]) -> dict[str, str]:
    return {
        "digest": statements.statement_digest(envelope),
        "predicate_type": signed["predicateType"],
        "key_id": statements.signing_key_id(envelope),
    }
