"""What records of every scope are made of: rows of runs, files, statements, entries; reads, never writes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from evidence import ledger, merkle, records, sealing
from evidence.batches import batches
from evidence.canonical import jcs, parse_canonical, utc_text
from evidence.digests import sha256_bytes
from evidence.errors import PackIncomplete
from evidence.models import LedgerEntry, Record, Statement, UnsealedEntry
from evidence.names import record_type
from evidence.packs import evidence_name
from evidence.snapshots import snapshot_read
from registry.models import Project, Run, RunArtifact
from registry.querysets import InProjectQuerySet

PER_ITEM_ROLES: Final = frozenset({"samples", "outputs"})
TRIES: Final = 20
_DIGEST: Final = re.compile(rb"sha256:[0-9a-f]{64}")

Row = dict[str, Any]
T = TypeVar("T")


def read_sealed(read: Callable[[], T], entries_of: Callable[[T], Iterable[LedgerEntry]]) -> T:
    """What `read` finds in one consistent view in which every entry it rests on is sealed."""
    for _ in range(TRIES):
        sealing.seal()
        with snapshot_read():
            found = read()
            if not _is_unsealed(entries_of(found)):
                return found
    raise PackIncomplete(
        "Entries are written faster than they are sealed", next_step="Ask for the pack again."
    )


def runs_with_parts(runs: InProjectQuerySet[Run]) -> list[Run]:
    """Runs with everything a record says of them, by human id."""
    rows = runs.select_related("dataset_version", "statement", "corrects", "voided_by")
    return list(rows.prefetch_related("files__artifact__blob", "results__metric").order_by("human_id"))


def project_row(project: Project) -> Row:
    """The project as records of every scope but a release name it."""
    return {"key": project.key, "name": project.name, "organisation": project.organisation.name}


def run_row(run: Run) -> Row:
    """A run in one row: what it is, its headline, whether it still counts."""
    return {
        "id": str(run.pk),
        "human_id": run.human_id,
        "digest": run.record_id,
        "headline": headline(run),
        "status": run.status,
        "void_reason": run.void_reason or None,
        "voided_at": time_or_none(run.voided_at),
        "voided_by": run.voided_by.printed_name if run.voided_by else None,
    }


def headline(run: Run) -> str:
    """The first measured value of a run, proportions as k/n."""
    result = next(iter(run.results.all()), None)
    if result is None:
        return "no result"
    name = f"{result.name}, {result.slice}" if result.slice else result.name
    shown = f"{result.k}/{result.n}" if result.k is not None else result.value or result.value_state
    return f"{name}: {shown}"


def evidence(runs: Iterable[Run], *, include_private: bool) -> tuple[list[Row], list[Row]]:
    """Files of runs that go in, and those that are withheld, with the reason."""
    files: list[Row] = []
    withheld: list[Row] = []
    for run in runs:
        for file in run.files.all():
            reason = None if include_private else withheld_because(run, file)
            facts = {
                "name": file.name,
                "run": run.human_id,
                "digest": file.artifact.blob_id,
                "size": file.artifact.blob.size,
            }
            if reason is not None:
                withheld.append({**facts, "reason": reason})
            else:
                path = f"data/evidence/{run.human_id}/{evidence_name(file.position, file.name)}"
                files.append({**facts, "path": path, "kind": "artifact"})
    return files, withheld


def withheld_files(runs: Iterable[Run], reason: str) -> list[Row]:
    """All files of runs, listed by digest alone for one reason."""
    return [
        {
            "name": file.name,
            "run": run.human_id,
            "digest": file.artifact.blob_id,
            "size": file.artifact.blob.size,
            "reason": reason,
        }
        for run in runs
        for file in run.files.all()
    ]


def withheld_because(run: Run, file: RunArtifact) -> str | None:
    """Why a file is listed by digest only; None when it may leave."""
    if run.dataset_version.is_withheld and file.role in PER_ITEM_ROLES:
        return (
            f"Per-item file of a dataset that is {run.dataset_version.exposure.replace('_', ' ')}; "
            "available on request from its owner."
        )
    return None


def record_files(start: Iterable[str]) -> list[Row]:
    """All records reachable from the given digests, as files of the pack."""
    return [
        {
            "path": f"data/records/{digest.removeprefix('sha256:')}.json",
            "size": size,
            "digest": digest,
            "kind": "view" if kind == record_type("decision-view") else "record",
            "name": kind,
            "run": None,
        }
        for digest, (kind, size) in sorted(closure(start).items())
    ]


def closure(start: Iterable[str]) -> dict[str, tuple[str, int]]:
    """All records reachable by digest from the given ones: digest → (type, size)."""
    reached: dict[str, tuple[str, int]] = {}
    waiting = set(start)
    while waiting:
        named: set[str] = set()
        for some in batches(waiting):
            for digest, kind, body in Record.objects.filter(pk__in=some).values_list(
                "digest", "type", "body"
            ):
                reached[digest] = (kind, len(body))
                named |= {match.decode() for match in _DIGEST.findall(bytes(body))}
        waiting = named - reached.keys()
    return reached


def statement_files(statements: Iterable[tuple[Statement, str | None]]) -> list[Row]:
    """Statements as files of the pack, each with the run it speaks of, if it speaks of one."""
    return [
        {
            "path": envelope_path(row.digest),
            "size": len(bytes(row.envelope)),
            "digest": sha256_bytes(bytes(row.envelope)),
            "kind": "statement",
            "name": row.predicate_type,
            "run": run,
        }
        for row, run in statements
    ]


def envelope_path(statement_digest: str) -> str:
    """Where a pack keeps the envelope of a statement."""
    return f"data/attestations/{statement_digest.removeprefix('sha256:')}.dsse.json"


def event(entry: LedgerEntry) -> Row:
    """A ledger entry as a record names it."""
    return {
        "entry": str(entry.pk),
        "leaf_hash": merkle.leaf_hash(jcs(ledger.leaf(entry))).hex(),
        "kind": entry.kind,
        "at": utc_text(entry.at),
    }


def bodies_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Parsed bodies of all records a pack holds, by digest."""
    digests = [file["digest"] for file in record["files"] if file["kind"] in ("record", "view")]
    return {digest: parse_canonical(body) for digest, body in records.stored(digests)}


def time_or_none(moment: datetime | None) -> str | None:
    """A moment in canonical form, if there is one."""
    return utc_text(moment) if moment else None


def _is_unsealed(entries: Iterable[LedgerEntry]) -> bool:
    ids = (entry.pk for entry in entries)
    return any(UnsealedEntry.objects.filter(entry__in=some).exists() for some in batches(ids))
