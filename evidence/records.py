"""Canonical records: stored once as bytes, shipped unchanged, rebuilt for comparison."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from evidence.batches import batches
from evidence.canonical import jcs, parse_canonical
from evidence.digests import sha256_bytes
from evidence.models import Record


def store(body: Mapping[str, Any]) -> str:
    """Store the record if it is new; return its digest. `body["type"]` names its schema."""
    data = jcs(body)
    digest = sha256_bytes(data)
    if not Record.objects.filter(pk=digest).exists():
        # Two transactions may bring the same record at once; the second insert is no error.
        Record.objects.bulk_create(
            [Record(digest=digest, type=body["type"], body=data)], ignore_conflicts=True
        )
    return digest


def load(digest: str) -> Any:
    """The record as parsed JSON."""
    return parse_canonical(load_bytes(digest))


def load_bytes(digest: str) -> bytes:
    """The record's stored bytes."""
    return bytes(Record.objects.values_list("body", flat=True).get(pk=digest))


def stored(digests: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Digest and bytes of the records that are stored, 500 a query; those of no digest are left out."""
    for some in batches(digests):
        for digest, body in Record.objects.filter(pk__in=some).values_list("digest", "body"):
            yield digest, bytes(body)
