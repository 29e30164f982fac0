"""Delegations: who signs a stage for whom, from when to when, and whether that was accepted."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from approvals.models.releases import Release
from evidence import clock
from evidence.ids import uuid7
from registry.access.roles import Role
from registry.models import Project, RoleGrant, User
from registry.querysets import InProjectQuerySet


class DelegationQuerySet(InProjectQuerySet["Delegation"]):
    """Delegations, kept as history."""

    def in_force(self, at: datetime | None = None) -> Self:
        """Accepted, within their term, ended by nobody, and the delegator holds the role without a break.

        A role that ended and was given again does not revive what was delegated under the first one.
        """
        moment = at or clock.now()
        held = RoleGrant.objects.in_force(moment).filter(
            user=OuterRef("delegator"),
            project=OuterRef("project"),
            role=OuterRef("role"),
            valid_from__lte=OuterRef("made_at"),
        )
        return self.standing(moment).filter(
            Exists(held), accepted_at__lte=moment, starts_at__lte=moment, delegator__is_active=True
        )

    def with_force(self) -> Self:
        """Each one with `counts`: whether it is in force now."""
        return self.annotate(counts=Exists(Delegation.objects.in_force().filter(pk=OuterRef("pk"))))

    def of_person(self, user: User) -> Self:
        """Given by this person or to this person."""
        return self.filter(Q(delegator=user) | Q(delegate=user))

    def standing(self, at: datetime) -> Self:
        """Neither ended by somebody nor over, accepted or not."""
        return self.filter(Q(ended_at__isnull=True) | Q(ended_at__gt=at), ends_at__gt=at)


class Ending(models.TextChoices):
    """Who ended a delegation before its term."""

    REVOKED = "revoked", "Revoked"
    DECLINED = "declined", "Declined"
    ENDED = "ended", "Ended by an administrator"


class Delegation(models.Model):
    """One person signs one stage for another, on a project or for one release, for at most thirty days."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    project = models.ForeignKey(Project, on_delete=models.PROTECT, related_name="delegations")
    delegator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_given")
    delegate = models.ForeignKey(User, on_delete=models.PROTECT, related_name="delegations_received")
    stage = models.CharField(max_length=4)
    role = models.CharField(max_length=20, choices=Role.choices)
    """The role of the stage when it was delegated; the delegator holds it."""
    release = models.ForeignKey(Release, null=True, on_delete=models.PROTECT, related_name="delegations")
    """The one release it is for; without one, every release of the project."""
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=500)
    made_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    ended_by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    ending = models.CharField(max_length=8, choices=Ending.choices, blank=True)
    end_reason = models.CharField(max_length=500, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["delegate", "project"], name="delegation_by_delegate")]
        constraints = [
            models.CheckConstraint(name="delegation_not_to_oneself", condition=~Q(delegator=F("delegate"))),
            models.CheckConstraint(
                name="delegation_ends_after_start", condition=Q(ends_at__gt=F("starts_at"))
            ),
            models.CheckConstraint(
                name="delegation_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ending="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending="")),
            ),
            models.UniqueConstraint(
                fields=["project", "delegator", "delegate", "stage", "starts_at"],
                condition=Q(release__isnull=True, ended_at__isnull=True),
                name="delegation_once_from_a_start",
            ),
            models.UniqueConstraint(
                fields=["release", "delegator", "delegate", "stage", "starts_at"],
                condition=Q(release__isnull=False, ended_at__isnull=True),
                name="delegation_of_release_once_from_a_start",
            ),
        ]

    def __str__(self) -> str:
        return f"stage {self.stage} from {self.delegator_id} to {self.delegate_id}"

    def state_at(self, moment: datetime) -> str:
        """`waiting`, `accepted`, `over`, or how somebody ended it; whether it counts asks the grants, too."""
        if self.ending:
            return str(self.ending)
        if self.ends_at <= moment:
            return "over"
        return "waiting" if self.accepted_at is None else "accepted"
