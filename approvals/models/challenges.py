"""The challenge log: questions of reviewers about a release, what was replied, how each was closed.

Three tables whose rows never change: what is open follows from what was not closed.
"""

from __future__ import annotations

from typing import Final, Self

from django.db import models
from django.db.models import OuterRef, Q, Subquery

from approvals.models.delegations import Delegation
from approvals.models.releases import Release
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel, InsertOnlyQuerySet
from evidence.models import Record
from registry.access.roles import Role
from registry.models import User

LONGEST_TEXT: Final = 4000


class ChallengeQuerySet(InsertOnlyQuerySet["Challenge"]):
    """Questions of reviewers, kept as history."""

    def open(self) -> Self:
        """Closed by nobody."""
        return self.filter(closing__isnull=True)

    def with_last_word(self) -> Self:
        """Each with `last_word`: the kind of its newest reply, None where nobody replied."""
        newest = ChallengeReply.objects.filter(challenge=OuterRef("pk")).order_by("-number")
        return self.annotate(last_word=Subquery(newest.values("kind")[:1]))

    def with_story(self) -> Self:
        """Each with everything a page, an answer or a record says of it, in two queries."""
        rows = self.select_related("release__project", "asked_by", "delegation__delegator", "closing__by")
        return rows.prefetch_related("replies__by").order_by("release", "number")


class Challenge(InsertOnlyModel):
    """A question that a reviewer asks in the role of a stage; that stage waits until it is closed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="challenges")
    number = models.PositiveIntegerField()
    """Counts the questions of one release from 1."""
    revision = models.PositiveIntegerField()
    """The revision that was in review when it was asked."""
    stage = models.CharField(max_length=4)
    role = models.CharField(max_length=20, choices=Role.choices)
    """The role of the stage; every stage of this role waits."""
    text = models.TextField(max_length=LONGEST_TEXT)
    gate = models.CharField(max_length=40, blank=True)
    """The gate it is about, if it is about one."""
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    """The record of the run or catalogue entry it is about, as it was then."""
    record_name = models.CharField(max_length=300, blank=True)
    wants_evidence = models.BooleanField(default=False)
    asked_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="challenges")
    printed_name = models.CharField(max_length=120)
    delegation = models.ForeignKey(Delegation, null=True, on_delete=models.PROTECT, related_name="challenges")
    """Under which it was asked; null where the asker holds the role."""
    asked_at = models.DateTimeField()

    last_word: str | None
    """Of `with_last_word`."""

    objects = ChallengeQuerySet.as_manager()  # type: ignore[misc]  # reason: the plugin makes no ClassVar of it

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["release", "number"], name="challenge_number_once_per_release"),
            models.CheckConstraint(
                name="challenge_names_its_record",
                condition=Q(record__isnull=True, record_name="")
                | (Q(record__isnull=False) & ~Q(record_name="")),
            ),
            models.CheckConstraint(
                name="challenge_about_one_thing", condition=Q(gate="") | Q(record__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"question {self.number}"

    @property
    def closed(self) -> ChallengeClosing | None:
        """How it was closed, if it was."""
        return getattr(self, "closing", None)

    @property
    def names(self) -> str:
        """`Ada Example`, or `Ada Example for Ben Example` where it was asked for somebody."""
        if self.delegation is None:
            return self.printed_name
        return f"{self.printed_name} for {self.delegation.delegator.printed_name}"

    @property
    def askers(self) -> frozenset[object]:
        """Ids of the persons whose question it is: who asked, and for whom."""
        return frozenset({self.asked_by_id} | ({self.delegation.delegator_id} if self.delegation else set()))


class ReplyKind(models.TextChoices):
    """What a reply in a thread is."""

    ANSWER = "answer", "Answer"
    QUESTION = "question", "Further question"


class ChallengeReply(InsertOnlyModel):
    """An answer, or what the reviewer's side asks further."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    challenge = models.ForeignKey(Challenge, on_delete=models.PROTECT, related_name="replies")
    number = models.PositiveIntegerField()
    kind = models.CharField(max_length=8, choices=ReplyKind.choices)
    text = models.TextField(max_length=LONGEST_TEXT)
    record = models.ForeignKey(Record, null=True, on_delete=models.PROTECT, related_name="+")
    """The record that an answer names as evidence, as it was then."""
    record_name = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["challenge", "number"], name="reply_number_once_per_challenge"),
            models.CheckConstraint(
                name="reply_names_its_record",
                condition=Q(record__isnull=True, record_name="")
                | (Q(record__isnull=False, kind="answer") & ~Q(record_name="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.number} of {self.challenge_id}"


class Closing(models.TextChoices):
    """How a question ended."""

    SATISFIED = "satisfied", "Satisfied"
    WITHDRAWN = "withdrawn", "Withdrawn"


class ChallengeClosing(InsertOnlyModel):
    """When, by whom and how a question was closed; once."""

    challenge = models.OneToOneField(
        Challenge, primary_key=True, on_delete=models.PROTECT, related_name="closing"
    )
    outcome = models.CharField(max_length=9, choices=Closing.choices)
    reason = models.TextField(max_length=LONGEST_TEXT, blank=True)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    printed_name = models.CharField(max_length=120)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="challenge_withdrawn_with_a_reason", condition=Q(outcome="satisfied") | ~Q(reason="")
            )
        ]

    def __str__(self) -> str:
        return f"{self.outcome} {self.challenge_id}"
