"""Turn each measured number into counts, error and interval; never invent one that is not there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt
from typing import Final, Literal

from registry.agreement import same_name
from registry.facts import CatalogueFacts, MetricFacts
from registry.findings import Finding, Severity
from registry.formats.draft import MetricDraft, Quantity, RunDraft, SampleMetric
from registry.formats.native import SubmissionDocument
from registry.statistics.intervals import DEFAULT_CONFIDENCE, WILSON, WILSON_VERSION, wilson

TOLERANCE: Final = Decimal("0.000001")
"""Absolute difference up to which a recomputed number is the stated one (1e-6)."""

CountSource = Literal["samples", "value", "document"]

_NO_FILTER: Final = ("", "none")
_MEANS: Final = (None, "mean")


@dataclass(frozen=True, slots=True)
class MetricResultDraft:
    """One result of a run, ready to be stored.

    ``name`` is the file's (``metric`` or ``metric,filter``), ``definition`` the
    catalogue's. ``k`` of ``n`` with its source where known; ``ci_low`` and ``ci_high``
    are Python's shortest repr of the bounds at ``confidence``.
    """

    position: int
    name: str
    slice: str
    statistic: str
    definition: str | None
    unit: str
    value: Quantity
    k: int | None
    n: int | None
    k_source: CountSource | None
    stderr: Quantity | None
    ci_low: str | None
    ci_high: str | None
    ci_method: str | None
    higher_is_better: bool | None
    is_group: bool
    file: str
    pointer: str

    def canonical(self) -> dict[str, object]:
        """Return the result in the canonical profile, as it enters the run's record."""
        interval = {
            "low": self.ci_low,
            "high": self.ci_high,
            "method": self.ci_method,
            "method_version": WILSON_VERSION,
            "confidence": repr(DEFAULT_CONFIDENCE),
        }
        return {
            "name": self.name,
            "slice": self.slice,
            "statistic": self.statistic,
            "definition": self.definition,
            "unit": self.unit,
            "value": self.value.canonical(),
            "k": self.k,
            "n": self.n,
            "k_source": self.k_source,
            "stderr": None if self.stderr is None else self.stderr.canonical(),
            "interval": interval if self.ci_method else None,
            "higher_is_better": self.higher_is_better,
            "is_group": self.is_group,
            "file": self.file,
            "pointer": self.pointer,
        }


@dataclass(frozen=True, slots=True)
class Measured:
    """One metric with everything that is known about it, before it is judged."""

    metric: MetricDraft
    definition: MetricFacts | None
    sample: SampleMetric | None
    value: Decimal | None
    n: int | None
    k: int | None
    k_source: CountSource | None

    @property
    def name(self) -> str:
        """The name results are told apart by: a filter other than none is part of it."""
        metric = self.metric
        return metric.name if metric.filter in _NO_FILTER else f"{metric.name},{metric.filter}"

    @property
    def is_mean(self) -> bool:
        """Whether the value is the mean over the items of one task."""
        return self.metric.aggregation in _MEANS and not self.metric.is_group

    def finding(self, code: str, severity: Severity, what: str, step: str) -> Finding:
        """Return a finding at the place of this metric."""
        of = f" of {self.metric.slice}" if self.metric.slice else ""
        where = self.metric.where
        message = f"{self.name}{of}: {what}"
        return Finding(code, severity, message, where.file, where.pointer, step)


def measure(
    metric: MetricDraft, draft: RunDraft, document: SubmissionDocument, facts: CatalogueFacts
) -> Measured:
    """Return a metric with its definition, its items' summary and its counts."""
    definition = _definition(metric, document, facts)
    sample = _sample(metric, draft)
    n = metric.n if metric.n is not None or sample is None else sample.n
    value = metric.value.decimal()
    k, source = _count(metric, definition, sample, value, n)
    return Measured(metric, definition, sample, value, n, k, source)


