"""Who accepted which version of the statement that signatures bind like those by hand. Insert-only."""

from django.db import models

from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from registry.models import User


class Acceptance(InsertOnlyModel):
    """One person accepted one version of the accountability statement, in the words kept here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="acceptances")
    version = models.PositiveSmallIntegerField()
    text = models.TextField()
    accepted_at = models.DateTimeField()

    class Meta:
        ordering = ["version"]
        constraints = [
            models.UniqueConstraint(fields=["user", "version"], name="acceptance_once_per_person_and_version")
        ]

    def __str__(self) -> str:
        return f"{self.user_id}, version {self.version}"
