"""The cover and the first page: what was decided, by whom, when, what speaks against it, what is open."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.board import GateRow, tally
from approvals.document_sections.contents import NUMBERS
from approvals.document_sections.papers import Body, Papers
from approvals.document_sections.runs import conflicts_of, named
from approvals.document_sections.signing import SignatureRow, StageRow, Stopped
from approvals.states import State
from registry import figures

LONG_TITLE: Final = 44
LONGER_TITLE: Final = 100
MOST_ON_COVER: Final = 220
MOST_TITLE: Final = 160
MOST_NAME: Final = 90
MOST_RUNNING: Final = 70
MOST_NOTICES: Final = 5


@dataclass(frozen=True, slots=True)
class CoverLine:
    """One fact on the cover."""

    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Cover:
    """What the cover says; `size` is the class of the title, `org` the line under it."""

    title: str
    size: str
    state: str
    kind: str
    decided: str
    org: str
    lines: tuple[CoverLine, ...]
    evidence: str
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
    release = papers.release
    title = str(release["title"])
    size = "longer" if len(title) > LONGER_TITLE else "long" if len(title) > LONG_TITLE else ""
    state = State(release["state"])
    owners = f"{release['organisation']} · {release['project_name']}"
    return Cover(
        title=words.clipped(title, MOST_TITLE),
        size=size,
        state=words.state_word(release["state"]),
        kind=words.STATE_KINDS.get(state, "open"),
        decided=decided_at(papers),
        org=f"{owners} · Release {release['human_id']}, revision {papers.manifest['revision']}",
        lines=tuple(_cover_lines(papers)),
        evidence=present(papers),
        running=words.clipped(f"{release['human_id']}, {title}", MOST_RUNNING),
    )


def _cover_lines(papers: Papers) -> Iterator[CoverLine]:
    release, valid = papers.release, validity(papers)
    yield CoverLine("Model", str(release["model_version"]))
    yield CoverLine("Where", f"{release['deployment']}, {release['environment']}")
    yield CoverLine("Intended use", words.clipped(str(papers.scope["intended_use"]), MOST_ON_COVER))
    yield CoverLine("Tier", words.plain(str(release["tier"])))
    yield CoverLine("Owner", words.clipped(str(release["owner"] or words.NOT_RECORDED), MOST_NAME))
    if valid:
        yield CoverLine("Valid", valid)
    yield CoverLine("Evidence", present(papers))
    yield CoverLine("Made", asked(papers))


def asked(papers: Papers) -> str:
    """When the pack was made, and for whom."""
    pack = papers.pack
    return f"{words.moment(pack['made_at'])}, asked for by {words.clipped(str(pack['made_by']), MOST_NAME)}"


def present(papers: Papers) -> str:
    """`14 of 14 evidence items present; 2 withheld, with reason`. A pack that misses one is not issued."""
    count = figures.number(len(papers.record["files"]))
    withheld = len(papers.record["withheld"])
    left_out = f"{figures.number(withheld)} withheld, with reason" if withheld else "none withheld"
    return f"{count} of {count} evidence items present; {left_out}"


def validity(papers: Papers) -> str:
    """Until when the approval may be used or an emergency lasts, and when it is reviewed."""
    release = papers.release
    until = f"to be released until {words.moment(release['valid_until'])}" if release["valid_until"] else ""
    review = f"review due {words.moment(release['review_at'])}" if release["review_at"] else ""
    ends, due = release.get("emergency_ends_at"), release.get("afterwards_due_at")
    emergency = f"in an emergency until {words.moment(ends)}" if ends else ""
    full = f"full review due {words.moment(due)}" if due else ""
    return ", ".join(filter(None, (emergency, full, until, review)))


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
    seen = f"As shown to {words.signer(newest)} for stage {newest['stage']}"
    note = f"{seen} on {words.moment(newest['signed_at'])}, decision view {words.short(newest['view'])}."
    if newest["effect"] == "stopped":
        place = f"see section {NUMBERS['signatures']}"
        return f"{note} The evidence changed afterwards, and this signature stopped counting: {place}."
    return note


def conflicts(papers: Papers) -> tuple[tuple[ConflictRow, ...], int]:
    """The first five FIELD_CONFLICTs with the reason given at admission, and how many more there are."""
    found = [
        ConflictRow(str(run["human_id"]), row.field, row.file_value, row.uploader_value, row.reason)
        for run, body in named(papers)
        for row in conflicts_of(body)
    ]
    return tuple(found[:MOST_NOTICES]), max(0, len(found) - MOST_NOTICES)


def voids(papers: Papers) -> tuple[tuple[Body, ...], int]:
    """The first five void runs, and how many more there are."""
    found = [run for run in papers.record["runs"] if run["status"] != "admitted"]
    return tuple(found[:MOST_NOTICES]), max(0, len(found) - MOST_NOTICES)


def people(papers: Papers, signatures: Sequence[SignatureRow]) -> str:
    """Who submitted, who owns, how many signed."""
    newest = max(papers.record["revisions"], key=lambda revision: int(revision["number"]))
    signers = {row.name for row in signatures}
    given = words.counted(len(signatures), "signature counts", "signatures count")
    return (
        f"Revision {newest['number']} was submitted by {newest['submitted_by']} on "
        f"{words.moment(newest['submitted_at'])}. {given}, "
        f"of {words.counted(len(signers), 'person', 'people')}."
    )


def open_items(papers: Papers, stages: Sequence[StageRow]) -> tuple[OpenItem, ...]:
    """Stages without their quorum, and files left out; the gates above say what they need themselves."""
    return (*_stages(stages), *_withheld(papers))


def _stages(stages: Sequence[StageRow]) -> Iterator[OpenItem]:
    short = [f"{row.stage} ({row.counting} of {row.needed})" for row in stages if not row.is_met]
    if short:
        yield OpenItem("Stages", words.listed(short), "A signature that counts in each of them.")


def _withheld(papers: Papers) -> Iterator[OpenItem]:
    count = len(papers.record["withheld"])
    if count:
        files = words.counted(count, "file is", "files are")
        where = f"Section {NUMBERS['evidence']} names each with its reason."
        yield OpenItem("Withheld", f"{files} listed by digest only", where)
