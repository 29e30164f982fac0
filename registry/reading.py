"""Step 2 and 3: read a submission's files and check what they state; runs outside any transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import partial
from typing import IO, Final, Literal, cast

from django.conf import settings

from evidence import vault
from registry.facts import (
    BenchmarkFacts,
    CatalogueFacts,
    DatasetFacts,
    MetricFacts,
    ModelFacts,
)
from registry.findings import Finding
from registry.formats import lm_eval, native
from registry.formats.draft import RunDraft
from registry.formats.native import SubmissionDocument
from registry.models import BenchmarkVersion, DatasetVersion, MetricDefinition, ModelVersion
from registry.references import References, SentFile
from registry.validation import ValidationResult, split_of, validate

READ_ROLES: Final = ("results", "samples")
"""Roles whose files are read; all other files are kept and attested, never opened."""

Kind = Literal["public", "private", "vendor", "arena"]
Exposure = Literal["never_published", "access_controlled", "published", "unknown"]
Direction = Literal["higher_is_better", "lower_is_better"]
Progress = Callable[[int, int, str], None]
STEPS: Final = 4


@dataclass(frozen=True)
class Reading:
    """What the files state and what is found about it, with the catalogue it was checked against."""

    document: SubmissionDocument
    references: References
    draft: RunDraft
    result: ValidationResult
    split: str


def read(document: SubmissionDocument, references: References, *, progress: Progress) -> Reading:
    """Read and check; problems are findings. Raises `BlobMissing` when stored bytes are gone."""
    names = [file.ref.name for file in to_read(document, references)]
    progress(1, STEPS, f"Reading {names[0] if names else 'the document'}")
    draft = _draft(document, references)
    progress(2, STEPS, f"Checking {len(draft.metrics)} results")
    facts = facts_of(references)
    result = validate(draft, document, facts)
    return Reading(document, references, draft, result, split_of(document, facts))


def to_read(document: SubmissionDocument, references: References) -> list[SentFile]:
    """The files the document's reader opens."""
    if document.reader == native.READER:
        return []
    return [file for file in references.files if file.ref.role in READ_ROLES]


def facts_of(references: References) -> CatalogueFacts:
    """The catalogue entries of a document as values for the pure checks."""
    return CatalogueFacts(
        model=_model(references.model),
        benchmark=_benchmark(references.benchmark),
        dataset=_dataset(references.dataset),
        metrics={row.name: _metric(row) for row in references.metrics},
    )


def _draft(document: SubmissionDocument, references: References) -> RunDraft:
    if document.reader == native.READER:
        return native.read(document)
    files = to_read(document, references)
    too_large = tuple(_too_large(files))
    if too_large:
        return replace(lm_eval.read({}), problems=too_large)
    with ExitStack() as opened:
        return lm_eval.read({file.ref.name: partial(_open, opened, file) for file in files})


def _open(opened: ExitStack, file: SentFile) -> IO[bytes]:
    return opened.enter_context(vault.open_blob(file.artifact.blob_id))


def _too_large(files: list[SentFile]) -> Iterator[Finding]:
    # Samples are read line by line; a results file is read whole.
    for file in files:
        size, most = file.artifact.blob.size, settings.MAX_RESULTS_BYTES
        if file.ref.role == "results" and size > most:
            message = f"{file.ref.name} has {size} bytes; a results file has at most {most}"
            step = "Send per-item outcomes as a samples file, and the results without them"
            yield Finding("RESULTS_TOO_LARGE", "refuse", message, file.ref.name, "", step)


def _model(row: ModelVersion) -> ModelFacts:
    return ModelFacts(
        name=row.model.name,
        version=row.version,
        vendor=row.model.supplier,
        aliases=tuple(row.aliases),
        provider_snapshot=row.provider_snapshot,
        training_cutoff_date=row.training_cutoff,
    )


def _benchmark(row: BenchmarkVersion) -> BenchmarkFacts:
    return BenchmarkFacts(
        name=row.benchmark.name,
        version=row.version,
        kind=cast("Kind", row.kind),
        task=row.task,
        aliases=tuple(row.aliases),
        public_release_date=row.public_release_date,
    )


def _dataset(row: DatasetVersion) -> DatasetFacts:
    return DatasetFacts(
        name=row.dataset.name,
        version=row.version,
        item_count=row.item_count,
        split=row.split,
        exposure=cast("Exposure", row.exposure),
        digest=row.content_digest,
        source=row.source,
    )


def _metric(row: MetricDefinition) -> MetricFacts:
    return MetricFacts(
        name=row.name,
        unit=row.unit,
        direction=cast("Direction", row.direction),
        is_proportion=row.is_proportion,
        range_low=row.range_low,
        range_high=row.range_high,
        aliases=tuple(row.aliases),
    )
