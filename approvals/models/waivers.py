"""Waivers: a request is a catalogue record; its decision and its end are rows of their own, never changed."""

from __future__ import annotations

from typing import Any, Final

from django.db import models
from django.db.models import Q

from approvals.models.releases import Release
from approvals.querysets import WaiverQuerySet
from evidence.ids import uuid7
from evidence.insert_only import InsertOnlyModel
from evidence.models import Statement
from registry.models import User
from registry.models.catalogue import CatalogueRecord

NEVER_WAIVED: Final = ("GATE_EVIDENCE", "GATE_OWNER", "GATE_PRIVATE_EVAL", "GATE_QUORUM")
"""Gates without which there is no decision to make an exception from; no policy can list them."""

MOST_RENEWALS: Final = 2


class Waiver(CatalogueRecord):
    """A request to set one gate of one release aside until a date; it is never revised, only renewed."""

    RECORD_TYPE = "waiver"
    IDENTITY = ("human_id",)
    RECORD_FIELDS = (
        "human_id",
        "covers",
        "finding",
        "owner",
        "measure",
        "reason",
        "starts_at",
        "expires_at",
        "renewal",
        "renewal_of",
    )

    human_id = models.CharField(max_length=48, unique=True)
    release = models.ForeignKey(Release, on_delete=models.PROTECT, related_name="waivers")
    gate = models.CharField(max_length=40)
    criterion = models.CharField(max_length=600, blank=True)
    """Which criterion, where the gate is one: metric, slice and rule."""
    finding = models.JSONField(default=dict)
    """The gate as it failed when the waiver was asked for."""
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="owned_waivers")
    measure = models.TextField(max_length=4000)
    reason = models.TextField(max_length=4000)
    starts_at = models.DateTimeField(null=True, blank=True)
    """When it begins; from its approval where there is none."""
    expires_at = models.DateTimeField()
    renewal = models.PositiveSmallIntegerField(default=0)
    renewal_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="renewals"
    )

    objects = WaiverQuerySet.as_manager()  # type: ignore[misc]  # reason: the plugin makes no ClassVar of it

    class Meta:
        indexes = [models.Index(fields=["project", "-id"], name="waiver_by_project")]
        constraints = [
            models.CheckConstraint(name="waiver_gate_is_waivable", condition=~Q(gate__in=NEVER_WAIVED)),
            models.CheckConstraint(
                name="waiver_names_its_criterion",
                condition=(Q(gate="GATE_CRITERIA") & ~Q(criterion=""))
                | (~Q(gate="GATE_CRITERIA") & Q(criterion="")),
            ),
            models.CheckConstraint(
                name="waiver_renewed_twice_at_most",
                condition=Q(renewal=0, renewal_of__isnull=True)
                | Q(renewal__gte=1, renewal__lte=MOST_RENEWALS, renewal_of__isnull=False),
            ),
            models.CheckConstraint(
                name="waiver_ends_after_it_begins",
                condition=Q(expires_at__gt=models.F("created_at"))
                & (Q(starts_at__isnull=True) | Q(expires_at__gt=models.F("starts_at"))),
            ),
        ]

    def __str__(self) -> str:
        return self.human_id

    @property
    def covers(self) -> dict[str, Any]:
        """What it sets aside: one gate of one release."""
        return {
            "release": {"id": str(self.release_id), "human_id": self.release.human_id},
            "gate": self.gate,
            "criterion": self.criterion or None,
        }

    @property
    def decided(self) -> WaiverDecision | None:
        """What was decided, if anything was."""
        return getattr(self, "decision", None)

    @property
    def ended(self) -> WaiverEnd | None:
        """What ended it, if anything did."""
        return getattr(self, "end", None)


class WaiverVerdict(models.TextChoices):
    """What a compliance reviewer signs on a waiver."""

    APPROVE = "approve", "Approved"
    REJECT = "reject", "Rejected"


class WaiverDecision(InsertOnlyModel):
    """A person's signature on the record of a waiver; each waiver and each renewal has its own."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    waiver = models.OneToOneField(Waiver, on_delete=models.PROTECT, related_name="decision")
    action = models.CharField(max_length=7, choices=WaiverVerdict.choices)
    signer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="waiver_decisions")
    printed_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    meaning = models.CharField(max_length=300)
    comment = models.TextField(max_length=4000, blank=True)
    statement = models.OneToOneField(Statement, on_delete=models.PROTECT, related_name="waiver_decision")
    methods = models.JSONField(default=list)
    signed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.action} of {self.waiver_id}"


class EndKind(models.TextChoices):
    """How a waiver ended."""

    CLOSED = "closed", "Closed"
    RENEWED = "renewed", "Renewed"
    EXPIRED = "expired", "Expired"


class WaiverEnd(InsertOnlyModel):
    """When and why a waiver ended; nobody is named where the clock ended it."""

    waiver = models.OneToOneField(Waiver, primary_key=True, on_delete=models.PROTECT, related_name="end")
    kind = models.CharField(max_length=7, choices=EndKind.choices)
    ended_at = models.DateTimeField()
    reason = models.TextField(max_length=4000)
    by = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.kind} of {self.waiver_id}"
