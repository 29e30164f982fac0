"""Revisions, stages, links, notes and decisions of releases against what the log tells of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from django.db.models import Prefetch

from approvals.histories.told_reviews import KINDS, SAID, Said, replay
from approvals.ledger_facts import of_link, of_opening, of_revision, of_stage
from approvals.models import EvidenceLink, Release, ReleaseRevision, Stage
from evidence.faults import Fault
from evidence.histories import of_subjects
from evidence.progress import Progress, silent, watched
from evidence.replaying import BATCH, batches, differences

UNTOLD: Final = "no entry of the log tells of this row"
GONE: Final = "the log tells of it, and it is not there"


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Rows that differ from the entries of their release, and entries whose row is gone."""
    releases = Release.objects.order_by("pk").prefetch_related(
        Prefetch("revisions", ReleaseRevision.objects.select_related("submitted_by")),
        "revisions__stages",
        "revisions__decisions",
        Prefetch("links", EvidenceLink.objects.select_related("linked_by", "unlinked_by")),
        "notes",
    )
    every = watched(releases.iterator(BATCH), "releases under review", releases.count(), progress)
    for rows in batches(every):
        told = of_subjects([f"release:{row.pk}" for row in rows], KINDS)
        for row in rows:
            said = replay(told[f"release:{row.pk}"])
            yield from _revisions(row, said)
            yield from _links(row, said)
            yield from _notes(row, said)
            yield from _decisions(row, said)


def _revisions(release: Release, said: Said) -> Iterator[Fault]:
    told = dict(said.revisions)
    for revision in release.revisions.all():
        where = f"{release}, revision {revision.number}"
        facts = told.pop(revision.number, None)
        if facts is None:
            yield Fault(where, UNTOLD)
            continue
        yield from differences(where, _of_revision(revision), facts)
        yield from _stages(where, revision, said)
    for number in told:
        yield Fault(f"{release}, revision {number}", GONE)


def _of_revision(revision: ReleaseRevision) -> dict[str, Any]:
    return {**of_revision(revision, ()), "manifest": revision.manifest_id, "cause": revision.cause}


def _stages(where: str, revision: ReleaseRevision, said: Said) -> Iterator[Fault]:
    told = {code: facts for (number, code), facts in said.stages.items() if number == revision.number}
    if not told:  # frozen by an entry that says less
        return
    for stage in revision.stages.all():
        facts = told.pop(stage.code, None)
        at = f"stage {stage.code} of {where}"
        if facts is None:
            yield Fault(at, UNTOLD)
        else:
            yield from differences(at, _of_stage(stage), facts)
    for code in told:
        yield Fault(f"stage {code} of {where}", GONE)


def _of_stage(stage: Stage) -> dict[str, Any]:
    return {**of_stage(stage), **of_opening(stage), "state": str(stage.state)}


def _links(release: Release, said: Said) -> Iterator[Fault]:
    told = dict(said.links)
    for link in release.links.all():
        where = f"link {link.pk} of {release}"
        facts = told.pop(str(link.pk), None)
        if facts is None:
            yield Fault(where, UNTOLD)
        else:
            yield from differences(where, _of_link(link), facts)
    for identifier in told:
        yield Fault(f"link {identifier} of {release}", GONE)


def _of_link(link: EvidenceLink) -> dict[str, Any]:
    return {**of_link(link), "is_out": link.unlinked_at is not None}


def _notes(release: Release, said: Said) -> Iterator[Fault]:
    notes = [note for note in release.notes.all() if note.action in SAID.values()]
    found = Counter((note.action, note.text, str(note.by_id)) for note in notes)
    told = Counter(said.notes)
    for action, text, _ in found - told:
        yield Fault(
            f"note of {release}", f"the log tells of no {action} with the words {text!r} by who has it"
        )
    for action, text, _ in told - found:
        yield Fault(f"note of {release}", f"the log tells of {action} with the words {text!r}; it is gone")


def _decisions(release: Release, said: Said) -> Iterator[Fault]:
    told = dict(said.decisions)
    for revision in release.revisions.all():
        for decision in revision.decisions.all():
            where = f"decision {decision.action} of {release}"
            if decision.statement_id not in told:
                yield Fault(where, UNTOLD)
            elif (summary := told.pop(decision.statement_id)) not in (None, decision.summary_id):
                yield Fault(where, f"summary is {decision.summary_id}; the log says {summary}")
    for digest in told:
        yield Fault(f"decision with statement {digest}", GONE)
