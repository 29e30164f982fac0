"""Events and files in print, bounded; the rest is named by its number and stands in the data of the pack."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.cards import heading
from approvals.document_sections.papers import Body, Papers
from approvals.document_sections.runs import named
from evidence.names import NAMESPACE
from registry import figures

MOST_EVENTS: Final = 200
MOST_FILES: Final = 60
KINDS: Final = (
    ("artifact", "original file", ""),
    ("record", "record", ""),
    ("view", "decision view", ""),
    ("statement", "signed statement", ""),
    ("checkpoint", "head of the log", "heads of the log"),
    ("trail", "file of the trail", "files of the trail"),
)
"""Kind of file → one and many in words; all of them add up to the files record.json names."""
RARE: Final = frozenset({"checkpoint", "trail"})
BULK: Final = frozenset({"run.admitted", "evidence.linked", "evidence.unlinked"})
"""Kinds that a release of many runs repeats for each run."""


@dataclass(frozen=True, slots=True)
class EventRow:
    """One ledger entry about this release or one of its runs."""

    at: str
    what: str
    kind: str
    entry: str
    leaf: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """One file of the pack, or one that was withheld with its reason."""

    path: str
    name: str
    size: str
    digest: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FileGroup:
    """Files of one kind; `more` of them are not printed."""

    title: str
    rows: tuple[FileRow, ...]
    more: int
    note: str = ""


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the evidence list shows, and the sums that must agree."""

    groups: tuple[FileGroup, ...]
    withheld: tuple[FileRow, ...]
    more_withheld: int
    other_runs: int
    sums: str


@dataclass(frozen=True, slots=True)
class AuditExtract:
    """What is printed of the log; `tally` counts every entry by kind and adds up to `total`."""

    rows: tuple[EventRow, ...]
    more: int
    total: int
    tally: tuple[tuple[str, int], ...]
    first: EventRow | None
    last: EventRow | None


def extract(papers: Papers) -> AuditExtract:
    """All entries up to 200; of more, those that no run repeats, and the counts of the others."""
    given = sorted(papers.record["events"], key=lambda event: (event["at"], event["entry"]))
    kinds = Counter(words.event_word(str(event["kind"])) for event in given)
    told = given if len(given) <= MOST_EVENTS else [one for one in given if one["kind"] not in BULK]
    return AuditExtract(
        rows=tuple(_event(event) for event in told[:MOST_EVENTS]),
        more=len(given) - min(len(told), MOST_EVENTS),
        total=len(given),
        tally=tuple(sorted(kinds.items(), key=lambda pair: (-pair[1], pair[0]))),
        first=_event(given[0]) if given else None,
        last=_event(given[-1]) if given else None,
    )


def listing(papers: Papers, printed: Collection[str]) -> Listing:
    """Artifacts of the runs printed in full, then records, decision views and statements."""
    files = papers.record["files"]
    names = _statements(papers)
    mine: dict[str, list[Body]] = {run: [] for run in sorted(printed)}
    for file in files:
        if file["kind"] == "artifact" and file["run"] in mine:
            mine[file["run"]].append(file)
    sent = {str(run["human_id"]): body for run, body in named(papers) if run["human_id"] in mine}
    groups = [
        _group(f"Files of {run}", [_artifact(file) for file in found], _sent(papers, sent[run]))
        for run, found in mine.items()
    ]
    for kind, title in (("trail", "The trail"), ("checkpoint", "The head that drew the sample")):
        groups.append(_group(title, [_artifact(file) for file in files if file["kind"] == kind]))
    for kind, title in (("record", "Records"), ("view", "Decision views")):
        groups.append(_group(title, [_record(papers, file) for file in files if file["kind"] == kind]))
    statements = [_statement(file, names) for file in files if file["kind"] == "statement"]
    groups.append(_group("Signed statements", statements))
    withheld = papers.record["withheld"]
    others = {str(file["run"]) for file in files if file["kind"] == "artifact"} - mine.keys()
    return Listing(
        groups=tuple(group for group in groups if group.rows),
        withheld=tuple(_withheld(one) for one in withheld[:MOST_FILES]),
        more_withheld=max(0, len(withheld) - MOST_FILES),
        other_runs=len(others),
        sums=_sums(files, len(withheld)),
    )


