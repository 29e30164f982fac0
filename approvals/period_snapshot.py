"""Pack step 1 for an audit period: everything the log holds of a project between two moments."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any, Final
from uuid import UUID

from approvals.models import Pack, Release, Signature
from approvals.period_tally import ROUTINE, Tally, tally_of
from approvals.period_trail import ENTRIES, PROOFS, TABLE, trail_of
from approvals.record_parts import (
    Row,
    event,
    project_row,
    record_files,
    run_row,
    runs_with_parts,
    statement_files,
    withheld_files,
)
from evidence import sealing
from evidence.batches import batches
from evidence.canonical import utc_text
from evidence.models import LedgerEntry, Statement
from evidence.names import record_type
from evidence.snapshots import snapshot_read
from registry import subjects
from registry.models import Run

NO_FILES: Final = "Files of runs are no part of a pack about a period; a pack of the run holds them."


def period_record(pack: Pack, request_id: UUID, tell: Callable[[int], None]) -> dict[str, Any]:
    """`record.json` of a period. Its entries are over and sealed, so they are read without a snapshot.

    Raises `PackIncomplete` where an entry is not sealed.
    """
    trail = trail_of(pack)
    assert trail is not None  # pack_names_what_its_scope_asks
    sealing.seal()
    tally = tally_of(trail.rows(), tell)
    with snapshot_read():
        return _record(pack, tally, LedgerEntry.objects.get(pk=request_id))


def _record(pack: Pack, tally: Tally, request: LedgerEntry) -> dict[str, Any]:
    assert pack.period_since is not None  # as above
    assert pack.period_until is not None
    runs = [run for some in batches(sorted(tally.admitted)) for run in _runs(some)]
    files = [*_trail_files(tally), *_named_files(tally, runs)]
    return {
        "type": record_type("record"),
        "scope": "period",
        "project": project_row(pack.project),
        "period": {"since": utc_text(pack.period_since), "until": utc_text(pack.period_until)},
        "trail": _trail(tally),
        "acts": _acts(tally.acts),
        "runs": [run_row(run) for run in sorted(runs, key=lambda run: run.human_id)],
        "releases": _releases(tally),
        "files": sorted(files, key=lambda file: str(file["path"])),
        "events": [event(request)],
        "withheld": withheld_files(runs, NO_FILES),
    }


def _runs(ids: list[str]) -> list[Run]:
    return runs_with_parts(Run.objects.filter(pk__in=ids))


def _trail(tally: Tally) -> Row:
    return {
        "entries": tally.entries,
        "first": tally.first,
        "last": tally.last,
        "lines": ENTRIES,
        "table": TABLE,
        "proofs": PROOFS,
        "routine": sorted(ROUTINE),
        "kinds": _counts("kind", tally.kinds),
        "channels": _counts("channel", tally.channels),
        "people": [
            {"id": one["id"], "name": tally.names[one["id"]], "count": one["count"]}
            for one in _counts("id", tally.people)
        ],
    }


def _counts(name: str, counted: Counter[str]) -> list[Row]:
    return [{name: key, "count": counted[key]} for key in sorted(counted)]


def _acts(acts: list[Row]) -> list[Row]:
    names = subjects.names_of({act["subject"] for act in acts})
    return [{**act, "about": names.get(act["subject"])} for act in acts]


def _releases(tally: Tally) -> list[Row]:
    ids = sorted(name.removeprefix("release:") for name in tally.subjects if name.startswith("release:"))
    return [
        {"id": str(pk), "human_id": human_id, "title": title, "state": state}
        for some in batches(ids)
        for pk, human_id, title, state in Release.objects.filter(pk__in=some)
        .order_by("pk")
        .values_list("pk", "human_id", "title", "state")
    ]


def _trail_files(tally: Tally) -> list[Row]:
    return [
        {"path": path, "size": one.size, "digest": one.digest, "kind": "trail", "name": name, "run": None}
        for (path, one), name in zip(
            sorted(tally.files.items()), ("Every entry, to recompute", "Every entry, to read"), strict=True
        )
    ]


def _named_files(tally: Tally, runs: list[Run]) -> list[Row]:
    """Statements that entries name, what they speak of, and what signers were shown."""
    run_of = {run.statement_id: run.human_id for run in runs}
    start = {run.record_id for run in runs}
    statements: list[Statement] = []
    for some in batches(sorted(tally.statements)):
        statements += Statement.objects.filter(pk__in=some)
        start |= set(Signature.objects.filter(statement__in=some).values_list("view_id", flat=True))
    start |= {statement.subject_digest for statement in statements}
    return [
        *record_files(start),
        *statement_files((statement, run_of.get(statement.pk)) for statement in statements),
    ]
