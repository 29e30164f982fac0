"""The entries of a release manifest with names, section by section."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from approvals.manifest import SECTIONS
from approvals.presentation.diffs import SECTION_WORDS, SLOT_WORDS, Names
from approvals.presentation.labels import first_capital


@dataclass(frozen=True, slots=True)
class EntryRow:
    """One entry: what it is, which revision of it, and its record."""

    section: str
    what: str
    note: str
    digest: str


def entry_rows(body: Mapping[str, Any], names: Names) -> tuple[EntryRow, ...]:
    """All entries in the order of the sections; sections without one are left out."""
    return tuple(_row(name, entry, names) for name in SECTIONS for entry in body["sections"].get(name, []))


def empty_sections(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Names of the sections that hold nothing."""
    return tuple(SECTION_WORDS[name] for name in SECTIONS if not body["sections"].get(name))


def run_ids(body: Mapping[str, Any]) -> set[str]:
    """Ids of the runs a manifest rests on."""
    return {entry["id"] for entry in body["sections"]["evidence"]}


def digests(body: Mapping[str, Any]) -> set[str]:
    """Digests of every record a manifest names."""
    return {entry["digest"] for entries in body["sections"].values() for entry in entries}


def _row(section: str, entry: Mapping[str, str], names: Names) -> EntryRow:
    revision = names.records.get(entry["digest"], {}).get("revision")
    if section == "evidence":
        run = names.runs.get(entry["id"])
        what, note = (run.human_id if run else entry["id"]), SLOT_WORDS.get(entry["slot"], entry["slot"])
    elif section == "scope":
        what, note = "Title, intended use, deployment and owner", ""
    else:
        what, note = entry["id"], first_capital(SLOT_WORDS.get(entry["slot"], entry["slot"]))
    return EntryRow(
        SECTION_WORDS[section],
        what,
        ", ".join(filter(None, (note, revision and f"revision {revision}"))),
        entry["digest"],
    )
