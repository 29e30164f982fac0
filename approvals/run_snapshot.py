"""Pack step 1 for runs: the record of one run, or of a random sample of a project's runs."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from approvals import sampling
from approvals.models import EvidenceLink, Pack
from approvals.record_parts import (
    Row,
    event,
    evidence,
    project_row,
    read_sealed,
    record_files,
    run_row,
    runs_with_parts,
    statement_files,
    time_or_none,
)
from evidence import records, sealing
from evidence.digests import sha256_bytes
from evidence.models import Checkpoint, LedgerEntry, SealedLeaf
from evidence.names import record_type
from registry.models import Project, Run

NOTE_PATH = "data/sample/checkpoint.note"


@dataclass(frozen=True)
class Found:
    """Runs, the releases that rest on them, and the entries about them, of one consistent state."""

    project: Project
    runs: list[Run]
    links: list[EvidenceLink]
    entries: list[LedgerEntry]


@dataclass(frozen=True)
class Draw:
    """What a sample was drawn with: the entry that asked, the checkpoint after it, and the population."""

    request: LedgerEntry
    checkpoint: Checkpoint
    population: dict[str, Any]

    @property
    def seed(self) -> str:
        """Digest of the checkpoint's bytes, which nobody knew before they were signed."""
        return sha256_bytes(self.checkpoint.note.encode())

    def ids(self, size: int) -> list[str]:
        """The drawn runs, in the order of their ranks."""
        return sampling.drawn(self.seed, (run["id"] for run in self.population["runs"]), size)


def run_record(pack: Pack) -> dict[str, Any]:
    """`record.json` of one run as it stands."""
    assert pack.run_id is not None  # pack_names_what_its_scope_asks
    ids = [str(pack.run_id)]
    found = read_sealed(lambda: _read(pack, ids), lambda one: one.entries)
    return {"scope": "run", **_record(found, ids, include_private=pack.include_private)}


def sample_record(pack: Pack, request_id: UUID) -> dict[str, Any]:
    """`record.json` of a sample: the population, how it was drawn from, and the drawn runs in full."""
    assert pack.sample_size is not None  # pack_names_what_its_scope_asks
    draw = _draw(pack, request_id)
    ids = draw.ids(pack.sample_size)
    found = read_sealed(lambda: _read(pack, ids, draw.request), lambda one: one.entries)
    body = _record(found, ids, include_private=pack.include_private)
    files = [*body["files"], *_draw_files(pack, draw)]
    return {
        "scope": "sample",
        **body,
        "files": sorted(files, key=lambda file: str(file["path"])),
        "sample": {
            "size": pack.sample_size,
            "of": len(draw.population["runs"]),
            "population": pack.population_digest,
            "request": str(draw.request.pk),
            "note": NOTE_PATH,
            "seed": draw.seed,
            "drawn": ids,
        },
    }


def _draw(pack: Pack, request_id: UUID) -> Draw:
    sealing.seal()
    place = SealedLeaf.objects.get(entry_id=request_id)
    return Draw(
        request=LedgerEntry.objects.get(pk=request_id),
        checkpoint=Checkpoint.objects.filter(size__gt=place.index).order_by("size")[0],
        population=records.load(pack.population_digest),
    )


def _draw_files(pack: Pack, draw: Draw) -> list[Row]:
    body, note = records.load_bytes(pack.population_digest), draw.checkpoint.note.encode()
    digest = pack.population_digest
    shared = {"run": None}
    return [
        {
            **shared,
            "path": f"data/records/{digest.removeprefix('sha256:')}.json",
            "size": len(body),
            "digest": digest,
            "kind": "record",
            "name": record_type("population"),
        },
        {
            **shared,
            "path": NOTE_PATH,
            "size": len(note),
            "digest": draw.seed,
            "kind": "checkpoint",
            "name": str(draw.checkpoint.size),
        },
    ]


def _read(pack: Pack, ids: Iterable[str], request: LedgerEntry | None = None) -> Found:
    runs = runs_with_parts(Run.objects.filter(pk__in=list(ids)))
    links = EvidenceLink.objects.filter(run__in=runs).select_related("release", "run")
    subjects = [f"run:{run.pk}" for run in runs] + [f"submission:{run.submission_id}" for run in runs]
    about = LedgerEntry.objects.filter(subject__in=subjects).exclude(kind__startswith="pack.")
    return Found(
        project=Project.objects.select_related("organisation").get(pk=pack.project_id),
        runs=runs,
        links=list(links.order_by("release__human_id", "run__human_id", "pk")),
        entries=[*about.order_by("pk"), *([request] if request else [])],
    )


def _record(found: Found, ids: list[str], *, include_private: bool) -> dict[str, Any]:
    files, withheld = evidence(found.runs, include_private=include_private)
    files += record_files(run.record_id for run in found.runs)
    files += statement_files((run.statement, run.human_id) for run in found.runs)
    return {
        "type": record_type("record"),
        "project": project_row(found.project),
        "runs": [run_row(run) for run in found.runs],
        "releases": [_link(link) for link in found.links],
        "files": sorted(files, key=lambda file: str(file["path"])),
        "events": [event(entry) for entry in found.entries],
        "withheld": withheld,
    }


def _link(link: EvidenceLink) -> Row:
    """A release that rests on a run, or did."""
    assert link.run is not None  # the query asks for runs alone
    return {
        "run": link.run.human_id,
        "release": link.release.human_id,
        "title": link.release.title,
        "state": link.release.state,
        "slot": link.slot,
        "unlinked_at": time_or_none(link.unlinked_at),
    }
