"""Where each field of a run came from, and what the checks found in its files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from approvals.document_sections import words
from approvals.document_sections.cards import Line, label_of
from approvals.document_sections.papers import Body

ORIGIN_WORDS: Final = {"file": "file", "uploader": "uploader", "both": "file and uploader agree"}


@dataclass(frozen=True, slots=True)
class OriginRow:
    """One field of a run: its value and where it came from; a conflict shows both sides."""

    field: str
    value: str
    source: str
    place: str
    kind: str
    file_value: str = ""
    uploader_value: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class FindingRow:
    """Something the reader or a rule said about a run."""

    code: str
    message: str
    place: str
    severity: str


def origin_row(origin: Body) -> OriginRow:
    """One field with its source; a conflict keeps both values and the reason given."""
    state = str(origin.get("state"))
    place = " ".join(filter(None, (str(origin.get("file") or ""), str(origin.get("pointer") or ""))))
    field = label_of(str(origin.get("field")))
    if state == "conflict":
        return OriginRow(
            field=field,
            value=str(origin.get("value") or ""),
            source="conflict",
            place=place,
            kind="fail",
            file_value=str(origin.get("file_value") or ""),
            uploader_value=str(origin.get("uploader_value") or ""),
            reason=str(origin.get("override_reason") or ""),
        )
    if state == "missing":
        return OriginRow(field, words.NOT_RECORDED, "missing", "", "flag")
    return OriginRow(field, _value(origin), ORIGIN_WORDS.get(state, state), place, "")


def _value(origin: Body) -> str:
    value = str(origin.get("value") or "")
    return words.moment(value) if str(origin.get("field")).endswith("_at") and "T" in value else value


def sources(origins: Iterable[OriginRow]) -> tuple[Line, ...]:
    """The fields of each undisputed source, with the place in the file."""
    groups: dict[str, list[str]] = {}
    for row in origins:
        if not row.kind:
            groups.setdefault(row.source, []).append(f"{row.field} ({row.place})" if row.place else row.field)
    return tuple(Line(words.plain(source), ", ".join(fields)) for source, fields in groups.items())


def finding_row(finding: Body) -> FindingRow:
    """One finding with its place."""
    place = " ".join(filter(None, (str(finding.get("file") or ""), str(finding.get("pointer") or ""))))
    severity = str(finding.get("severity") or "flag")
    return FindingRow(str(finding.get("code")), str(finding.get("message")), place, severity)


def completeness(found: Body) -> str:
    """`8 of 9 parts of the reproducibility bundle; missing: container digest`."""
    if "total" not in found:
        return ""
    missing = words.listed(words.plain(str(name)).lower() for name in found.get("missing") or [])
    said_missing = f"; missing: {missing}" if missing else ""
    return f"{found['present']} of {found['total']} parts of the reproducibility bundle{said_missing}"
