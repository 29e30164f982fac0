"""What people were told, and whether it went out by mail; the log tells what it is about."""

from django.db import models
from django.db.models import Q

from evidence.ids import uuid7
from registry.models.access import Project, User
from registry.querysets import InProjectQuerySet


class Notification(models.Model):
    """One fact told to one person, with the reason and the page that shows it; once for each key."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="notifications")
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    """Names the fact: the same fact is not told to a person twice."""
    subject = models.CharField(max_length=200)
    sentence = models.CharField(max_length=500)
    reason = models.CharField(max_length=300)
    path = models.CharField(max_length=300)
    """Address of the page below the public address."""
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)
    mail_at = models.DateTimeField(null=True, blank=True)
    """When its mail is due, also the next attempt; null: none is due any more."""
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mailed_at = models.DateTimeField(null=True, blank=True)

    objects = InProjectQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["person"], name="notification_unread", condition=Q(read_at__isnull=True)),
            models.Index(fields=["mail_at"], name="notification_due", condition=Q(mail_at__isnull=False)),
        ]
        constraints = [
            models.UniqueConstraint(fields=["person", "key"], name="notification_told_once"),
        ]

    def __str__(self) -> str:
        return self.subject
