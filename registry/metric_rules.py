"""Judge one measured number against its definition, its counts and its items."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Final

from registry.findings import Finding
from registry.formats.native import SubmissionDocument
from registry.measurements import TOLERANCE, Measured, expected_stderr, tolerance_of

MAX_LEXEME: Final = 60
MAX_NAME: Final = 160
P99_LEAST: Final = 100
P99_STEADY: Final = 1000
_TIME_UNITS: Final = frozenset({"ms", "s", "seconds", "milliseconds"})
_AVERAGES: Final = frozenset({"", "mean", "average", "avg"})


def judge(measured: Measured, document: SubmissionDocument) -> Iterator[Finding]:
    """Yield what is wrong or worth showing about one metric."""
    for rule in _RULES:
        yield from rule(measured)
    yield from _conditions(measured, document)


def _defined(measured: Measured) -> Iterator[Finding]:
    if measured.definition is None:
        what = "no metric definition of the project has this name"
        step = "Define the metric, or name its definition in /task_metrics"
        yield measured.finding("METRIC_UNDEFINED", "flag", what, step)


def _storable(measured: Measured) -> Iterator[Finding]:
    step = "Shorten it in the evaluation's output and send the files again"
    if len(measured.name) > MAX_NAME or len(measured.metric.slice) > MAX_NAME:
        what = f"name or slice is longer than {MAX_NAME} characters"
        yield measured.finding("NAME_TOO_LONG", "refuse", what, step)
    for quantity in (measured.metric.value, measured.metric.stderr):
        if quantity is not None and len(quantity.lexeme or "") > MAX_LEXEME:
            what = f"the number is longer than {MAX_LEXEME} characters"
            yield measured.finding("VALUE_TOO_LONG", "refuse", what, step)


def _finite(measured: Measured) -> Iterator[Finding]:
    state = measured.metric.value.state
    if state is not None:
        what = f"the value is {state}, not a number; it is stored as that state"
        step = "Check the evaluation; a criterion on this metric cannot pass"
        yield measured.finding("VALUE_NOT_FINITE", "flag", what, step)


def _in_range(measured: Measured) -> Iterator[Finding]:
    if measured.definition is None or measured.value is None:
        return
    low, high = measured.definition.bounds()
    if (low is not None and measured.value < low) or (high is not None and measured.value > high):
        shown = f"{'-inf' if low is None else low} to {'inf' if high is None else high}"
        what = f"the value {measured.metric.value.lexeme} is outside the declared range {shown}"
        step = "Correct the value, its unit, or the definition the metric is mapped to"
        yield measured.finding("VALUE_OUT_OF_RANGE", "refuse", what, step)


def _counts(measured: Measured) -> Iterator[Finding]:
    n, k = measured.n, measured.k
    step = "Correct the counts in the file or document and send the run again"
    if n is not None and n < 0:
        yield measured.finding("N_NEGATIVE", "refuse", f"n is {n}; it counts items", step)
    if n == 0:
        yield measured.finding("N_ZERO", "refuse", "n is 0: there is no data", step)
    if k is not None and k < 0:
        yield measured.finding("K_NEGATIVE", "refuse", f"k is {k}; it counts successes", step)
    if k is not None and n is None:
        yield measured.finding("K_WITHOUT_N", "refuse", f"k is {k} but n is missing", step)
    if k is not None and n is not None and k > max(n, 0):
        yield measured.finding("K_ABOVE_N", "refuse", f"k is {k} and n is {n}", step)


def _counted(measured: Measured) -> Iterator[Finding]:
    definition = measured.definition
    wanted = definition is not None and definition.is_proportion and not measured.metric.is_group
    if wanted and measured.value is not None and measured.k is None:
        what = "k is missing, so no interval is shown"
        step = "Send the samples file, or n with a value that is k divided by n"
        yield measured.finding("K_MISSING", "flag", what, step)


def _value_fits_counts(measured: Measured) -> Iterator[Finding]:
    k, n, value = measured.k, measured.n, measured.value
    definition = measured.definition
    if definition is None or not definition.is_proportion or measured.k_source != "document":
        return
    if k is None or value is None or not n or n < 0:
        return
    if abs(value - Decimal(k) / n) > tolerance_of(measured.metric.value):
        what = f"the value {measured.metric.value.lexeme} is not {k}/{n}"
        step = "Correct the value or the counts"
        yield measured.finding("VALUE_COUNTS_DIFFER", "refuse", what, step)


def _fits_samples(measured: Measured) -> Iterator[Finding]:
    what = _sample_difference(measured)
    if what is not None:
        step = "Send the results file and the samples file of one and the same evaluation"
        yield measured.finding("RESULTS_SAMPLES_DIFFER", "refuse", what, step)


def _sample_difference(measured: Measured) -> str | None:
    sample, stated, value = measured.sample, measured.metric.n, measured.value
    if sample is None:
        return None
    if stated is not None and stated != sample.n:
        return f"the results state n = {stated}, the samples hold {sample.n} items"
    if not measured.is_mean or value is None or sample.mean is None or _close(value, sample.mean):
        return None
    return f"the results state {measured.metric.value.lexeme}, the samples give {sample.mean!r}"


def _stderr(measured: Measured) -> Iterator[Finding]:
    stderr = measured.metric.stderr
    stated = stderr.decimal() if stderr is not None else None
    expected = expected_stderr(measured)
    if stderr is None or stated is None:
        return
    if stated < 0:
        step = "Check the evaluation's output"
        yield measured.finding("STDERR_NEGATIVE", "refuse", "the standard error is negative", step)
    elif expected is not None and not _close(stated, expected, tolerance_of(stderr)):
        what = f"the file states a standard error of {stderr.lexeme}, the counts give {expected!r}"
        step = "Name how the standard error was computed in the run's notes"
        yield measured.finding("STDERR_DIFFERS", "flag", what, step)


def _close(stated: Decimal, computed: float, tolerance: Decimal = TOLERANCE) -> bool:
    # Relative above 1: a perplexity of 1e6 carries the rounding of 1e6.
    allowed = tolerance * max(Decimal(1), abs(stated))
    return abs(stated - Decimal(computed)) <= allowed


def _percentile(measured: Measured) -> Iterator[Finding]:
    if measured.metric.statistic != "p99" or measured.n is None:
        return
    step = f"Measure at least {P99_STEADY} requests"
    if measured.n < P99_LEAST:
        what = f"a 99th percentile of {measured.n} values is not defined by the data"
        yield measured.finding("P99_TOO_FEW", "refuse", what, step)
    elif measured.n < P99_STEADY:
        what = f"a 99th percentile of {measured.n} values rests on fewer than ten of them"
        yield measured.finding("P99_FEW", "flag", what, step)


def _conditions(measured: Measured, document: SubmissionDocument) -> Iterator[Finding]:
    definition = measured.definition
    unit = measured.metric.unit or (definition.unit if definition else "")
    if unit.lower() in _TIME_UNITS and (measured.metric.statistic or "").lower() in _AVERAGES:
        what = "a time is given as an average or without its statistic"
        step = "Give p50, p90, p95, p99 or max with n"
        yield measured.finding("LATENCY_STATISTIC", "flag", what, step)
    if unit.lower().endswith("/s") and document.conditions.concurrency is None:
        what = "a throughput without its concurrency is incomplete"
        step = "State /conditions/load/concurrency"
        yield measured.finding("CONCURRENCY_MISSING", "flag", what, step)


_RULES: Final[tuple[Callable[[Measured], Iterator[Finding]], ...]] = (
    _defined,
    _storable,
    _finite,
    _in_range,
    _counts,
    _counted,
    _value_fits_counts,
    _fits_samples,
    _stderr,
    _percentile,
)
