"""Which project owns which bytes."""

from django.db import models

from evidence.ids import uuid7
from evidence.models import Blob
from registry.models.access import Project, User
from registry.querysets import InProjectQuerySet


class Artifact(models.Model):
    """A project owns an artifact only after it sent all its bytes and they hashed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="artifacts")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")
    media_type = models.CharField(max_length=120, default="application/octet-stream")
    uploaded_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="artifacts")
    responsible_persons = models.JSONField(default=list)
    uploaded_at = models.DateTimeField()

    objects = InProjectQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["project", "blob"], name="artifact_once_per_project")]

    def __str__(self) -> str:
        return self.blob_id


class IdempotentAnswer(models.Model):
    """The answer to a POST with an `Idempotency-Key`, repeated for 24 hours."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    request_digest = models.CharField(max_length=71)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "key"], name="idempotency_key_once_per_user")]

    def __str__(self) -> str:
        return self.key
