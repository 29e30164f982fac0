"""Querysets of approvals that say which rows a rule means."""

from datetime import datetime
from typing import Any, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q

from approvals.states import EDITABLE, LIVE, SIGNED_STATES
from evidence.insert_only import InsertOnlyQuerySet
from registry.querysets import CatalogueQuerySet

M = TypeVar("M", bound=models.Model)
OPEN_STATES = sorted(EDITABLE | SIGNED_STATES | LIVE)
"""States of a release in which its waivers matter; a waiver is for one release and ends with it."""


class WaiverQuerySet(CatalogueQuerySet[M]):
    """Waivers with what was decided on them and what ended them."""

    def standing(self) -> Self:
        """Approved and not ended: what the release manifest names, whatever the clock says."""
        return self.filter(decision__action="approve", end__isnull=True)

    def against_budget(self, moment: datetime) -> Self:
        """Those that count against a project's budget: they may still set a gate aside."""
        return self.standing().filter(expires_at__gt=moment, release__state__in=OPEN_STATES)

    def undecided(self, moment: datetime) -> Self:
        """Requests that a compliance reviewer can still decide on."""
        waiting = self.filter(decision__isnull=True, end__isnull=True, expires_at__gt=moment)
        return waiting.filter(release__state__in=OPEN_STATES)

    def with_story(self) -> Self:
        """Each with everything a page, an answer or a record says of it, in one query."""
        return self.select_related(
            "project",
            "release__project",
            "release__policy",
            "owner",
            "created_by",
            "renewal_of__end",
            "decision__signer",
            "decision__statement",
            "end__by",
        )


class ConditionQuerySet(InsertOnlyQuerySet[M]):
    """Conditions with what became of them, and whether they still bind their release."""

    def binding(self) -> Self:
        """Set by a signature that counts, or part of the decision by which the release is live.

        A change of evidence ends signatures; of what is live it ends no condition.
        """
        return self.filter(_binds())

    def unsettled(self) -> Self:
        """Nobody said that they are met or lifted."""
        return self.filter(~Exists(_events(step__in=["met", "lifted"])))

    def not_told(self) -> Self:
        """The log does not tell yet that their date has passed."""
        return self.filter(~Exists(_events(step="overdue")))

    def with_story(self) -> Self:
        """Each with everything a page, an answer or a record says of it, in two queries."""
        return (
            self.annotate(binds=ExpressionWrapper(_binds(), output_field=models.BooleanField()))
            .select_related("owner", "signature__stage__revision", "signature__release__project")
            .select_related("signature__release__policy", "signature__release__owner")
            .prefetch_related("events__by")
        )


def _events(**which: Any) -> models.QuerySet[Any]:
    events = apps.get_model("approvals", "ConditionEvent")
    return events._default_manager.filter(condition=OuterRef("pk"), **which)


def _binds() -> Q:
    decisions = apps.get_model("approvals", "Decision")
    decided = decisions._default_manager.filter(revision=OuterRef("signature__stage__revision"))
    counts = Q(signature__end__isnull=True, signature__release__state__in=OPEN_STATES)
    return counts | (Q(signature__release__state__in=sorted(LIVE)) & Q(Exists(decided)))
