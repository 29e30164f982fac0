"""What a signer is shown before signing: every entry of the manifest, and what changed since it was read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from approvals import manifest
from approvals.decision_view import DecisionView
from approvals.models import Release, ReleaseRevision
from approvals.pages import challenges, conditions, waivers
from approvals.pages.addresses import release_url
from approvals.pages.naming import bodies, run_names
from approvals.pages.reading import Reader
from approvals.pages.release import files_of
from approvals.pages.sign_acts import Act, words
from approvals.presentation import evidence_rows, gate_rows, manifest_rows
from approvals.presentation.diffs import Names
from approvals.presentation.file_rows import file_rows
from approvals.presentation.labels import tier_words
from approvals.presentation.manifest_rows import EntryRow
from approvals.presentation.worst_facts import worst_facts
from evidence import records
from registry.access.roles import role_words


def what(release: Release, view: DecisionView, act: Act, reader: Reader) -> dict[str, Any]:
    """Everything the page before a signature shows of the view."""
    files = file_rows(files_of(release))
    facts = view.found.facts
    rates = frozenset(name for name, row in facts.metrics.items() if row.is_proportion)
    return {
        "release": release,
        "view": view,
        "act": act,
        "explains": act.explains,
        "button": words(act.button, release, view),
        "tier": tier_words(release.tier, release.tier_answers),
        "board": gate_rows.board(view.found.gates, rates),
        "worst": worst_facts(view.found.gates, rates=rates),
        "runs": evidence_rows.run_rows(facts),
        "rollbacks": evidence_rows.rollback_rows(facts),
        "signals": evidence_rows.signal_rows(facts),
        "files": files,
        "entries": entries_of(release, view),
        "waivers": waivers.of_release(release).rows,
        "conditions": conditions.of_release(release, reader),
        "challenges": challenges.log_of(release, view.revision, reader),
        "stage_words": f"{view.stage.code} {view.stage.name}",
        "role": role_words(view.stage.role),
        "release_url": release_url(release),
    }


def entries_of(release: Release, view: DecisionView) -> tuple[EntryRow, ...]:
    """All entries of the manifest that is signed, with names."""
    body = view.found.manifest.body
    names = Names(
        runs=run_names(manifest_rows.run_ids(body), release.project),
        records=bodies(manifest_rows.digests(body)),
    )
    return manifest_rows.entry_rows(body, names)


def diff_since(release: Release, view: DecisionView, seen: str) -> Sequence[Mapping[str, Any]]:
    """What differs from the revision the reader saw; empty where none is named."""
    if not seen.isdecimal():
        return []
    earlier = ReleaseRevision.objects.filter(release=release, number=int(seen[:9])).first()
    if earlier is None:
        return []
    return manifest.diff(records.load(earlier.manifest_id), view.found.manifest.body)
