"""A verifier's report as a page shows it: the verdict large, one row a check, every item below."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from approvals.presentation.labels import counted, first_capital
from approvals.states import State
from registry.figures import stamp_seconds

VERDICT_KINDS: Final[dict[str, str]] = {"genuine": "pass", "broken": "fail", "origin_not_proved": "flag"}
ITEM_STATES: Final[dict[str, tuple[str, str]]] = {
    "ok": ("pass", "Holds"),
    "bad": ("fail", "Differs"),
    "missing": ("fail", "Missing"),
    "unchecked": ("untested", "Not checked"),
}
COUNT_WORDS: Final[dict[str, str]] = {
    "Holds": "hold",
    "Differs": "differ",
    "Missing": "missing",
    "Not checked": "not checked",
}
MOST_FAULTS: Final = 5


@dataclass(frozen=True, slots=True)
class ItemRow:
    """One thing that was looked at."""

    kind: str
    word: str
    section: str
    name: str
    reason: str
    meaning: str


@dataclass(frozen=True, slots=True)
class SectionRow:
    """One check with all its items: the worst state, what it means, what was found."""

    kind: str
    word: str
    name: str
    meaning: str
    found: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReportRows:
    """A report in rows."""

    kind: str
    heading: str
    detail: str
    counts: str
    sections: tuple[SectionRow, ...]
    items: tuple[ItemRow, ...]
    said: tuple[tuple[str, str], ...]
    human_id: str
    zip_digest: str
    zip_size: int


def report_rows(report: Mapping[str, Any], *, operator: str) -> ReportRows:
    """Rows of `evidence.verification.verify`'s answer."""
    items = [_item(item) for item in report["items"]]
    pack = report["pack"]
    verdict = str(report["verdict"])
    return ReportRows(
        kind=VERDICT_KINDS[verdict],
        heading=_heading(verdict, operator),
        detail=_detail(verdict, items, pack),
        counts=_counts(items),
        sections=tuple(_sections(items)),
        items=tuple(items),
        said=tuple(_said(pack)),
        human_id=str(pack.get("human_id") or ""),
        zip_digest=str(pack.get("zip_digest") or ""),
        zip_size=int(pack.get("zip_size") or 0),
    )


def _heading(verdict: str, operator: str) -> str:
    return {
        "genuine": f"Intact, and issued by {operator}",
        "broken": "Not intact. Do not rely on this copy.",
        "origin_not_proved": "Intact; who issued it is not proved",
    }[verdict]


def _detail(verdict: str, items: Sequence[ItemRow], pack: Mapping[str, Any]) -> str:
    faults = [item for item in items if item.kind == "fail"]
    if verdict == "broken":
        return f"At fault: {counted(len(faults), 'item')} of {len(items):,}."
    if verdict == "origin_not_proved":
        return (
            "The keys of this installation did not sign it. Ask the issuer for its keys and check with them."
        )
    counts = pack.get("counts") or {}
    stopped = int(counts.get("stopped", 0)) if isinstance(counts, dict) else 0
    shown = f" Signatures that stopped counting: {stopped}; they are part of the record, not damage."
    return f"The pack says what was sealed, byte for byte.{shown if stopped else ''}"


def _counts(items: Sequence[ItemRow]) -> str:
    counts = [(words, sum(item.word == word for item in items)) for word, words in COUNT_WORDS.items()]
    said = ", ".join(f"{count:,} {words}" for words, count in counts if count)
    return f"{counted(len(items), 'item')}: {said}"


def _item(item: Mapping[str, Any]) -> ItemRow:
    kind, word = ITEM_STATES[str(item["state"])]
    return ItemRow(
        kind=kind,
        word=word,
        section=first_capital(str(item["section"])),
        name=str(item["name"]),
        reason=str(item["reason"]),
        meaning=str(item["meaning"]),
    )


def _sections(items: Sequence[ItemRow]) -> list[SectionRow]:
    names = list(dict.fromkeys(item.section for item in items))
    return [
        _section(f"{number} {name}", [item for item in items if item.section == name])
        for number, name in enumerate(names, start=1)
    ]


def _section(name: str, items: Sequence[ItemRow]) -> SectionRow:
    order = ["Differs", "Missing", "Not checked", "Holds"]
    worst = min(items, key=lambda item: order.index(item.word))
    good = sum(item.word == "Holds" for item in items)
    wrong = [_fault(item) for item in items if item.word != "Holds"]
    more = [f"and {len(wrong) - MOST_FAULTS:,} more"] if len(wrong) > MOST_FAULTS else []
    held = items[0].reason if len(items) == 1 else f"{good:,} of {len(items):,} hold"
    found = [held] if len(items) > 1 or not wrong else []
    return SectionRow(worst.kind, worst.word, name, worst.meaning, (*found, *wrong[:MOST_FAULTS], *more))


def _fault(item: ItemRow) -> str:
    # Most reasons name their item already.
    return item.reason if item.name in item.reason else f"{item.name}: {item.reason}"


def _time(text: object) -> str:
    try:
        return stamp_seconds(datetime.fromisoformat(str(text)))
    except ValueError:
        return str(text or "")


def _said(pack: Mapping[str, Any]) -> list[tuple[str, str]]:
    state = str(pack.get("state") or "")
    rows = [
        ("Pack", pack.get("human_id")),
        ("Version", pack.get("version")),
        ("Release", pack.get("release")),
        ("Decision", State(state).label if state in State.values else state),
        ("Made", _time(pack.get("made_at"))),
        ("Made by", pack.get("made_by")),
        ("Time", pack.get("time_authority")),
        ("Log", pack.get("log_origin")),
    ]
    return [(term, str(words)) for term, words in rows if words]
