"""What checks need to know of the catalogue, as values; loading them is another step's work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Final, Literal

SMALL_SET: Final = 200
"""Fewer items than this in a private set are flagged (R-003)."""


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """A model version: the names it goes by and the end of its training data."""

    name: str
    version: str
    vendor: str = ""
    aliases: tuple[str, ...] = ()
    provider_snapshot: str = ""
    training_cutoff_date: date | None = None


@dataclass(frozen=True, slots=True)
class BenchmarkFacts:
    """A benchmark version: its task by all names, and the day it became public."""

    name: str
    version: str
    kind: Literal["public", "private", "vendor", "arena"]
    task: str
    aliases: tuple[str, ...] = ()
    public_release_date: date | None = None


@dataclass(frozen=True, slots=True)
class DatasetFacts:
    """A dataset version; ``slice_counts`` gives the items of declared slices, where known."""

    name: str
    version: str
    item_count: int
    split: str
    exposure: Literal["never_published", "access_controlled", "published", "unknown"]
    digest: str
    source: str = ""
    aliases: tuple[str, ...] = ()
    slice_counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_private(self) -> bool:
        """Whether outsiders cannot have seen the items."""
        return self.exposure in ("never_published", "access_controlled")


@dataclass(frozen=True, slots=True)
class MetricFacts:
    """A metric definition; a proportion lies in [0, 1] unless its range says otherwise."""

    name: str
    unit: str
    direction: Literal["higher_is_better", "lower_is_better"]
    is_proportion: bool = False
    range_low: Decimal | None = None
    range_high: Decimal | None = None
    aliases: tuple[str, ...] = ()

    def bounds(self) -> tuple[Decimal | None, Decimal | None]:
        """Return the lowest and highest value the definition allows, None where open."""
        low, high = self.range_low, self.range_high
        if not self.is_proportion:
            return low, high
        return Decimal(0) if low is None else low, Decimal(1) if high is None else high


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """The catalogue entries a submission refers to; ``metrics`` by definition name."""

    model: ModelFacts
    benchmark: BenchmarkFacts
    dataset: DatasetFacts
    metrics: Mapping[str, MetricFacts]
    small_set: int = SMALL_SET
