"""Decide from draft, document and catalogue whether a run can be admitted, and what to show."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from registry.facts import (
    BenchmarkFacts,
    CatalogueFacts,
    DatasetFacts,
    MetricFacts,
    ModelFacts,
)
from registry.figures import day
from registry.findings import Finding, pointer_to
from registry.formats.draft import RunDraft, SampleSummary, TaskDraft
from registry.formats.native import SubmissionDocument
from registry.measurements import MetricResultDraft, measure, result
from registry.metric_rules import judge
from registry.origins import MUST_AGREE, Completeness, Origin, completeness, merge

__all__ = [
    "BenchmarkFacts",
    "CatalogueFacts",
    "DatasetFacts",
    "MetricFacts",
    "MetricResultDraft",
    "ModelFacts",
    "ValidationResult",
    "split_of",
    "validate",
]


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """Everything that was found; ``is_refused`` if any finding refuses the run."""

    findings: tuple[Finding, ...]
    metrics: tuple[MetricResultDraft, ...]
    origins: Mapping[str, Origin]
    completeness: Completeness

    @property
    def is_refused(self) -> bool:
        """Whether the run cannot be admitted."""
        return any(finding.severity == "refuse" for finding in self.findings)

    @property
    def flags(self) -> tuple[Finding, ...]:
        """The findings an admitted run carries wherever it is shown."""
        return tuple(finding for finding in self.findings if finding.severity == "flag")


def validate(draft: RunDraft, document: SubmissionDocument, facts: CatalogueFacts) -> ValidationResult:
    """Return findings, results, origins and completeness of a run; touches nothing else."""
    origins = merge(draft, document, facts)
    measured = [measure(metric, draft, document, facts) for metric in draft.metrics]
    metrics = tuple(result(position, one) for position, one in enumerate(measured))
    findings = (
        *draft.problems,
        *_conflicts(origins),
        *_presence(draft, metrics),
        *(finding for one in measured for finding in judge(one, document)),
        *_twice(metrics),
        *(finding for task in draft.measured_tasks() for finding in _task(task, draft)),
        *_dataset(document, facts),
        *_contamination(facts),
    )
    return ValidationResult(findings, metrics, origins, completeness(origins))


def split_of(document: SubmissionDocument, facts: CatalogueFacts) -> str:
    """Return the split a run records: as stated, else unknown for a vendor's score (R-022)."""
    if document.split is not None:
        return document.split
    return "split_unknown" if document.origin_kind == "vendor" else facts.dataset.split


def _conflicts(origins: Mapping[str, Origin]) -> Iterator[Finding]:
    for origin in origins.values():
        if origin.state != "conflict":
            continue
        refuses = origin.field in MUST_AGREE and origin.override_reason is None
        what = f"{origin.field}: the file states {origin.file_value}"
        reason = f"; reason given: {origin.override_reason}" if origin.override_reason else ""
        yield Finding(
            "FIELD_CONFLICT",
            "refuse" if refuses else "flag",
            f"{what}, the submission {origin.uploader_value}{reason}",
            origin.file or "",
            origin.pointer or "",
            "Correct the submission, or name the field in /overrides with a reason"
            if refuses
            else "Compare both values before relying on the run",
        )


def _presence(draft: RunDraft, metrics: tuple[MetricResultDraft, ...]) -> Iterator[Finding]:
    if not metrics and not any(problem.severity == "refuse" for problem in draft.problems):
        message = "The submission holds no metric"
        step = "Send a results file with at least one number"
        yield Finding("NO_METRIC", "refuse", message, "", "", step)
    elif metrics and all(metric.definition is None for metric in metrics):
        message = "None of the metrics has a definition in the project"
        step = "Define one of them, or name its definition in /task_metrics"
        yield Finding("NO_METRIC_DEFINED", "refuse", message, "", "/task_metrics", step)


def _twice(metrics: tuple[MetricResultDraft, ...]) -> Iterator[Finding]:
    seen: set[tuple[str, str, str]] = set()
    for metric in metrics:
        key = (metric.name, metric.slice, metric.statistic)
        if key in seen:
            message = f"{metric.name}, slice {metric.slice or '(all)'}, occurs twice"
            step = "Keep one result for each name, slice and statistic"
            yield Finding("METRIC_TWICE", "refuse", message, metric.file, metric.pointer, step)
        seen.add(key)


def _task(task: TaskDraft, draft: RunDraft) -> Iterator[Finding]:
    original, effective = task.n_original, task.n_effective
    if original is not None and effective is not None and effective < original:
        message = f"{task.name}: {effective} of {original} items were evaluated"
        pointer = pointer_to("n-samples", task.name, "effective")
        step = "Run without a limit, or read the score as one of a part"
        yield Finding("LIMIT_USED", "flag", message, task.where.file, pointer, step)
    for summary in draft.samples:
        if summary.task == task.name:
            yield from _hash(task, summary)
            yield from _items(task, summary)


def _hash(task: TaskDraft, summary: SampleSummary) -> Iterator[Finding]:
    stated = task.task_hash
    if stated is None or summary.task_hash is None or stated.value == summary.task_hash:
        return
    message = f"{summary.file} is not the file whose hash the results state for {task.name}"
    step = "Send the samples file of the same evaluation"
    yield Finding("SAMPLES_HASH_DIFFERS", "flag", message, summary.file, "", step)


def _items(task: TaskDraft, summary: SampleSummary) -> Iterator[Finding]:
    stated = task.n_effective
    # Where the samples hold metrics, each metric's own rule compares its count.
    if stated is None or summary.metrics or stated == summary.n:
        return
    message = f"{task.name}: the results state n = {stated}, the samples hold {summary.n} items"
    step = "Send the results file and the samples file of one and the same evaluation"
    yield Finding("RESULTS_SAMPLES_DIFFER", "refuse", message, summary.file, "", step)


def _dataset(document: SubmissionDocument, facts: CatalogueFacts) -> Iterator[Finding]:
    dataset = facts.dataset
    if dataset.is_private and dataset.item_count < facts.small_set:
        message = f"The private dataset has {dataset.item_count} items, fewer than {facts.small_set}"
        step = "Add items, or read the interval rather than the score"
        yield Finding("SMALL_PRIVATE_SET", "flag", message, "", "/dataset", step)
    if document.split is None and document.origin_kind == "vendor":
        step = "State /split if the vendor documents it"
        message = "The split of a vendor's score is unknown"
        yield Finding("SPLIT_UNKNOWN", "flag", message, "", "/split", step)
    if document.split is not None and document.split != dataset.split:
        message = f"The run states split {document.split}, the dataset {dataset.split}"
        step = "Correct /split or the dataset version"
        yield Finding("SPLIT_DIFFERS", "flag", message, "", "/split", step)


def _contamination(facts: CatalogueFacts) -> Iterator[Finding]:
    # A set that never left the house has no release date and needs none.
    released, cutoff = facts.benchmark.public_release_date, facts.model.training_cutoff_date
    if released is None and facts.dataset.exposure == "never_published":
        return
    if released is None or cutoff is None:
        absent = "the benchmark's release date" if released is None else "the training cutoff"
        message = f"Whether the model saw the benchmark is unknown: {absent} is missing"
        step = "Record the date with its source in the catalogue"
        yield Finding("CONTAMINATION_UNKNOWN", "flag", message, "", "/benchmark", step)
    elif released <= cutoff:
        message = f"The benchmark is public since {day(released)}, training ended on {day(cutoff)}"
        step = "Add evidence on items the model cannot have seen"
        yield Finding("CONTAMINATION_RISK", "flag", message, "", "/benchmark", step)
