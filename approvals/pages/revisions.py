"""A frozen revision as it was submitted, and what two states of a release differ in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from approvals import manifest
from approvals.assessment import assess
from approvals.models import Release, ReleaseRevision
from approvals.pages.addresses import release_url, trail
from approvals.pages.naming import bodies, names_of, run_names
from approvals.pages.reading import release_for, signatures_of
from approvals.presentation import manifest_rows, signature_rows
from approvals.presentation.diffs import Names, rows
from approvals.presentation.gate_rows import counts_of
from approvals.presentation.labels import GATE_WORDS, first_capital
from evidence import records
from registry.errors import NotFound
from registry.figures import interval, share
from registry.pages.frame import Crumb, show

NOW = "now"


@login_required
@require_safe
def revision(request: HttpRequest, reference: str, number: int) -> HttpResponse:
    """One revision: manifest, gates when it was frozen, signatures on it."""
    release, _ = release_for(request, reference)
    row = _revision(release, number)
    body = records.load(row.manifest_id)
    names = _names(release, body)
    signatures = [one for one in signatures_of(release) if one.stage.revision.number == number]
    diffs = names_of([one.end.diff for one in signatures if not one.counts], release.project)
    return show(
        request,
        "approvals/revision.html",
        title=f"{release.human_id}, revision {number}",
        trail=trail(release, Crumb(f"Revision {number}")),
        nav="releases",
        release=release,
        revision=row,
        entries=manifest_rows.entry_rows(body, names),
        empty_sections=manifest_rows.empty_sections(body),
        gates=[_gate(gate) for gate in row.gates],
        counts=counts_of(gate["state"] for gate in row.gates),
        signatures=signature_rows.board(signatures, (), {}, diffs),
        is_current=row.number == release.revision,
        release_url=release_url(release),
        diff_url=release_url(release, "release_diff"),
    )


@login_required
@require_safe
def diff(request: HttpRequest, reference: str) -> HttpResponse:
    """What differs between two revisions, or between one and the evidence as it stands now."""
    release, _ = release_for(request, reference)
    end = request.GET.get("to", NOW)
    start = request.GET.get("from", "")
    signed = _revision(release, int(start) if start.isdecimal() else max(1, release.revision - 1))
    now = _state(release, end)
    found = manifest.diff(records.load(signed.manifest_id), now)
    return show(
        request,
        "approvals/diff.html",
        title=f"{release.human_id}: what changed",
        trail=trail(release, Crumb("What changed")),
        nav="releases",
        release=release,
        signed=signed,
        end=end,
        rows=rows(found, names_of([found], release.project)),
        entry_count=len(found),
        revisions=list(release.revisions.all()),
        signed_as=f"Revision {signed.number}",
        now_as="Now" if end == NOW else f"Revision {end}",
        release_url=release_url(release),
    )


def _revision(release: Release, number: int) -> ReleaseRevision:
    row = release.revisions.filter(number=number).select_related("submitted_by").first()
    if row is None:
        raise NotFound(f"{release.human_id} has no revision {number}")
    return row


def _state(release: Release, end: str) -> Mapping[str, Any]:
    if end == NOW:
        return assess(release).manifest.body
    if not end.isdecimal():
        raise NotFound(f"{release.human_id} has no revision {end}")
    body: Mapping[str, Any] = records.load(_revision(release, int(end)).manifest_id)
    return body


def _names(release: Release, body: Mapping[str, Any]) -> Names:
    return Names(
        runs=run_names(manifest_rows.run_ids(body), release.project),
        records=bodies(manifest_rows.digests(body)),
    )


def _found(gate: Mapping[str, Any]) -> str:
    """What the gate found when the revision was frozen, with its figure where it measured a rate."""
    facts, reason = gate["facts"], str(gate["reason"])
    if not facts.get("n") or facts.get("k") is None:
        return reason
    bounds = f" {interval(facts['low'], facts['high'])}" if facts.get("low") and facts.get("high") else ""
    return f"{share(facts['k'], facts['n'])}{bounds}. {reason}"


def _gate(gate: Mapping[str, Any]) -> dict[str, str]:
    return {
        "kind": str(gate["state"]),
        "word": GATE_WORDS[gate["state"]],
        "name": first_capital(str(gate["name"])),
        "rule": str(gate["code"]),
        "what": _found(gate),
    }
