"""Files of linked runs as rows: what it is, where it came from, its exact bytes and digest."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from registry.models import RunArtifact


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """A file of a linked run."""

    name: str
    run: str
    role: str
    size: int
    digest: str
    uploaded_by: str
    uploaded_at: datetime


def file_rows(files: Iterable[RunArtifact]) -> tuple[FileRow, ...]:
    """Files of the linked runs, latest first."""
    rows = [_file(row) for row in files]
    return tuple(sorted(rows, key=lambda row: row.uploaded_at, reverse=True))


def _file(row: RunArtifact) -> FileRow:
    return FileRow(
        name=row.name,
        run=row.run.human_id,
        role=row.role,
        size=row.artifact.blob.size,
        digest=row.artifact.blob_id,
        uploaded_by=row.artifact.uploaded_by.printed_name,
        uploaded_at=row.artifact.uploaded_at,
    )


def shown_and_rest(rows: Sequence[FileRow], most: int) -> tuple[tuple[FileRow, ...], tuple[FileRow, ...]]:
    """The first rows, and those folded away under them."""
    return tuple(rows[:most]), tuple(rows[most:])
