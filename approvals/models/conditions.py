"""Conditions that a signature sets; what became of one are rows of their own, never changed."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from approvals.models.signatures import Signature
from approvals.querysets import ConditionQuerySet
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from registry.models import User


class Condition(InsertOnlyModel):
    """What somebody has to see to by a date, as a signer stated it; its words are in the signed statement."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    signature = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="conditions")
    number = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=1000)
    measurable_check = models.TextField(max_length=1000)
    """What is measured, and which value fulfils it."""
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_conditions")
    owner_name = models.CharField(max_length=120)
    """As it was printed when it was signed."""
    due_at = models.DateTimeField(db_index=True)
    set_at = models.DateTimeField()

    objects = ConditionQuerySet.as_manager()  # type: ignore[misc]  # reason: the plugin makes no ClassVar of it

    class Meta:
        ordering = ["signature_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["signature", "number"], name="condition_once_per_signature"),
            models.CheckConstraint(name="condition_due_after_it_is_set", condition=Q(due_at__gt=F("set_at"))),
        ]

    def __str__(self) -> str:
        return f"condition {self.number} of stage {self.signature.stage.code}"


class ConditionStep(models.TextChoices):
    """What becomes of a condition."""

    OVERDUE = "overdue", "Overdue"
    MET = "met", "Met"
    LIFTED = "lifted", "Lifted"


SETTLING = (ConditionStep.MET, ConditionStep.LIFTED)


class ConditionEvent(InsertOnlyModel):
    """One step of a condition: the clock's, or the word of a reviewer who settles it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="events")
    step = models.CharField(max_length=7, choices=ConditionStep.choices)
    finding = models.TextField(max_length=4000)
    """What the check showed, or why the condition is lifted."""
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["at"]
        constraints = [
            models.UniqueConstraint(
                fields=["condition"], condition=Q(step__in=["met", "lifted"]), name="condition_settled_once"
            ),
            models.UniqueConstraint(
                fields=["condition"], condition=Q(step="overdue"), name="condition_overdue_once"
            ),
            models.CheckConstraint(
                name="condition_settled_by_somebody",
                condition=Q(step="overdue", by__isnull=True) | (~Q(step="overdue") & Q(by__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.condition_id} {self.step}"