def _sent(papers: Papers, body: Body) -> str:
    happened = body.get("finished_at") or body.get("started_at")
    return (
        f"Sent by {papers.person(body['uploaded_by'])}. Event time {words.moment(happened)}; "
        f"capture time {words.moment(body['received_at'])}."
    )


def _event(event: Body) -> EventRow:
    return EventRow(
        at=words.moment(event["at"]).removesuffix(" UTC"),
        what=words.event_word(str(event["kind"])),
        kind=str(event["kind"]),
        entry=str(event["entry"]),
        leaf=str(event["leaf_hash"])[:16],
    )


def _group(title: str, rows: list[FileRow], note: str = "") -> FileGroup:
    shown = tuple(sorted(rows, key=lambda row: (row.name, row.path, row.digest)))
    return FileGroup(title, shown[:MOST_FILES], max(0, len(rows) - MOST_FILES), note)


def _artifact(file: Body) -> FileRow:
    return _row(file, str(file["name"]), str(file["path"]))


def _record(papers: Papers, file: Body) -> FileRow:
    """A record under the name people know it by; its path is its digest."""
    body = papers.records.get(str(file["digest"]), {})
    kind = words.plain(
        str(file["name"]).removeprefix(NAMESPACE).strip("/").rpartition("/v")[0].replace("-", " ")
    )
    if "stage" in body and "revision" in body:
        return _row(
            file, f"Revision {body['revision']}, stage {body['stage']}, {words.role_word(body['role'])}"
        )
    name = (
        body.get("human_id")
        or body.get("external_id")
        or heading(body, "model", "dataset", "benchmark", "name", "version", "title")
    )
    return _row(file, kind or str(file["name"]), str(name))


def _statement(file: Body, names: Mapping[str, str]) -> FileRow:
    path = str(file["path"])
    name = names.get(path) or (f"Run {file['run']}" if file["run"] else words.NOT_RECORDED)
    return _row(file, name, f"statement {path.rpartition('/')[2][:16]}")


def _statements(papers: Papers) -> dict[str, str]:
    """What each statement is about, by its path: a person's signature, or a decision with its summary."""
    signed = {
        str(one["envelope"]): f"Stage {one['stage']}, revision {one['revision']}, {words.signer(one)}"
        for one in papers.signatures
    }
    for decision in papers.record.get("decisions", []):
        about = f"{words.plain(str(decision['action']))}, revision {decision['revision']}"
        signed[str(decision["envelope"])] = f"Decision: {about}"
        signed[str(decision["summary"])] = f"Verification Summary: {about}"
    return signed


def _row(file: Body, name: str, note: str = "") -> FileRow:
    digest = str(file["digest"]).removeprefix("sha256:")
    return FileRow(path=note, name=name, size=figures.bytes_exact(file["size"]), digest=digest)


def _withheld(one: Body) -> FileRow:
    return FileRow(
        path=str(one.get("run") or ""),
        name=str(one["name"]),
        size=figures.bytes_exact(one["size"]),
        digest=str(one["digest"]).removeprefix("sha256:"),
        reason=str(one["reason"]),
    )


def _sums(files: Iterable[Body], withheld: int) -> str:
    kinds = Counter(str(file["kind"]) for file in files)
    parts = [
        words.counted(kinds[kind], one, many) for kind, one, many in KINDS if kinds[kind] or kind not in RARE
    ]
    return (
        f"{words.listed(parts)} make {words.counted(kinds.total(), 'file')} named in record.json; "
        f"{words.counted(withheld, 'more file is', 'more files are') if withheld else 'no file is'} withheld."
    )