def result(position: int, measured: Measured) -> MetricResultDraft:
    """Return the storable result; an interval only for counts that can be a proportion's."""
    metric, definition = measured.metric, measured.definition
    low, high = _interval(measured)
    return MetricResultDraft(
        position=position,
        name=measured.name,
        slice=metric.slice,
        statistic=metric.statistic or "mean",
        definition=definition.name if definition else None,
        unit=metric.unit or (definition.unit if definition else ""),
        value=metric.value,
        k=measured.k,
        n=measured.n,
        k_source=measured.k_source,
        stderr=metric.stderr,
        ci_low=low,
        ci_high=high,
        ci_method=WILSON if low is not None else None,
        higher_is_better=_higher_is_better(metric, definition),
        is_group=metric.is_group,
        file=metric.where.file,
        pointer=metric.where.pointer,
    )


def expected_stderr(measured: Measured) -> float | None:
    """Return the standard error of a mean, s/sqrt(n) with s over n - 1, or None.

    For k of n: sqrt(p(1-p)/(n-1)), which is the same number.
    """
    sample, k, n = measured.sample, measured.k, measured.n
    if not measured.is_mean or n is None or n < 2:
        return None
    if sample is not None and sample.deviation is not None and sample.n == n:
        return sample.deviation / sqrt(n)
    return sqrt(k / n * (1 - k / n) / (n - 1)) if k is not None and 0 <= k <= n else None


def tolerance_of(quantity: Quantity) -> Decimal:
    """Return half a unit of the last written digit, at least 1e-6: a rounded value is no lie."""
    value = quantity.decimal()
    exponent = value.as_tuple().exponent if value is not None else 0
    digits = exponent if isinstance(exponent, int) else 0
    return max(TOLERANCE, Decimal(5).scaleb(digits - 1)) if digits < 0 else TOLERANCE


def _definition(
    metric: MetricDraft, document: SubmissionDocument, facts: CatalogueFacts
) -> MetricFacts | None:
    keys = (f"{metric.name},{metric.filter}", metric.name)
    mapped = next((document.task_metrics[key] for key in keys if key in document.task_metrics), None)
    wanted = mapped or metric.name
    return next((one for one in facts.metrics.values() if _is_named(wanted, one)), None)


def _is_named(wanted: str, definition: MetricFacts) -> bool:
    return same_name(wanted, (definition.name, *definition.aliases))


def _sample(metric: MetricDraft, draft: RunDraft) -> SampleMetric | None:
    if metric.is_group:
        return None
    wanted = (metric.name, metric.filter or "none")
    tasks = (summary for summary in draft.samples if summary.task == metric.slice)
    entries: Iterator[SampleMetric] = (one for summary in tasks for one in summary.metrics)
    return next((one for one in entries if (one.name, one.filter) == wanted), None)


def _count(
    metric: MetricDraft,
    definition: MetricFacts | None,
    sample: SampleMetric | None,
    value: Decimal | None,
    n: int | None,
) -> tuple[int | None, CountSource | None]:
    is_proportion = definition is not None and definition.is_proportion
    if metric.k is not None:
        return metric.k, "document"
    is_share = is_proportion and metric.aggregation in _MEANS and not metric.is_group
    if not is_share or value is None or n is None or n <= 0:
        return None, None
    if sample is not None and sample.k is not None and sample.n == n:
        return sample.k, "samples"
    product = value * n
    k = int(product.to_integral_value())
    exact = abs(product - k) < TOLERANCE and 0 <= k <= n
    return (k, "value") if exact else (None, None)


def _interval(measured: Measured) -> tuple[str | None, str | None]:
    definition, k, n = measured.definition, measured.k, measured.n
    if definition is None or not definition.is_proportion or k is None or n is None:
        return None, None
    if not 0 <= k <= n or n == 0:
        return None, None
    bounds = wilson(k, n)
    return repr(bounds.low), repr(bounds.high)


def _higher_is_better(metric: MetricDraft, definition: MetricFacts | None) -> bool | None:
    if definition is not None:
        return definition.direction == "higher_is_better"
    return metric.higher_is_better
