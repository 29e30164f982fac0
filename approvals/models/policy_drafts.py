"""The way to a policy version: a draft, who had a hand in it, and the signed publication."""

from __future__ import annotations

from typing import Final

from django.db import models
from django.db.models import F, Q

from approvals.models.policies import Policy
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from evidence.models import Record, Statement
from registry.models import Project, User
from registry.querysets import InProjectQuerySet


class DraftState(models.TextChoices):
    """Where a draft stands."""

    OPEN = "open", "Open"
    PROPOSED = "proposed", "Proposed"
    PUBLISHED = "published", "Published"
    DISCARDED = "discarded", "Discarded"


WAITING: Final = (DraftState.OPEN, DraftState.PROPOSED)


class PolicyDraft(models.Model):
    """What the next version of a project's policy may become; it counts for no release."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="policy_drafts")
    base = models.ForeignKey(Policy, on_delete=models.PROTECT, related_name="drafts")
    """The version it was begun from."""
    tiers = models.JSONField()
    stages = models.JSONField()
    state = models.CharField(max_length=9, choices=DraftState.choices, default=DraftState.OPEN)
    begun_at = models.DateTimeField()
    begun_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField(null=True)
    proposed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=500, blank=True)
    proposal = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    """What was proposed, frozen: the publisher signs that he was shown it."""
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.CharField(max_length=500, blank=True)

    objects = InProjectQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["project", "-id"], name="policy_draft_by_project")]
        constraints = [
            models.CheckConstraint(
                name="policy_draft_proposed_as_a_whole",
                condition=Q(
                    state=DraftState.OPEN, proposed_by__isnull=True, proposed_at__isnull=True, proposal=None
                )
                | Q(
                    state__in=[DraftState.PROPOSED, DraftState.PUBLISHED],
                    proposed_by__isnull=False,
                    proposed_at__isnull=False,
                    proposal__isnull=False,
                )
                | Q(state=DraftState.DISCARDED),
            ),
            models.CheckConstraint(
                name="policy_draft_closed_by_somebody",
                condition=Q(state__in=WAITING, closed_at__isnull=True, closed_by__isnull=True)
                | (~Q(state__in=WAITING) & Q(closed_at__isnull=False, closed_by__isnull=False)),
            ),
            models.CheckConstraint(
                name="policy_draft_published_by_another",
                condition=~Q(state=DraftState.PUBLISHED) | ~Q(closed_by=F("proposed_by")),
            ),
        ]

    def __str__(self) -> str:
        return f"draft of version {self.base.revision + 1} of {self.project.key}"


class HandPart(models.TextChoices):
    """What a person did with a draft."""

    WROTE = "wrote", "Wrote"
    PUBLISHED = "published", "Published"


class PolicyHand(InsertOnlyModel):
    """A person's one part in a draft: whoever wrote any of it never publishes it."""

    draft = models.ForeignKey(PolicyDraft, on_delete=models.PROTECT, related_name="hands")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=9, choices=HandPart.choices)
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["draft", "person"], name="policy_draft_one_part_for_each_person"),
            models.UniqueConstraint(
                fields=["draft"], condition=Q(part="published"), name="policy_draft_published_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.part} {self.draft_id}"


class PolicyPublication(InsertOnlyModel):
    """A second person's signature that put a policy version into force."""

    policy = models.OneToOneField(
        Policy, primary_key=True, on_delete=models.PROTECT, related_name="publication"
    )
    draft = models.OneToOneField(PolicyDraft, on_delete=models.PROTECT, related_name="publication")
    proposer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    publisher = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    meaning = models.CharField(max_length=300)
    comment = models.TextField(max_length=4000, blank=True)
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="policy_publication")
    methods = models.JSONField(default=list)
    signed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="policy_published_by_another", condition=~Q(proposer=F("publisher")))
        ]

    def __str__(self) -> str:
        return f"publication of {self.policy_id}"
