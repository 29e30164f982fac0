"""Pack step 1: what a pack is about, read in one consistent view and written down as `record.json`.

Same state and same scope give the same bytes: no clock, no pack id, no `pack.*` events.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals import access_review
from approvals.models import Decision, EvidenceLink, Release, ReleaseRevision, ReviewNote, Signature
from evidence import ledger, merkle, records, sealing
from evidence.batches import batches
from evidence.canonical import jcs, parse_canonical, utc_text
from evidence.digests import sha256_bytes
from evidence.errors import PackIncomplete
from evidence.models import LedgerEntry, Record, Statement, UnsealedEntry
from evidence.names import record_type
from evidence.packs import evidence_name
from evidence.snapshots import snapshot_read
from registry.models import Run, RunArtifact

PER_ITEM_ROLES: Final = frozenset({"samples", "outputs"})
RELEASE_TIMES: Final = ("opened_at", "approved_at", "released_at", "valid_until", "review_at")
TRIES: Final = 20
_DIGEST: Final = re.compile(rb"sha256:[0-9a-f]{64}")


@dataclass(frozen=True)
class Found:
    """Ids and digests of one consistent state."""

    release: Release
    runs: list[Run]
    signatures: list[Signature]
    decisions: list[Decision]
    revisions: list[ReleaseRevision]
    notes: list[ReviewNote]
    entries: list[LedgerEntry]


def record_of(release_id: UUID, *, include_private: bool) -> dict[str, Any]:
    """`record.json` of a release as it stands: everything about it is sealed in the log."""
    found = _read_sealed(release_id)
    files, withheld = _evidence(found.runs, include_private=include_private)
    statements = _statements(found)
    files += [*_record_files(found), *statements]
    return {
        "type": record_type("record"),
        "scope": "release",
        "release": _release(found.release),
        "revisions": [
            {
                "number": revision.number,
                "manifest": revision.manifest_id,
                "submitted_at": utc_text(revision.submitted_at),
                "submitted_by": revision.submitted_by.printed_name,
            }
            for revision in found.revisions
        ],
        "runs": [_run(run) for run in found.runs],
        "files": sorted(files, key=lambda file: str(file["path"])),
        "signatures": [_signature(signature) for signature in found.signatures],
        "decisions": [_decision(decision) for decision in found.decisions],
        "notes": [_note(note) for note in found.notes],
        "events": [_event(entry) for entry in found.entries],
        "withheld": withheld,
        "access": access_review.grants_of(found.release, at=_decided_at(found)),
    }


def _read_sealed(release_id: UUID) -> Found:
    for _ in range(TRIES):
        sealing.seal()
        with snapshot_read():
            found = _read(release_id)
            if not _is_unsealed(found.entries):
                return found
    raise PackIncomplete(
        "Entries of this release are written faster than they are sealed", next_step="Ask for the pack again."
    )


def _is_unsealed(entries: Iterable[LedgerEntry]) -> bool:
    ids = (entry.pk for entry in entries)
    return any(UnsealedEntry.objects.filter(entry__in=some).exists() for some in batches(ids))


def _read(release_id: UUID) -> Found:
    release = Release.objects.select_related(
        "project__organisation", "deployment", "model_version__model", "owner"
    ).get(pk=release_id)
    # Also what was linked once: a pack tells of runs that were voided or taken out.
    linked = EvidenceLink.objects.filter(release=release, run__isnull=False).values("run")
    runs = list(
        Run.objects.filter(pk__in=linked)
        .select_related("dataset_version", "statement", "corrects", "voided_by")
        .prefetch_related("files__artifact__blob", "results__metric")
        .order_by("human_id")
    )
    signatures = list(
        Signature.objects.filter(release=release)
        .select_related("stage__revision", "end", "statement")
        .order_by("signed_at", "pk")
    )
    subjects = [f"release:{release.pk}", *(f"run:{run.pk}" for run in runs)]
    entries = (
        LedgerEntry.objects.filter(subject__in=subjects).exclude(kind__startswith="pack.").order_by("pk")
    )
    decisions = Decision.objects.filter(revision__release=release).select_related(
        "statement", "summary", "revision"
    )
    return Found(
        release=release,
        runs=runs,
        signatures=signatures,
        decisions=list(decisions.order_by("made_at")),
        revisions=list(release.revisions.select_related("submitted_by")),
        notes=list(release.notes.select_related("by").order_by("at", "pk")),
        entries=list(entries),
    )


def _decided_at(found: Found) -> datetime:
    """When the newest decision was made; before one, the newest signature; before one, the submission."""
    decided = [decision.made_at for decision in found.decisions]
    signed = [signature.signed_at for signature in found.signatures]
    return max(decided or signed or [revision.submitted_at for revision in found.revisions])


def _release(release: Release) -> dict[str, Any]:
    return {
        "id": str(release.pk),
        "human_id": release.human_id,
        "title": release.title,
        "state": release.state,
        "tier": release.tier,
        "organisation": release.project.organisation.name,
        "project": release.project.key,
        "project_name": release.project.name,
        "deployment": release.deployment.name,
        "environment": release.deployment.environment,
        "model_version": str(release.model_version),
        "model_digest": release.model_version.record_id,
        "owner": release.owner.printed_name if release.owner else None,
        **{name: _time(getattr(release, name)) for name in RELEASE_TIMES},
    }


def _run(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.pk),
        "human_id": run.human_id,
        "digest": run.record_id,
        "headline": headline(run),
        "status": run.status,
        "void_reason": run.void_reason or None,
        "voided_at": _time(run.voided_at),
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


def _evidence(
    runs: Iterable[Run], *, include_private: bool
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    files: list[dict[str, Any]] = []
    withheld: list[dict[str, Any]] = []
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


def withheld_because(run: Run, file: RunArtifact) -> str | None:
    """Why a file is listed by digest only; None when it may leave."""
    if run.dataset_version.is_withheld and file.role in PER_ITEM_ROLES:
        return (
            f"Per-item file of a dataset that is {run.dataset_version.exposure.replace('_', ' ')}; "
            "available on request from its owner."
        )
    return None


def _record_files(found: Found) -> list[dict[str, Any]]:
    start = {
        *(revision.manifest_id for revision in found.revisions),
        *(signature.view_id for signature in found.signatures),
        *(run.record_id for run in found.runs),
    }
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


def _statements(found: Found) -> list[dict[str, Any]]:
    rows: list[tuple[Statement, str | None]] = [(run.statement, run.human_id) for run in found.runs]
    rows += [(signature.statement, None) for signature in found.signatures]
    rows += [(row, None) for decision in found.decisions for row in (decision.statement, decision.summary)]
    return [
        {
            "path": envelope_path(row.digest),
            "size": len(bytes(row.envelope)),
            "digest": sha256_bytes(bytes(row.envelope)),
            "kind": "statement",
            "name": row.predicate_type,
            "run": run,
        }
        for row, run in rows
    ]


def envelope_path(statement_digest: str) -> str:
    """Where a pack keeps the envelope of a statement."""
    return f"data/attestations/{statement_digest.removeprefix('sha256:')}.dsse.json"


def _signature(signature: Signature) -> dict[str, Any]:
    end = getattr(signature, "end", None)
    return {
        "id": str(signature.pk),
        "statement": signature.statement_id,
        "envelope": envelope_path(signature.statement_id),
        "manifest": signature.manifest_digest,
        "view": signature.view_id,
        "revision": signature.stage.revision.number,
        "stage": signature.stage.code,
        "role": signature.role,
        "action": signature.action,
        "signer": str(signature.signer_id),
        "printed_name": signature.printed_name,
        "meaning": signature.meaning,
        "comment": signature.comment,
        "methods": signature.methods,
        "signed_at": utc_text(signature.signed_at),
        "effect": "stopped" if end else "counts",
        "stopped_at": utc_text(end.ended_at) if end else None,
        "stopped_why": end.reason if end else None,
        "diff": end.diff if end else [],
    }


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "action": decision.action,
        "revision": decision.revision.number,
        "statement": decision.statement_id,
        "envelope": envelope_path(decision.statement_id),
        "summary": envelope_path(decision.summary_id),
        "made_at": utc_text(decision.made_at),
    }


def _note(note: ReviewNote) -> dict[str, Any]:
    return {
        "action": note.action,
        "revision": note.revision,
        "stage": note.stage or None,
        "text": note.text,
        "items": note.items,
        "by": note.by.printed_name,
        "at": utc_text(note.at),
    }


def _time(moment: datetime | None) -> str | None:
    return utc_text(moment) if moment else None


def _event(entry: LedgerEntry) -> dict[str, Any]:
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
