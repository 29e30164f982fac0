"""Stages and signatures. Signatures are insert-only; what ends one is a row of its own."""

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from approvals.models.delegations import Delegation
from approvals.models.releases import Release, ReleaseRevision
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from evidence.models import Record, Statement
from registry.access.roles import Role
from registry.models import User


class StageState(models.TextChoices):
    """States of a stage."""

    PENDING = "pending", "Waiting"
    OPEN = "open", "Open"
    SIGNED = "signed", "Signed"
    DECLINED = "declined", "Declined"
    INVALIDATED = "invalidated", "Stopped counting"
    SKIPPED = "skipped", "Skipped"


class Stage(models.Model):
    """One step of the signoff of one revision."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    revision = models.ForeignKey(ReleaseRevision, on_delete=models.PROTECT, related_name="stages")
    code = models.CharField(max_length=4)
    name = models.CharField(max_length=60)
    role = models.CharField(max_length=20, choices=Role.choices)
    order = models.PositiveSmallIntegerField()
    quorum = models.PositiveSmallIntegerField()
    eligible = models.PositiveSmallIntegerField(default=1)
    reason = models.CharField(max_length=200, blank=True)
    meaning_id = models.CharField(max_length=40)
    meaning_version = models.PositiveSmallIntegerField()
    meaning = models.CharField(max_length=300)
    state = models.CharField(max_length=11, choices=StageState.choices, default=StageState.PENDING)
    opened_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    reminders = models.PositiveSmallIntegerField(default=0)
    """How many of the steps of `approvals.reminding` were taken."""

    class Meta:
        ordering = ["order", "code"]
        constraints = [models.UniqueConstraint(fields=["revision", "code"], name="stage_once_per_revision")]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"

    def is_overdue(self, moment: datetime) -> bool:
        """Whether it waits beyond its due date."""
        return self.state == StageState.OPEN and self.due_at is not None and self.due_at <= moment


class Signature(InsertOnlyModel):
    """A person's signature on exactly what was shown; counting is derived, never stored here."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="signatures")
    stage = models.ForeignKey(Stage, on_delete=models.PROTECT, related_name="signatures")
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="signatures")
    printed_name = models.CharField(max_length=120)
    delegation = models.ForeignKey(Delegation, null=True, on_delete=models.PROTECT, related_name="signatures")
    on_behalf_of = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    """Whose stage it is, where a delegate signed; who counts twice in a stage counts once."""
    on_behalf_name = models.CharField(max_length=120, blank=True)
    role = models.CharField(max_length=20)
    action = models.CharField(max_length=10)
    meaning = models.CharField(max_length=300)
    comment = models.TextField(max_length=4000, blank=True)
    manifest_digest = models.CharField(max_length=71)
    view = models.ForeignKey(Record, on_delete=models.PROTECT, related_name="+")
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="signature")
    methods = models.JSONField(default=list)
    signed_at = models.DateTimeField()

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(fields=["stage", "signer"], name="signature_once_per_person_and_stage"),
            models.UniqueConstraint(
                fields=["stage", "on_behalf_of"], name="signature_once_for_a_person_and_stage"
            ),
            models.CheckConstraint(
                name="signature_for_another_by_delegation",
                condition=Q(delegation__isnull=True, on_behalf_of__isnull=True, on_behalf_name="")
                | (
                    Q(delegation__isnull=False, on_behalf_of__isnull=False)
                    & ~Q(on_behalf_of=F("signer"))
                    & ~Q(on_behalf_name="")
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.names}, stage {self.stage_id}"

    @property
    def names(self) -> str:
        """`Ada Example`, or `Ada Example for Ben Example` where it was given for somebody."""
        return f"{self.printed_name} for {self.on_behalf_name}" if self.on_behalf_name else self.printed_name

    @property
    def counts(self) -> bool:
        """Whether nothing ended it."""
        return not hasattr(self, "end")


class SignatureEnd(InsertOnlyModel):
    """Why and when a signature stopped counting, with what differs from what was signed."""

    signature = models.OneToOneField(
        Signature, primary_key=True, on_delete=models.PROTECT, related_name="end"
    )
    ended_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    manifest_digest = models.CharField(max_length=71)
    diff = models.JSONField(default=list)

    def __str__(self) -> str:
        return str(self.signature_id)


class SigningChallenge(models.Model):
    """Binds credentials to one decision view: single use, two minutes."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    release = models.ForeignKey(Release, null=True, on_delete=models.CASCADE, related_name="+")
    stage_code = models.CharField(max_length=4)
    action = models.CharField(max_length=10)
    view_digest = models.CharField(max_length=71)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)


class SigningFailure(models.Model):
    """A failed attempt to sign; three within a quarter of an hour lock signing."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"{self.user_id} {self.at}"


class SigningSeries(models.Model):
    """Signatures of one person in one continuous session; the first was given with all components."""

    user = models.OneToOneField(User, primary_key=True, on_delete=models.CASCADE, related_name="+")
    session = models.CharField(max_length=64)
    first = models.ForeignKey(Signature, on_delete=models.PROTECT, related_name="+")
    with_factor = models.BooleanField()
    last_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user_id} since {self.first_id}"
