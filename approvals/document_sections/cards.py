"""A catalogue record as printed lines: every field of it, and "not recorded" where it says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from approvals.document_sections import words
from approvals.document_sections.papers import Body, Papers
from registry import figures

LABELS: Final = {
    "n": "n",
    "sku": "Product or SKU",
    "licence": "Licence",
    "parent": "Made from",
    "digest": "Digest of the artifact",
    "n_shot": "Examples in the prompt",
    "collected_from": "Collected from",
    "collected_to": "Collected to",
    "item_count": "Items",
    "split_public_at_cutoff": "Split was public at the training cutoff",
    "privacy_attested_by": "Privacy attested by",
    "relevance": "Relevance to the intended use",
    "recovery_seconds": "Time to recover",
    "window_minutes": "Window",
    "clear_threshold": "A breach ends at",
    "minimum_minutes": "Beyond the limit for",
    "staleness_minutes": "Data are missing after",
    "action": "On a breach",
    "direction": "Better is",
    "is_proportion": "Is a proportion k/n",
    "range_low": "Lowest possible",
    "range_high": "Highest possible",
    "created_at": "Recorded",
    "created_by": "Recorded by",
    "supersedes": "Supersedes record",
    "published_at": "Published",
    "weights_digest": "Digest of the weights",
}

WORDS: Final = {
    "higher_is_better": "higher",
    "lower_is_better": "lower",
    "held_out_private": "held out, private",
    "split_unknown": "unknown",
    "special_category": "special category of personal data",
    "suspend": "suspends the release",
    "watch": "is reported to the owner",
}
"""Values of fixed lists that do not read well as their identifier."""

FIXED: Final = frozenset(
    {
        "privacy_class", "exposure", "split", "kind", "modality", "direction", "action", "stage",
        "origin_kind", "severity",
    }
)  # fmt: skip
"""Fields whose values come from a fixed list."""

MEANT_EMPTY: Final = {
    "published_at": ("exposure", ("never_published", "access_controlled"), "does not apply, not published"),
    "anonymisation_method": (
        "privacy_class",
        ("synthetic", "personal", "special_category"),
        "does not apply",
    ),
    "privacy_attested_by": ("privacy_class", ("synthetic", "personal", "special_category"), "does not apply"),
    "lineage_reason": ("previous_version", (None,), "does not apply, no previous version is named"),
    "public_release_date": ("kind", ("private",), "does not apply, never public"),
    "tested_by": ("last_tested_at", (None,), "does not apply, never tested"),
}
"""Field that may be empty → the field that explains it, its values, and the words."""

NONE_IS_A_FACT: Final = {
    "supersedes": "none, this is the first revision",
    "parent": "none named",
    "previous_version": "none named",
    "aliases": "none",
    "last_tested_at": "never tested",
}
_FLAGGED: Final = frozenset({"last_tested_at"})


@dataclass(frozen=True, slots=True)
class Line:
    """One printed line; `kind` is text, mono, or missing (printed in the flag colour)."""

    label: str
    value: str
    kind: str = "text"

    @property
    def is_short(self) -> bool:
        """Whether it needs no more than half the width."""
        fits = len(self.value) <= SHORT_VALUE and len(self.label) <= SHORT_LABEL
        return fits and self.kind != "mono" and "\n" not in self.value


DAY: Final = 24 * 60
SHORT_VALUE: Final = 40
SHORT_LABEL: Final = 26


@dataclass(frozen=True, slots=True)
class Card:
    """A record with its heading, one line under it, and its digest."""

    title: str
    note: str
    digest: str
    lines: tuple[Line, ...]

    @property
    def missing(self) -> int:
        """How many fields say nothing."""
        return sum(1 for line in self.lines if line.kind == "missing")

    @property
    def rows(self) -> tuple[tuple[Line, ...], ...]:
        """The lines in their order, two short ones side by side."""
        return side_by_side(self.lines)


def side_by_side(lines: Iterable[Line]) -> tuple[tuple[Line, ...], ...]:
    """Lines as rows of one long line or up to two short ones."""
    made: list[tuple[Line, ...]] = []
    for one in lines:
        last = made[-1] if made else ()
        if one.is_short and len(last) == 1 and last[0].is_short:
            made[-1] = (*last, one)
        else:
            made.append((one,))
    return tuple(made)


def card(papers: Papers, digest: str, body: Body, *, title: str, note: str, fields: tuple[str, ...]) -> Card:
    """The given fields of a record in their order, then who recorded it when."""
    shown = (*fields, "revision", "supersedes", "created_at", "created_by")
    lines = tuple(line(papers, body, name) for name in shown if name in body)
    return Card(title, note, digest, lines)


def line(papers: Papers, body: Body, name: str) -> Line:
    """One field of a record; an empty one says so, in flag colour unless a rule explains it."""
    label = label_of(name)
    value = body.get(name)
    if value in ("", None, [], {}):
        return _empty(label, body, name)
    text = said(papers, name, value)
    return Line(label, text, "mono" if words.is_digest(text) else "text")


def label_of(name: str) -> str:
    """The printed name of a field."""
    return LABELS.get(name) or words.plain(name)


def said(papers: Papers, name: str, value: Any) -> str:
    """A value of a record in words."""
    match value:
        case bool():
            return "yes" if value else "no"
        case int():
            return _amount(name, value)
        case str():
            return _text(name, value)
        case Mapping():
            return _mapping(papers, value)
        case list():
            return ", ".join(said(papers, name, one) for one in value)
        case _:
            return str(value)


def heading(body: Body, *names: str) -> str:
    """The name of a record from its identifying fields: `Argo-L 2026-03`."""
    return " ".join(str(body[name]) for name in names if body.get(name))


def _empty(label: str, body: Body, name: str) -> Line:
    if name in NONE_IS_A_FACT:
        return Line(label, NONE_IS_A_FACT[name], "missing" if name in _FLAGGED else "text")
    field, values, text = MEANT_EMPTY.get(name, ("", (), ""))
    if field and body.get(field) in values:
        return Line(label, text)
    return Line(label, words.NOT_RECORDED, "missing")


def _amount(name: str, value: int) -> str:
    match name:
        case "recovery_seconds":
            return figures.duration(value)
        case "window_minutes" | "minimum_minutes" | "staleness_minutes":
            return window(value)
        case "parameters":
            return f"{figures.number(value)} parameters"
        case _:
            return figures.number(value)


def window(minutes: int) -> str:
    """`30 min`, `12 h` or `7 days`."""
    days, rest = divmod(minutes, DAY)
    return words.counted(days, "day") if days and not rest else figures.duration(minutes * 60)


def _text(name: str, value: str) -> str:
    if name.endswith("_at") and "T" in value:
        return words.moment(value)
    if name in ("collected_from", "collected_to", "published_at", "training_cutoff", "public_release_date"):
        return words.day(value)
    if value in WORDS and name in FIXED:
        return WORDS[value]
    return words.plain(value).lower() if name in FIXED else value


def _mapping(papers: Papers, value: Body) -> str:
    if "account" in value:
        return papers.person(value)
    if "digest" in value:
        return _named_record(papers, str(value["digest"]))
    return ", ".join(f"{key} {said(papers, key, inner)}" for key, inner in sorted(value.items()))


def _named_record(papers: Papers, digest: str) -> str:
    body = papers.records.get(digest)
    if body is None:
        return digest
    names = ("model", "dataset", "benchmark", "name", "version")
    return f"{heading(body, *names)}, record {words.short(digest)}"


def pairs(papers: Papers, values: Mapping[str, Any]) -> Iterator[Line]:
    """Free fields of a run, one line each, in the order of their names."""
    for name in sorted(values):
        if values[name] in ("", None, [], {}):
            continue
        text = said(papers, name, values[name])
        yield Line(label_of(name), text, "mono" if words.is_digest(text) else "text")
