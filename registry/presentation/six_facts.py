"""The six things a reader of a run asks first, each with where it came from; approvals come from above."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from registry import figures
from registry.models import CatalogueRecord, MonitoringSignal, Run
from registry.models.operations import BreachAction
from registry.presentation.catalogue import provenance
from registry.presentation.catalogue_kinds import BY_MODEL
from registry.presentation.words import counted, plain

LONGEST_NAME = 24
"""Longer names stand in the list of origins; beside a label they push it away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SixFact:
    """One of the six: its answer, what stands behind it, and its source."""

    label: str
    answer: str
    words: str
    url: str = ""
    digest: str = ""
    origin: str = "uploader"
    origin_words: str = "uploader"


@dataclass(frozen=True, slots=True)
class SixFacts:
    """The five of this layer, in the order of the page; approvals stand between."""

    before: tuple[SixFact, ...]
    after: tuple[SixFact, ...]


def six_facts(run: Run) -> SixFacts:
    """The facts of a run whose references are loaded."""
    return SixFacts((_owner(run), _dataset(run), _model(run)), (_rollback(run), _signals(run)))


def origin_of(run: Run, field: str) -> tuple[str, str]:
    """Where a field came from, as kind and words of the mark."""
    found: Mapping[str, Any] = next((one for one in run.origins if one.get("field") == field), {})
    match found.get("state"):
        case "file" | "both":
            name = str(found.get("file") or "file")
            return "file", name if len(name) <= LONGEST_NAME else "results file"
        case "conflict":
            return "missing", "file and uploader differ"
        case "missing":
            return "missing", "missing"
        case _:
            return "uploader", "uploader"


def record_url(row: CatalogueRecord, key: str) -> str:
    """The page of a catalogue record."""
    return reverse("catalogue_record", args=[key, BY_MODEL[type(row)].key, row.pk])


def _owner(run: Run) -> SixFact:
    token = run.submission.token
    by = f" through the API token {token.name}" if token else ""
    return SixFact(
        label="Owner",
        answer=run.owner.printed_name,
        words=f"Answers for the run. Uploaded by {run.uploaded_by.printed_name}{by}.",
    )


def _dataset(run: Run) -> SixFact:
    row = run.dataset_version
    made = f"{provenance(row).capitalize()}."
    people = (
        f"{counted(len(row.annotators), 'annotator')}, {row.annotation_guideline}." if row.annotators else ""
    )
    kind, words = origin_of(run, "dataset")
    return SixFact(
        label="Dataset provenance",
        answer=f"{row.dataset.name}, version {row.version}",
        words=" ".join(filter(None, (made, people, f"Owner {row.owner.printed_name}."))),
        url=record_url(row, run.project.key),
        digest=row.content_digest,
        origin=kind,
        origin_words=words,
    )


def _model(run: Run) -> SixFact:
    row = run.model_version
    ends = f"Training data ends {figures.day(row.training_cutoff)}." if row.training_cutoff else ""
    snapshot = (
        f"{row.model.supplier}, {row.provider_snapshot}."
        if row.provider_snapshot
        else f"{row.model.supplier}."
    )
    region = f"Region {row.region}." if row.region else ""
    kind, words = origin_of(run, "model")
    return SixFact(
        label="Model version",
        answer=f"{row.model.name}, version {row.version}",
        words=" ".join(filter(None, (snapshot, ends or "End of training data not stated.", region))),
        url=record_url(row, run.project.key),
        digest=row.weights_digest or row.record_id,
        origin=kind,
        origin_words=words,
    )


def _rollback(run: Run) -> SixFact:
    rows = list(run.rollback_artifacts.all())
    if not rows:
        return _none("Rollback artifacts", "Without one, a release has no way back to name.")
    row = rows[0]
    more = f" And {counted(len(rows) - 1, 'more')}." if len(rows) > 1 else ""
    tested = "Restore never tested."
    if row.last_tested_at and row.tested_by:
        took = f", in {figures.duration(row.recovery_seconds)}" if row.recovery_seconds else ""
        tested = f"Restore tested {figures.day(row.last_tested_at)} by {row.tested_by.printed_name}{took}."
    return SixFact(
        label="Rollback artifacts",
        answer=row.name,
        words=f"{plain(row.kind).capitalize()}, restores {row.restores}. {tested}{more}",
        url=record_url(row, run.project.key),
        digest=row.digest,
    )


def _signals(run: Run) -> SixFact:
    rows = list(run.monitoring_signals.all())
    if not rows:
        return _none("Monitoring signals", "Without one, a release is not watched.")
    names = ", ".join(row.name for row in rows)
    return SixFact(
        label="Monitoring signals",
        answer=counted(len(rows), "signal"),
        words=" ".join(filter(None, (f"Watches {names}.", _breach(rows)))),
        url=record_url(rows[0], run.project.key) if len(rows) == 1 else "",
    )


def _breach(rows: Iterable[MonitoringSignal]) -> str:
    row = next((one for one in rows if one.action == BreachAction.SUSPEND), None)
    if row is None:
        return "A breach tells the owner."
    side = "over" if row.direction == "lower_is_better" else "under"
    limit = format(row.threshold.normalize(), "f")
    return (
        f"{row.metric.capitalize()} {side} {limit} for {row.lasting_minutes}\u00a0min suspends the release."
    )


def _none(label: str, why: str) -> SixFact:
    return SixFact(label=label, answer="None named", words=why, origin="missing", origin_words="missing")
