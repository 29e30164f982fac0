"""Querysets of approvals that say which rows a rule means."""

from datetime import datetime
from typing import Self, TypeVar

from django.db import models

from approvals.states import EDITABLE, LIVE, SIGNED_STATES
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
