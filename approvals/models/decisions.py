"""What the installation attests when a release is approved and when it goes live."""

from django.db import models

from approvals.models.releases import ReleaseRevision
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from evidence.models import Statement


class Decision(InsertOnlyModel):
    """What a revision led to (T7, T9, T12, T14, T15): our own statement and the summary beside it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(ReleaseRevision, on_delete=models.PROTECT, related_name="decisions")
    action = models.CharField(max_length=24)
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="decision")
    summary = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["made_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["revision", "action"], name="decision_once_per_revision_and_action"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action} of {self.revision}"
