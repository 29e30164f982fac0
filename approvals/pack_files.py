"""Everything below `data/` of a pack but record.json and pack.json, loaded in batches as it is written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from approvals.annexes import Annex
from approvals.period_trail import PeriodTrail
from evidence import ledger, proofs, records, vault
from evidence.batches import batches
from evidence.canonical import jcs
from evidence.completeness import AUDIT_SUFFIXES
from evidence.models import Checkpoint, LedgerEntry, LedgerPayload, Statement
from evidence.packed_keys import key_files
from evidence.packs import PackFile
from evidence.schemas import schema_files

File = Mapping[str, Any]


@dataclass(frozen=True)
class PackFiles:
    """The files of one record; each pass loads them anew, so memory holds one batch.

    What is not stored is left out here; `evidence.completeness` names it and stops the pack.
    """

    record: Mapping[str, Any]
    checkpoint: Checkpoint
    annexes: Sequence[Annex]
    trail: PeriodTrail | None = None

    def __iter__(self) -> Iterator[PackFile]:
        yield from _artifacts(self._of_kind("artifact"))
        yield from _records(self._of_kind("record", "view"))
        yield from _statements(self._of_kind("statement"))
        yield from _checkpoints(self._of_kind("checkpoint"))
        yield from _audit(self.record, self.checkpoint)
        if self.trail is not None:
            yield from self.trail.files(self.checkpoint.size)
        yield from (PackFile(annex.path, annex.body) for annex in self.annexes)
        yield from key_files()
        yield from schema_files()

    def __len__(self) -> int:
        fixed = sum(1 for _ in key_files()) + sum(1 for _ in schema_files()) + len(self.annexes)
        fixed += 1 if self.trail is not None else 0  # the proofs, which no record names
        return len(self.record["files"]) + len(AUDIT_SUFFIXES) * len(self.record["events"]) + fixed

    def __contains__(self, file: object) -> bool:
        return any(file == one for one in self)

    def _of_kind(self, *kinds: str) -> list[File]:
        return [file for file in self.record["files"] if file["kind"] in kinds]


def _artifacts(files: Sequence[File]) -> Iterator[PackFile]:
    for file in files:
        yield PackFile(file["path"], vault.file_path(file["digest"]))


def _records(files: Sequence[File]) -> Iterator[PackFile]:
    paths = {str(file["digest"]): str(file["path"]) for file in files}
    for digest, body in records.stored(paths):
        yield PackFile(paths[digest], body)


def _statements(files: Sequence[File]) -> Iterator[PackFile]:
    paths = {_statement_digest(str(file["path"])): str(file["path"]) for file in files}
    for some in batches(paths):
        for digest, body in Statement.objects.filter(pk__in=some).values_list("pk", "envelope"):
            yield PackFile(paths[digest], bytes(body))


def _checkpoints(files: Sequence[File]) -> Iterator[PackFile]:
    """The head of the log that a sample was drawn with."""
    for file in files:
        note: str = Checkpoint.objects.values_list("note", flat=True).get(size=int(file["name"]))
        yield PackFile(str(file["path"]), note.encode())


def _statement_digest(path: str) -> str:
    return f"sha256:{Path(path).name.removesuffix('.dsse.json')}"


def _audit(record: Mapping[str, Any], checkpoint: Checkpoint) -> Iterator[PackFile]:
    for ids in batches(UUID(event["entry"]) for event in record["events"]):
        payloads = dict(LedgerPayload.objects.filter(pk__in=ids).values_list("entry_id", "body"))
        proved = proofs.tlog_proofs(ids, checkpoint)
        for entry in LedgerEntry.objects.filter(pk__in=ids).order_by("pk"):
            path = f"data/audit/{entry.pk}"
            yield PackFile(f"{path}.json", jcs(ledger.leaf(entry)))
            yield PackFile(f"{path}.payload.json", bytes(payloads[entry.pk]))
            yield PackFile(f"{path}.tlog-proof", proved[entry.pk].encode())
