"""Readings of monitoring signals: what was measured after the release, kept for ever."""

from __future__ import annotations

from decimal import Decimal

from django.db import models

from evidence.actors import Channel
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from registry.models.access import Project, User
from registry.models.operations import MonitoringSignal


class ReadingBatch(InsertOnlyModel):
    """Readings that came by one request; its ledger entry holds the digest of their canonical lines."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    signal = models.ForeignKey(MonitoringSignal, on_delete=models.PROTECT, related_name="reading_batches")
    """The first revision of the signal: readings belong to all of them."""
    received_at = models.DateTimeField()
    received_from = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    responsible_persons = models.JSONField(default=list)
    channel = models.CharField(max_length=6, choices=[(c.value, c.value) for c in Channel])
    count = models.PositiveIntegerField()
    late = models.PositiveIntegerField()
    digest = models.CharField(max_length=71)

    def __str__(self) -> str:
        return f"{self.count} readings of {self.signal_id}"


class Reading(InsertOnlyModel):
    """One measured value; the number is kept as text, exactly as it counts."""

    id = models.BigAutoField(primary_key=True)
    batch = models.ForeignKey(ReadingBatch, on_delete=models.PROTECT, related_name="readings")
    signal = models.ForeignKey(MonitoringSignal, on_delete=models.PROTECT, related_name="readings")
    at = models.DateTimeField()
    source = models.CharField(max_length=120)
    label = models.CharField(max_length=120, blank=True)
    value = models.CharField(max_length=40)
    is_late = models.BooleanField()
    """Whether a newer reading of the signal had come before."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["signal", "at", "source", "label"], name="reading_once")
        ]

    def __str__(self) -> str:
        return f"{self.value} at {self.at}"

    @property
    def number(self) -> Decimal:
        """The value as a number."""
        return Decimal(self.value)
