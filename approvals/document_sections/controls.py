"""The control index: which clause a control supports, and where this pack shows it, if it does.

The controls are dated data (`approvals/controls/`). "Supports" is all that is said; whether an
organisation meets a clause is nothing a pack can state.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

from approvals.document_sections import words
from approvals.document_sections.contents import NUMBERS
from approvals.document_sections.papers import Papers
from approvals.document_sections.runs import named

DATA: Final = Path(__file__).resolve().parents[1] / "controls" / "index-2026-08-31.json"

LOCKOUTS: Final = ("signature.refused", "signature.locked")


@dataclass(frozen=True, slots=True)
class ControlRow:
    """One control; `section` is 0 where this pack holds no evidence of it."""

    id: str
    control: str
    supports: str
    section: int
    files: str


@dataclass(frozen=True, slots=True)
class ControlIndex:
    """All controls, the frameworks they name, and the date of the list."""

    as_of: str
    rows: tuple[ControlRow, ...]
    frameworks: tuple[Mapping[str, str], ...]

    @property
    def shown(self) -> int:
        """How many have evidence in this pack."""
        return sum(1 for row in self.rows if row.section)


@dataclass(frozen=True, slots=True)
class Place:
    """Where evidence is printed and filed, and whether a pack has any."""

    section: str
    files: str
    is_there: Callable[[Papers], bool]


def _always(papers: Papers) -> bool:
    return bool(papers.record)


def _list(name: str) -> Callable[[Papers], bool]:
    return lambda papers: bool(papers.record.get(name))


def _entries(section: str) -> Callable[[Papers], bool]:
    return lambda papers: any(True for _ in papers.entries(section))


def _has_corrections(papers: Papers) -> bool:
    return any(body["corrects"] for _, body in named(papers))


def _has_lockouts(papers: Papers) -> bool:
    return any(
        event["kind"] in ("signature.refused", "signature.locked") for event in papers.record["events"]
    )


def _has_metrics(papers: Papers) -> bool:
    return any(True for _ in papers.of_type("metric-definition"))


PLACES: Final[Mapping[str, Place]] = {
    "verify": Place("verify", "seal.dsse.json, VERIFY.md", _always),
    "access": Place("access", "data/record.json", _list("access")),
    "audit": Place("audit", "data/audit", _list("events")),
    "signatures": Place("signatures", "data/attestations", _list("signatures")),
    "criteria": Place("criteria", "data/records", _entries("criteria")),
    "lockouts": Place("audit", "data/audit", _has_lockouts),
    "model": Place("model", "data/records", _entries("model")),
    "runs": Place("findings", "data/records", _list("runs")),
    "corrections": Place("results", "data/records", _has_corrections),
    "review_date": Place("summary", "data/record.json", lambda papers: bool(papers.release["review_at"])),
    "datasets": Place("datasets", "data/records", _entries("datasets")),
    "results": Place("results", "data/annexes/results.tsv", _list("runs")),
    "monitoring": Place("operation", "data/records", _entries("monitoring")),
    "rollback": Place("operation", "data/records", _entries("rollback")),
    "owner": Place("signatures", "data/record.json", lambda papers: bool(papers.release["owner"])),
    "metrics": Place("criteria", "data/records", _has_metrics),
    "withheld": Place("evidence", "data/record.json", _list("withheld")),
    "revisions": Place("review", "data/records", _list("revisions")),
    "evidence": Place("evidence", "data/annexes/evidence.tsv", _list("files")),
}


@cache
def data() -> Mapping[str, Any]:
    """The dated list as it lies in the repository."""
    found: Mapping[str, Any] = json.loads(DATA.read_text("utf-8"))
    return found


def index(papers: Papers) -> ControlIndex:
    """Each control with the place in this pack, or none."""
    return ControlIndex(
        as_of=words.day(data()["as_of"]),
        rows=tuple(_row(papers, one) for one in data()["controls"]),
        frameworks=tuple(data()["frameworks"]),
    )


def _row(papers: Papers, control: Mapping[str, Any]) -> ControlRow:
    place = PLACES[control["evidence"]] if control["evidence"] else None
    is_there = place is not None and place.is_there(papers)
    return ControlRow(
        id=control["id"],
        control=control["control"],
        supports="; ".join(control["supports"]),
        section=NUMBERS[place.section] if place and is_there else 0,
        files=place.files if place and is_there else "",
    )
