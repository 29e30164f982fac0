"""Events and files in print, bounded; the rest is named by its number and stands in the data of the pack."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.cards import heading
from approvals.document_sections.papers import Body, Papers
from evidence.names import NAMESPACE
from registry import figures

MOST_EVENTS: Final = 200
MOST_FILES: Final = 200


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


@dataclass(frozen=True, slots=True)
class Listing:
    """Everything the evidence list shows, and the sums that must agree."""

    groups: tuple[FileGroup, ...]
    withheld: tuple[FileRow, ...]
    more_withheld: int
    sums: str


def events(papers: Papers) -> tuple[tuple[EventRow, ...], int]:
    """The first 200 events in their order, and how many more there are."""
    given = sorted(papers.record["events"], key=lambda event: (event["at"], event["entry"]))
    rows = tuple(_event(event) for event in given[:MOST_EVENTS])
    return rows, max(0, len(given) - MOST_EVENTS)


def listing(papers: Papers) -> Listing:
    """Artifacts run by run, then records, decision views and statements."""
    files = papers.record["files"]
    artifacts = [file for file in files if file["kind"] == "artifact"]
    names = _statements(papers)
    groups = []
    for run in sorted({str(file["run"]) for file in artifacts}):
        mine = [file for file in artifacts if str(file["run"]) == run]
        groups.append(_group(f"Files of {run}", [_artifact(file) for file in mine]))
    for kind, title in (("record", "Records"), ("view", "Decision views")):
        groups.append(_group(title, [_record(papers, file) for file in files if file["kind"] == kind]))
    statements = [_statement(file, names) for file in files if file["kind"] == "statement"]
    groups.append(_group("Signed statements", statements))
    withheld = papers.record["withheld"]
    return Listing(
        groups=tuple(group for group in groups if group.rows),
        withheld=tuple(_withheld(one) for one in withheld[:MOST_FILES]),
        more_withheld=max(0, len(withheld) - MOST_FILES),
        sums=_sums(files, len(withheld)),
    )


def _event(event: Body) -> EventRow:
    return EventRow(
        at=words.moment(event["at"]).removesuffix(" UTC"),
        what=words.event_word(str(event["kind"])),
        kind=str(event["kind"]),
        entry=str(event["entry"]),
        leaf=str(event["leaf_hash"])[:16],
    )


def _group(title: str, rows: list[FileRow]) -> FileGroup:
    shown = tuple(sorted(rows, key=lambda row: (row.name, row.path, row.digest)))
    return FileGroup(title, shown[:MOST_FILES], max(0, len(rows) - MOST_FILES))


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
    name = body.get("human_id") or heading(body, "model", "dataset", "benchmark", "name", "version", "title")
    return _row(file, kind or str(file["name"]), str(name))


def _statement(file: Body, names: Mapping[str, str]) -> FileRow:
    path = str(file["path"])
    name = names.get(path) or (f"Run {file['run']}" if file["run"] else words.NOT_RECORDED)
    return _row(file, name, f"statement {path.rpartition('/')[2][:16]}")


def _statements(papers: Papers) -> dict[str, str]:
    return {
        str(one["envelope"]): f"Stage {one['stage']}, revision {one['revision']}, {one['printed_name']}"
        for one in papers.signatures
    }


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
    kinds = [str(file["kind"]) for file in files]
    parts = [
        words.counted(kinds.count(kind), one, many)
        for kind, one, many in (
            ("artifact", "original file", ""),
            ("record", "record", ""),
            ("view", "decision view", ""),
            ("statement", "signed statement", ""),
        )
    ]
    return (
        f"{words.listed(parts)} make {words.counted(len(kinds), 'file')} named in record.json; "
        f"{words.counted(withheld, 'more file is', 'more files are') if withheld else 'no file is'} withheld."
    )
