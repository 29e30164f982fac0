"""Batches of readings as the log tells of them, and the readings against the digest of their batch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from evidence.digests import RunningDigest
from evidence.replaying import BATCH, History
from registry.events import RegistryEvent as Event
from registry.ledger_facts import of_reading_batch
from registry.models import ReadingBatch
from registry.readings import line_of


def histories() -> Iterator[History]:
    """Each batch, with the digest of the readings that are stored of it."""
    yield History(
        word="readings",
        rows=ReadingBatch.objects.select_related("project", "signal", "received_from"),
        begins=frozenset({Event.READINGS_RECEIVED}),
        state=_state,
    )


def _state(batch: ReadingBatch) -> dict[str, Any]:
    digest, count = RunningDigest(), 0
    # One query for each batch: a batch may have more readings than memory holds.
    for row in batch.readings.order_by("pk").iterator(BATCH):
        digest.update(line_of(row).line)
        count += 1
    return {**of_reading_batch(batch), "digest": digest.digest, "count": count}
