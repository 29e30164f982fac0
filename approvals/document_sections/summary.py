"""The cover and the first page: what was decided, by whom, when, what speaks against it, what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.board import GateRow, tally
from approvals.document_sections.papers import Papers
from approvals.document_sections.runs import RunSheet
from approvals.document_sections.signing import SignatureRow, StageRow, Stopped
from approvals.states import State

LONG_TITLE: Final = 44
LONGER_TITLE: Final = 100
MOST_ON_COVER: Final = 220


@dataclass(frozen=True, slots=True)
class Cover:
    """Facts of the cover; `size` is the class of the title."""

    title: str
    size: str
    state: str
    kind: str
    decided: str
    model: str
    intended_use: str
    tier: str
    owner: str
    made: str
    running: str


@dataclass(frozen=True, slots=True)
class OpenItem:
    """Something this record leaves open, and what would close it."""

    kind: str
    what: str
    next_step: str


@dataclass(frozen=True, slots=True)
class ConflictRow:
    """A field where the file and the uploader of a run differ."""

    run: str
    field: str
    file_value: str
    uploader_value: str
    reason: str


def cover(papers: Papers) -> Cover:
    """What the cover says about the release."""
    release, pack = papers.release, papers.pack
    title = str(release["title"])
    size = "longer" if len(title) > LONGER_TITLE else "long" if len(title) > LONG_TITLE else ""
    return Cover(
        title=title,
        size=size,
        state=words.state_word(release["state"]),
        kind=words.STATE_KINDS.get(State(release["state"]), "open"),
        decided=decided_at(papers),
        model=str(release["model_version"]),
        intended_use=words.clipped(str(papers.scope["intended_use"]), MOST_ON_COVER),
        tier=words.plain(str(release["tier"])),
        owner=str(release["owner"] or words.NOT_RECORDED),
        made=f"{words.moment(pack['made_at'])}, asked for by {pack['made_by']}",
        running=words.clipped(f"{release['human_id']}, {title}", 90),
    )


def decided_at(papers: Papers) -> str:
    """When the present state began, as the log has it; empty where the log has no such entry."""
    kind = words.DECIDING_EVENTS.get(State(papers.release["state"]))
    times = [event["at"] for event in papers.record["events"] if event["kind"] == kind]
    return words.moment(max(times)) if times else ""


def lead(papers: Papers, gates: Sequence[GateRow]) -> str:
    """What, where, and the counts of the gates, in two sentences."""
    release = papers.release
    where = f"for {release['deployment']} in {release['environment']}"
    sentence = words.STATE_SENTENCES[State(release["state"])]
    counts = tally(gates) if gates else "No person has signed yet, so this record holds no gate result."
    return f"{release['model_version']} {where} {sentence}. {counts}"


def board_note(papers: Papers, stopped: Sequence[Stopped]) -> str:
    """On whose view the gates stand, and whether the evidence has changed since."""
    if papers.shown is None:
        return ""
    newest, _ = papers.shown
    seen = f"As shown to {newest['printed_name']} for stage {newest['stage']}"
    note = f"{seen} on {words.moment(newest['signed_at'])}, decision view {words.short(newest['view'])}."
    if newest["effect"] == "stopped":
        return f"{note} The evidence changed afterwards, and this signature stopped counting: see section 8."
    return note


def conflicts(sheets: Sequence[RunSheet]) -> tuple[ConflictRow, ...]:
    """FIELD_CONFLICT of every run, with the reason given at admission."""
    return tuple(
        ConflictRow(sheet.human_id, row.field, row.file_value, row.uploader_value, row.reason)
        for sheet in sheets
        for row in sheet.conflicts
    )


def people(papers: Papers, signatures: Sequence[SignatureRow]) -> str:
    """Who submitted, who owns, how many signed."""
    newest = max(papers.record["revisions"], key=lambda revision: int(revision["number"]))
    signers = {row.name for row in signatures}
    given = words.counted(len(signatures), "signature counts", "signatures count")
    return (
        f"Revision {newest['number']} was submitted by {newest['submitted_by']} on "
        f"{words.moment(newest['submitted_at'])}. {given}, of {words.counted(len(signers), 'person', 'people')}."
    )


def open_items(
    papers: Papers, gates: Sequence[GateRow], stages: Sequence[StageRow], runs: Sequence[RunSheet]
) -> tuple[OpenItem, ...]:
    """Stages without their quorum, gates that do not pass, runs that fell, files left out."""
    return (*_stages(stages), *_gates(gates), *_runs(runs), *_withheld(papers))


def _stages(stages: Sequence[StageRow]) -> Iterator[OpenItem]:
    for row in stages:
        if not row.is_met:
            missing = words.counted(row.needed - row.counting, "signature")
            yield OpenItem("Stage", f"{row.stage}: {row.counting} of {row.needed}", f"{missing} that counts")


def _gates(gates: Sequence[GateRow]) -> Iterator[OpenItem]:
    for gate in gates:
        if gate.kind != "pass":
            step = gate.next_step or "Read it with the signatures of section 8, which were given with it in view."
            yield OpenItem(gate.word, gate.name, step)


def _runs(runs: Sequence[RunSheet]) -> Iterator[OpenItem]:
    for sheet in runs:
        if sheet.status != "admitted":
            reason = f"Reason: {sheet.void_reason}" if sheet.void_reason else "Section 6 shows it."
            yield OpenItem("Run", f"{sheet.human_id} is {sheet.status}; it counts for nothing", reason)


def _withheld(papers: Papers) -> Iterator[OpenItem]:
    count = len(papers.record["withheld"])
    if count:
        files = words.counted(count, "file is", "files are")
        yield OpenItem("Withheld", f"{files} listed by digest only", "Section 12 names each with its reason.")
