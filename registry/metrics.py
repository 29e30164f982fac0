"""Figures of the installation for Prometheus: read anew at each scrape, by queries that stay cheap.

Nothing is kept between scrapes, so that every process of the web server gives the same figures.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from prometheus_client import CollectorRegistry, Metric, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from evidence import clock, publishing
from evidence.models import (
    Checkpoint,
    Job,
    JobState,
    Publication,
    TickLease,
    UnsealedEntry,
)
from registry import log_verification

COUNTED_STATES = (JobState.QUEUED, JobState.RUNNING, JobState.FAILED)
"""Each has an index of its own; counting what is done would read the whole table."""


def text() -> bytes:
    """All figures in the text format of Prometheus, version 0.0.4."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Figures())
    return generate_latest(registry)


class _Figures(Collector):
    """One scrape."""

    def describe(self) -> Iterator[Metric]:
        yield from ()

    def collect(self) -> Iterator[Metric]:
        now = clock.now()
        size = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
        yield _single("log_entries", "Entries under the newest checkpoint.", size)
        yield from _unsealed(now)
        yield from _verification()
        yield from _publications(size)
        yield _jobs()
        yield _ticks(now)


def _unsealed(now: datetime) -> Iterator[Metric]:
    oldest = UnsealedEntry.objects.order_by("entry_id").values_list("entry__at", flat=True).first()
    age = 0.0 if oldest is None else max(0.0, (now - oldest).total_seconds())
    yield _single("log_unsealed_entries", "Entries that wait to be sealed.", UnsealedEntry.objects.count())
    yield _single("log_unsealed_oldest_seconds", "Age of the oldest entry that waits to be sealed.", age)


def _verification() -> Iterator[Metric]:
    last = log_verification.newest()
    if last is None:
        return
    yield _single(
        "verification_timestamp_seconds", "When the last verification began.", last.started_at.timestamp()
    )
    yield _single("verification_faults", "Faults that the last verification found.", last.fault_count)
    yield _single("verification_duration_seconds", "How long the last verification took.", last.seconds)
    yield _single("verification_entries", "Entries that the last verification read.", last.entries)


def _publications(size: int) -> Iterator[Metric]:
    known = {row.target: row for row in Publication.objects.all()}
    lag = _family("publication_lag_entries", "Entries that a target has not got yet.", "target")
    failures = _family("publication_failures", "Attempts since a target took a checkpoint.", "target")
    for target in publishing.targets():
        row = known.get(target.name)
        lag.add_metric([target.name], size - ((row.size or 0) if row else 0))
        failures.add_metric([target.name], row.failures if row else 0)
    yield lag
    yield failures


def _jobs() -> Metric:
    jobs = _family("jobs", "Background jobs that wait, run or failed.", "state")
    for state in COUNTED_STATES:
        jobs.add_metric([str(state)], Job.objects.filter(state=state).count())
    return jobs


def _ticks(now: datetime) -> Metric:
    ages = _family("worker_tick_age_seconds", "Time since a worker last did this periodic work.", "tick")
    for name, until in TickLease.objects.order_by("name").values_list("name", "until"):
        # While a tick runs, its lease ends in the future.
        ages.add_metric([name], max(0.0, (now - until).total_seconds()))
    return ages


def _family(name: str, about: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"benchseal_{name}", about, labels=[label])


def _single(name: str, about: str, value: float) -> Metric:
    return GaugeMetricFamily(f"benchseal_{name}", about, value=value)
