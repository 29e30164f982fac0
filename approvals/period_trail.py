"""The trail of one project in one period as it lies in a pack: lines, a table, and the path of each line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals.models import Pack
from evidence import proofs
from evidence.canonical import base64_text, jcs
from evidence.models import LedgerEntry
from evidence.packs import PackFile
from registry import exporting, trail
from registry.api.trail_file import json_lines, table
from registry.trail import Wanted

ENTRIES: Final = "data/trail/entries.jsonl"
TABLE: Final = "data/trail/entries.tsv"
PROOFS: Final = "data/trail/proofs.jsonl"


@dataclass(frozen=True)
class PeriodTrail:
    """Entries of a project from `since` on and before `until`; each reading is one walk of an index."""

    project: UUID
    since: datetime
    until: datetime

    def rows(self) -> Iterator[exporting.Row]:
        """Each entry as the export of the trail gives it: `index`, `leaf`, `leaf_hash`, `payload`."""
        for batch in self._batches():
            for entry in batch:
                yield exporting.row_of(entry)

    def files(self, size: int) -> Iterator[PackFile]:
        """The trail as files of a pack whose checkpoint is of `size`, made while they are written."""
        yield PackFile(ENTRIES, lambda: json_lines(self.rows()))
        yield PackFile(TABLE, lambda: table(self.rows()))
        yield PackFile(PROOFS, lambda: self._paths(size))

    def _paths(self, size: int) -> Iterator[bytes]:
        for batch in self._batches():
            found = proofs.inclusion_paths([entry.pk for entry in batch], size)
            for entry in batch:
                yield jcs(_proof(entry.pk, *found[entry.pk])) + b"\n"

    def _batches(self) -> Iterator[list[LedgerEntry]]:
        wanted = Wanted(since=self.since, until=self.until)
        return trail.oldest_first(self.project, wanted, batch=exporting.BATCH)


def trail_of(pack: Pack) -> PeriodTrail | None:
    """The trail a pack holds; None for a pack of another scope."""
    if pack.period_since is None or pack.period_until is None:
        return None
    return PeriodTrail(pack.project_id, pack.period_since, pack.period_until)


def _proof(entry: UUID, index: int, path: list[bytes]) -> dict[str, Any]:
    return {"entry": str(entry), "index": index, "path": [base64_text(step) for step in path]}
