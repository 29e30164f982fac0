"""Summarise an lm-evaluation-harness samples file line by line; never hold its items."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from math import isfinite, sqrt
from typing import IO, Final

from registry.findings import Finding
from registry.formats.draft import SampleMetric, SampleSummary
from registry.formats.strict_json import JsonRefused, JsonValue, Number, parse_lines

MAX_LINES: Final = 2_000_000
MAX_ID: Final = 200
_MAX_MAGNITUDE: Final = 100  # decimal digits before the point; beyond it squares overflow
_HASHES: Final = ("doc_hash", "prompt_hash", "target_hash")


class SamplesRefused(Exception):
    """A samples file cannot be summarised; ``finding`` says why and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.message)
        self.finding = finding


@dataclass(slots=True)
class _Tally:
    # Welford's running mean and squared deviations (Technometrics 4, 1962): one pass, no list.
    n: int = 0
    k: int = 0
    mean: float = 0.0
    squares: float = 0.0
    is_binary: bool = True
    is_numeric: bool = True

    def add(self, outcome: JsonValue) -> None:
        self.n += 1
        number = _number(outcome)
        if number is None:
            self.is_binary = self.is_numeric = False
            return
        self.is_binary = self.is_binary and number in (0.0, 1.0)
        self.k += int(number == 1.0)
        step = number - self.mean
        self.mean += step / self.n
        self.squares += step * (number - self.mean)


@dataclass(slots=True)
class _Reading:
    tallies: dict[tuple[str, str], _Tally] = field(default_factory=dict)
    # Ids are short and lines bounded; a duplicate cannot be named without them.
    seen: set[tuple[str, str]] = field(default_factory=set)
    items: set[str] = field(default_factory=set)
    # The harness's own hash of a task; a digest of file content, not of a record.
    task_hash: hashlib._Hash | None = field(default_factory=hashlib.sha256)


def summarise(file: str, stream: IO[bytes], *, task: str, metrics: AbstractSet[str]) -> SampleSummary:
    """Return counts and means of ``metrics`` over the items of one task's samples file.

    Raises SamplesRefused for a line that is not a JSON object with ``doc_id``, an
    item that occurs twice under one filter, or more than 2,000,000 lines.
    """
    reading = _Reading()
    for number, line in _objects(file, stream):
        item, chosen = _identity(file, number, line)
        if (item, chosen) in reading.seen:
            raise _refused("SAMPLES_DUPLICATE", file, number, f"the item {item} occurs twice")
        reading.seen.add((item, chosen))
        reading.items.add(item)
        reading.task_hash = _hashed(reading.task_hash, line)
        for name in metrics & line.keys():
            reading.tallies.setdefault((name, chosen), _Tally()).add(line[name])
    return _summary(file, task, reading)


def _objects(file: str, stream: IO[bytes]) -> Iterator[tuple[int, dict[str, JsonValue]]]:
    try:
        for count, (number, value) in enumerate(parse_lines(stream, non_finite="state"), start=1):
            if count > MAX_LINES:
                raise _refused("SAMPLES_TOO_MANY", file, number, f"more than {MAX_LINES} lines")
            if not isinstance(value, dict):
                raise _refused("SAMPLES_LINE_INVALID", file, number, "the line is not an object")
            yield number, value
    except JsonRefused as refused:
        message = f"{refused.message}, column {refused.column}"
        raise _refused(refused.code.upper(), file, refused.line, message) from None


def _identity(file: str, number: int, line: dict[str, JsonValue]) -> tuple[str, str]:
    doc_id, chosen = line.get("doc_id"), line.get("filter", "none")
    item = doc_id.lexeme if isinstance(doc_id, Number) else doc_id
    if not isinstance(item, str) or not 0 < len(item) <= MAX_ID:
        raise _refused("SAMPLES_LINE_INVALID", file, number, "doc_id is missing or no short text")
    if not isinstance(chosen, str) or len(chosen) > MAX_ID:
        raise _refused("SAMPLES_LINE_INVALID", file, number, "filter is no short text")
    return item, chosen


def _hashed(running: hashlib._Hash | None, line: dict[str, JsonValue]) -> hashlib._Hash | None:
    for key in _HASHES:
        part = line.get(key)
        if running is None or not isinstance(part, str):
            return None
        running.update(part.encode())
    return running


def _number(outcome: JsonValue) -> float | None:
    if isinstance(outcome, bool):
        return float(outcome)
    value = outcome.decimal() if isinstance(outcome, Number) else None
    number = float(value) if value is not None and value.adjusted() < _MAX_MAGNITUDE else None
    return number if number is not None and isfinite(number) else None


def _summary(file: str, task: str, reading: _Reading) -> SampleSummary:
    metrics = tuple(
        SampleMetric(
            name=name,
            filter=chosen,
            n=tally.n,
            k=tally.k if tally.is_binary else None,
            mean=tally.mean if tally.is_numeric else None,
            deviation=sqrt(tally.squares / (tally.n - 1)) if tally.is_numeric and tally.n > 1 else None,
        )
        for (name, chosen), tally in sorted(reading.tallies.items())
    )
    digest = reading.task_hash.hexdigest() if reading.task_hash and reading.items else None
    return SampleSummary(task, file, len(reading.items), metrics, digest)


def _refused(code: str, file: str, line: int, what: str) -> SamplesRefused:
    message = f"Line {line} of {file}: {what}"
    step = "Send the samples file as the harness wrote it, complete and once"
    return SamplesRefused(Finding(code, "refuse", message, file, "", step))
