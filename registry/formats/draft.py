"""What a reader found in evaluation files, each value with its place; nothing here is judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal

from registry.findings import Finding
from registry.formats.strict_json import JsonValue, NonFinite, Number, decimal_of

StateName = Literal["nan", "inf", "-inf", "missing"]


@dataclass(frozen=True, slots=True)
class Where:
    """A place in a file: its name and a JSON Pointer (RFC 6901)."""

    file: str
    pointer: str


@dataclass(frozen=True, slots=True)
class Found:
    """A text a reader found, as the file wrote it."""

    value: str
    where: Where


@dataclass(frozen=True, slots=True)
class Quantity:
    """A measured number: the lexeme of its source, or a state where there is no finite number."""

    lexeme: str | None
    state: StateName | None = None

    def decimal(self) -> Decimal | None:
        """Return the finite value, or None for a state."""
        return None if self.lexeme is None else decimal_of(self.lexeme)

    def canonical(self) -> str | dict[str, str]:
        """Return the form that enters hashed records: the lexeme, or ``{"state": …}``."""
        return self.lexeme if self.lexeme is not None else {"state": self.state or "missing"}


MISSING: Final = Quantity(None, "missing")


def quantity_of(value: JsonValue) -> Quantity | None:
    """Return the quantity a JSON value writes, or None if it is text, logical or structured."""
    match value:
        case Number(lexeme) if decimal_of(lexeme) is not None:
            return Quantity(lexeme)
        case NonFinite(state):
            return Quantity(None, state)
        case None:
            return MISSING
        case _:
            return None


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """One task of the evaluation; ``is_group`` marks an aggregate over other tasks."""

    name: str
    where: Where
    is_group: bool = False
    version: Found | None = None
    dataset: Found | None = None
    dataset_revision: Found | None = None
    split: Found | None = None
    output_type: Found | None = None
    n_original: int | None = None
    n_effective: int | None = None
    n_shot: Found | None = None
    task_hash: Found | None = None


@dataclass(frozen=True, slots=True)
class MetricDraft:
    """One measured number as its file states it; ``slice`` is the task in harness files."""

    name: str
    slice: str
    value: Quantity
    where: Where
    filter: str = ""
    stderr: Quantity | None = None
    n: int | None = None
    k: int | None = None
    statistic: str | None = None
    unit: str | None = None
    aggregation: str | None = None
    higher_is_better: bool | None = None
    is_group: bool = False


@dataclass(frozen=True, slots=True)
class SampleMetric:
    """One metric over the items of a samples file.

    ``k`` counts successes and is None unless every outcome is 0, 1, true or false;
    ``mean`` and ``deviation`` (sample standard deviation over n - 1) are None unless
    every outcome is a finite number.
    """

    name: str
    filter: str
    n: int
    k: int | None
    mean: float | None
    deviation: float | None


@dataclass(frozen=True, slots=True)
class SampleSummary:
    """One samples file: ``n`` distinct items, its metrics, and the harness's hash over it."""

    task: str
    file: str
    n: int
    metrics: tuple[SampleMetric, ...]
    task_hash: str | None


@dataclass(frozen=True, slots=True)
class RunDraft:
    """Everything a reader found.

    ``fields`` holds single facts by name: model, revision, commit, upper_commit,
    harness_version, config, limit, n_shot, dataset, dataset_revision, started_at,
    duration_seconds, chat_template_sha, system_instruction_sha, raw_outputs.
    """

    reader: str
    reader_version: str
    format_version: str
    fields: Mapping[str, Found] = field(default_factory=dict)
    environment: Mapping[str, Found] = field(default_factory=dict)
    seeds: Mapping[str, Found] = field(default_factory=dict)
    decoding: Mapping[str, Found] = field(default_factory=dict)
    tasks: tuple[TaskDraft, ...] = ()
    metrics: tuple[MetricDraft, ...] = ()
    samples: tuple[SampleSummary, ...] = ()
    problems: tuple[Finding, ...] = ()

    def measured_tasks(self) -> tuple[TaskDraft, ...]:
        """Return the tasks that have items of their own, without groups."""
        return tuple(task for task in self.tasks if not task.is_group)
