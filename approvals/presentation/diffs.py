"""What was signed beside what is there now, with names for ids; must never hide an entry it cannot name."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from approvals import criteria
from approvals.presentation.labels import answer_words, first_capital
from registry.components import DiffRow

SECTION_WORDS: Final[dict[str, str]] = {
    "scope": "Scope",
    "model": "Model",
    "evidence": "Run",
    "datasets": "Data",
    "criteria": "Criteria",
    "comparisons": "Comparison",
    "waivers": "Waiver",
    "rollback": "Rollback",
    "monitoring": "Monitoring",
    "policy": "Policy",
}

SLOT_WORDS: Final[dict[str, str]] = {
    "private_evaluation": "private evaluation",
    "public_evidence": "public evidence",
    "model_version": "Model version",
    "dataset": "Dataset",
    "benchmark": "Benchmark",
    "criteria_set": "Criteria",
    "metric": "Metric",
    "rollback_artifact": "Rollback",
    "monitoring_signal": "Signal",
    "policy": "Policy",
}

SCOPE_WORDS: Final[dict[str, str]] = {"scope": "Scope", "tier": "Tier", "tier_answers": "Answers on the tier"}

LONGEST: Final = 300
ADMINISTRATIVE: Final = frozenset(
    {"type", "id", "revision", "supersedes", "created_at", "created_by", "channel"}
)
"""Members that differ between any two revisions; a reader wants what they say, not that they differ."""


@dataclass(frozen=True, slots=True)
class RunName:
    """What a run is called, and what became of it."""

    human_id: str
    fate: str = ""


@dataclass(frozen=True, slots=True)
class Names:
    """What ids and digests stand for: run id → name, record digest → its parsed body."""

    runs: Mapping[str, RunName] = field(default_factory=dict)
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


def ids_in(diffs: Sequence[Sequence[Mapping[str, Any]]]) -> tuple[set[str], set[str]]:
    """Run ids and record digests that `rows` wants to name."""
    changes = [change for diff in diffs for change in diff]
    runs = {change["id"] for change in changes if change["section"] == "evidence"}
    digests = {change[side] for change in changes for side in ("signed", "now") if change[side]}
    return runs, digests


def rows(diff: Sequence[Mapping[str, Any]], names: Names) -> tuple[DiffRow, ...]:
    """One row an entry, and under a changed record one row a changed field."""
    return tuple(row for change in diff for row in _rows(change, names))


def _rows(change: Mapping[str, Any], names: Names) -> Iterator[DiffRow]:
    what = _what(change, names)
    signed, now = change["signed"], change["now"]
    if signed is None:
        yield DiffRow(what=what, signed="not there", now="added", now_digest=now, is_changed=True)
    elif now is None:
        yield DiffRow(what=what, signed=_stood(change), now=_gone(change, names), signed_digest=signed)
    else:
        yield DiffRow(
            what=what,
            signed=_revision(signed, names),
            now=_revision(now, names),
            signed_digest=signed,
            now_digest=now,
            is_changed=True,
        )
        yield from _fields(names.records.get(signed), names.records.get(now))


def _what(change: Mapping[str, Any], names: Names) -> str:
    section, slot, key = change["section"], change["slot"], change["id"]
    if section == "evidence":
        found = names.runs.get(key)
        return found.human_id if found else f"Run {key}"
    if section == "scope":
        return SCOPE_WORDS.get(str(slot), str(slot))
    return f"{SLOT_WORDS.get(slot, SECTION_WORDS.get(section, section))} {key}"


def _stood(change: Mapping[str, Any]) -> str:
    return SLOT_WORDS.get(change["slot"], "in force") if change["section"] == "evidence" else "in force"


def _gone(change: Mapping[str, Any], names: Names) -> str:
    found = names.runs.get(change["id"]) if change["section"] == "evidence" else None
    return (found.fate if found else "") or "no longer counted"


def _revision(digest: str, names: Names) -> str:
    body = names.records.get(digest, {})
    return f"revision {body['revision']}" if body.get("revision") else "as recorded"


def _fields(signed: Mapping[str, Any] | None, now: Mapping[str, Any] | None) -> Iterator[DiffRow]:
    if signed is None or now is None:
        return
    for name in sorted((signed.keys() | now.keys()) - ADMINISTRATIVE):
        before, after = signed.get(name), now.get(name)
        if before != after:
            yield DiffRow(
                what=first_capital(name.replace("_", " ")),
                signed=value_words(before),
                now=value_words(after),
                is_changed=True,
            )


def value_words(value: object) -> str:
    """A recorded value as text of bounded length."""
    if value is None or value == "" or value == []:
        return "nothing"
    if isinstance(value, list) and all(isinstance(item, dict) and "operator" in item for item in value):
        return "; ".join(_criterion(item) for item in value)
    if isinstance(value, bool | str):
        return _short(answer_words("", value))
    if isinstance(value, dict) and "account" in value:
        return str(value["account"])
    return _short(json.dumps(value, ensure_ascii=False, sort_keys=True))


def _criterion(item: Mapping[str, Any]) -> str:
    about = f"{item['metric']}, {item['slice']}" if item.get("slice") else str(item["metric"])
    return _short(f"{about}: {criteria.rule_in_words(item)}")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"
