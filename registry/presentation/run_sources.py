"""Where the fields of a run come from, and what it was measured under, as stored at admission."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from registry import figures
from registry.models import Run
from registry.presentation.words import plain

TERMS = {
    "n": "Items",
    "n_shot": "Examples in the prompt",
    "os": "Operating system",
    "gpu": "GPU",
    "cpu": "CPU",
    "config": "Configuration",
    "seed": "Seeds",
}
DIGEST_LIKE = re.compile(r"(sha256:)?[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class OriginLine:
    """Where one field came from."""

    field: str
    value: str
    digest: str
    kind: str
    words: str
    pointer: str
    agrees: bool
    note: str


def origins(run: Run) -> list[OriginLine]:
    """Every field with its source, as stored at admission."""
    return [_origin(one) for one in run.origins]


def measured_under(run: Run) -> list[tuple[str, str]]:
    """Circumstances the sender stated and those the files show, as terms and words."""
    stated = {**run.environment.get("stated", {}), **run.conditions.get("stated", {})}
    read = {**run.environment.get("read", {}), **run.conditions.get("read", {})}
    return [
        (term(name), words)
        for name, value in {**stated, **{k: v for k, v in read.items() if not stated.get(k)}}.items()
        if (words := _words(value))
    ]


def term(name: str) -> str:
    """A stored name as a label."""
    return TERMS.get(name, plain(name).capitalize())


def _origin(stored: Mapping[str, Any]) -> OriginLine:
    state = str(stored.get("state", ""))
    file, value = str(stored.get("file") or ""), str(stored.get("value") or "")
    marks = {
        "file": ("file", file),
        "both": ("file", file),
        "conflict": ("missing", "file and uploader differ"),
        "missing": ("missing", "missing"),
    }
    kind, words = marks.get(state, ("uploader", "uploader"))
    return OriginLine(
        field=term(str(stored.get("field", ""))),
        value=value,
        digest=value if DIGEST_LIKE.fullmatch(value) else "",
        kind=kind,
        words=words,
        pointer=str(stored.get("pointer") or ""),
        agrees=state == "both",
        note=_difference(stored) if state == "conflict" else "",
    )


def _difference(stored: Mapping[str, Any]) -> str:
    reason = stored.get("override_reason") or "none"
    return f"File: {stored.get('file_value')}. Uploader: {stored.get('uploader_value')}. Reason: {reason}"


def _words(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case int():
            return figures.number(value)
        case dict():
            return ", ".join(f"{name} {_words(inner)}" for name, inner in sorted(value.items()))
        case list():
            return ", ".join(_words(inner) for inner in value)
        case _:
            return str(value)
