"""Pack step 1: what a pack is about, read in one consistent view and written down as `record.json`.

Same state and same scope give the same bytes: no clock, no pack id, no `pack.*` events.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from approvals import access_review, challenge_record, conditions, waiver_record
from approvals.models import (
    Challenge,
    Condition,
    Decision,
    EvidenceLink,
    Release,
    ReleaseRevision,
    ReviewNote,
    Signature,
    Waiver,
)
from approvals.record_parts import (
    envelope_path,
    event,
    evidence,
    read_sealed,
    record_files,
    run_row,
    runs_with_parts,
    statement_files,
    time_or_none,
)
from evidence.canonical import utc_text
from evidence.models import LedgerEntry, Statement
from evidence.names import record_type
from registry.models import Run

RELEASE_TIMES: Final = (
    "opened_at",
    "approved_at",
    "released_at",
    "valid_until",
    "review_at",
    "emergency_ends_at",
    "afterwards_due_at",
)


@dataclass(frozen=True)
class Found:
    """Ids and digests of one consistent state."""

    release: Release
    runs: list[Run]
    signatures: list[Signature]
    decisions: list[Decision]
    revisions: list[ReleaseRevision]
    notes: list[ReviewNote]
    waivers: list[Waiver]
    challenges: list[Challenge]
    entries: list[LedgerEntry]


def record_of(release_id: UUID, *, include_private: bool) -> dict[str, Any]:
    """`record.json` of a release as it stands: everything about it is sealed in the log."""
    found = read_sealed(lambda: _read(release_id), lambda one: one.entries)
    files, withheld = evidence(found.runs, include_private=include_private)
    files += [*record_files(_start(found)), *_statements(found)]
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
                "purpose": revision.purpose,
                "cause": revision.cause,
                "incident": revision.incident,
                "hours": revision.hours,
            }
            for revision in found.revisions
        ],
        "runs": [run_row(run) for run in found.runs],
        "files": sorted(files, key=lambda file: str(file["path"])),
        "signatures": [_signature(signature) for signature in found.signatures],
        "decisions": [_decision(decision) for decision in found.decisions],
        "notes": [_note(note) for note in found.notes],
        "waivers": [waiver_record.row_of(waiver) for waiver in found.waivers],
        "challenges": [challenge_record.row_of(one) for one in found.challenges],
        "events": [event(entry) for entry in found.entries],
        "withheld": withheld,
        "access": access_review.access_of(found.release, at=_decided_at(found)),
    }


def _read(release_id: UUID) -> Found:
    release = Release.objects.select_related(
        "project__organisation", "deployment", "model_version__model", "owner"
    ).get(pk=release_id)
    # Also what was linked once: a pack tells of runs that were voided or taken out.
    linked = EvidenceLink.objects.filter(release=release, run__isnull=False).values("run")
    runs = runs_with_parts(Run.objects.filter(pk__in=linked))
    signatures = list(
        Signature.objects.filter(release=release)
        .select_related("stage__revision", "end", "statement")
        .prefetch_related("conditions__events__by")
        .order_by("signed_at", "pk")
    )
    waivers = list(Waiver.objects.with_story().filter(release=release).order_by("pk"))
    challenges = list(Challenge.objects.with_story().filter(release=release))
    subjects = {f"release:{release.pk}", *_subjects_of(signatures)}
    for kind, rows in (("run", runs), ("waiver", waivers), ("challenge", challenges)):
        subjects |= {f"{kind}:{row.pk}" for row in rows}
    entries = LedgerEntry.objects.filter(subject__in=sorted(subjects)).exclude(kind__startswith="pack.")
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
        waivers=waivers,
        challenges=challenges,
        entries=list(entries.order_by("pk")),
    )


def _subjects_of(signatures: Iterable[Signature]) -> Iterator[str]:
    """What hangs on signatures: their conditions, and what lets a delegate sign (made, accepted, ended)."""
    for one in signatures:
        if one.delegation_id:
            yield f"delegation:{one.delegation_id}"
        yield from (f"condition:{condition.pk}" for condition in one.conditions.all())


def _start(found: Found) -> set[str]:
    """Records from which all others of the release are reached."""
    return {
        *(revision.manifest_id for revision in found.revisions),
        *(signature.view_id for signature in found.signatures),
        *(run.record_id for run in found.runs),
        *(waiver.record_id for waiver in found.waivers),
        *(digest for one in found.challenges for digest in challenge_record.digests_of(one)),
    }


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
        **{name: time_or_none(getattr(release, name)) for name in RELEASE_TIMES},
    }


def _statements(found: Found) -> list[dict[str, Any]]:
    rows: list[tuple[Statement, str | None]] = [(run.statement, run.human_id) for run in found.runs]
    rows += [(signature.statement, None) for signature in found.signatures]
    rows += [(row, None) for decision in found.decisions for row in (decision.statement, decision.summary)]
    rows += [(waiver.decided.statement, None) for waiver in found.waivers if waiver.decided]
    return statement_files(rows)


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
        "for": _on_behalf(signature),
        "delegation": str(signature.delegation_id) if signature.delegation_id else None,
        "meaning": signature.meaning,
        "comment": signature.comment,
        "conditions": [_condition(condition) for condition in signature.conditions.all()],
        "methods": signature.methods,
        "signed_at": utc_text(signature.signed_at),
        "effect": "stopped" if end else "counts",
        "stopped_at": utc_text(end.ended_at) if end else None,
        "stopped_why": end.reason if end else None,
        "diff": end.diff if end else [],
    }


def _condition(condition: Condition) -> dict[str, Any]:
    """As it was signed, with what came of it; no state, for that the clock decides."""
    return {
        **conditions.as_stated(condition),
        "id": str(condition.pk),
        "outcomes": [
            {
                "step": event.step,
                "finding": event.finding,
                "by": event.by.printed_name if event.by else None,
                "at": utc_text(event.at),
            }
            for event in condition.events.all()
        ],
    }


def _on_behalf(signature: Signature) -> dict[str, str] | None:
    """For whom it was signed, named as in the statement."""
    if signature.on_behalf_of_id is None:
        return None
    return {"id": str(signature.on_behalf_of_id), "printed_name": signature.on_behalf_name}


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
