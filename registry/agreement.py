"""Decide whether a file and an uploader mean the same thing; lenient only as written here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Final, Literal

from registry.facts import DatasetFacts, ModelFacts

Relation = Literal["agree", "differ", "incomparable"]

CLOCK_TOLERANCE: Final = timedelta(minutes=5)
_HEX: Final = re.compile(r"[0-9a-f]{7,64}")
# Names of a loader, not of a dataset: the data came from a file the results do not name.
LOADERS: Final = frozenset(
    {"json", "csv", "text", "parquet", "arrow", "pandas", "imagefolder", "audiofolder", "webdataset"}
)
# A branch moves: naming it says nothing about which weights were evaluated.
MOVING_REVISIONS: Final = frozenset({"main", "master", "head", "latest"})
_HUB: Final = "https://huggingface.co/datasets/"


def same_name(stated: str, names: Iterable[str]) -> bool:
    """Say whether a name equals one of several, ignoring case and outer spaces, nothing else."""
    wanted = stated.strip().casefold()
    return any(wanted == name.strip().casefold() for name in names if name.strip())


def model_names(model: ModelFacts) -> tuple[str, ...]:
    """Return every name a file may give a catalogue model.

    Its name, ``vendor/name``, its declared aliases, and its provider snapshot id.
    A local path counts only when it is declared as an alias.
    """
    return (model.name, f"{model.vendor}/{model.name}", *model.aliases, model.provider_snapshot)


def revision_relation(stated: str, model: ModelFacts) -> Relation:
    """Compare a file's revision with the version, snapshot and aliases of the catalogue.

    A commit (7 to 64 hex digits) agrees with a recorded commit of which one is the
    start of the other; it is incomparable where the catalogue records no commit.
    Any other revision must equal one of the recorded names.
    """
    names = (model.version, model.provider_snapshot, *model.aliases)
    recorded = [part for name in names for part in name.split("@") if _HEX.fullmatch(part)]
    if same_name(stated, names):
        return "agree"
    if not _HEX.fullmatch(stated):
        return "differ"
    return commit_relation([stated], recorded) if recorded else "incomparable"


def commit_relation(stated: Iterable[str], recorded: Iterable[str]) -> Relation:
    """Compare commits of 7 or more hex digits; a short one agrees with what it is the start of."""
    known = [commit.lower() for commit in recorded if _HEX.fullmatch(commit.lower())]
    found = [commit.lower() for commit in stated if _HEX.fullmatch(commit.lower())]
    same = any(one.startswith(two) or two.startswith(one) for one in found for two in known)
    return "agree" if same else "differ"


def dataset_names(dataset: DatasetFacts) -> tuple[str, ...]:
    """Return every name a file may give a catalogue dataset: name, aliases, source, hub path."""
    return (
        dataset.name,
        f"{dataset.name} {dataset.version}",
        *dataset.aliases,
        dataset.source,
        dataset.source.removeprefix(_HUB),
    )


def count_relation(counts: Iterable[int], dataset: DatasetFacts) -> Relation:
    """Compare the items of a file's tasks with the dataset version.

    They agree when their sum is the item count, when each task has all items, or
    when each has the items of a declared slice.
    """
    numbers = list(counts)
    whole = sum(numbers) == dataset.item_count
    each = all(number == dataset.item_count for number in numbers)
    slices = set(dataset.slice_counts.values())
    parts = bool(slices) and all(number in slices for number in numbers)
    return "agree" if whole or each or parts else "differ"


def settings_relation(stated: Mapping[str, str], given: Mapping[str, str]) -> Relation:
    """Compare settings by shared name, numbers by value; without a shared name: incomparable."""
    shared = stated.keys() & given.keys()
    if not shared:
        return "incomparable"
    return "agree" if all(_same_value(stated[key], given[key]) for key in shared) else "differ"


def time_relation(stated: datetime, started: datetime, finished: datetime | None) -> Relation:
    """A file's start agrees if it lies within the stated run, 5 minutes of clock difference apart."""
    last = finished or started
    inside = started - CLOCK_TOLERANCE <= stated <= last + CLOCK_TOLERANCE
    return "agree" if inside else "differ"


def _same_value(one: str, two: str) -> bool:
    try:
        return Decimal(one) == Decimal(two)
    except InvalidOperation:
        return same_name(one, (two,))
