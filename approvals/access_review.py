"""Who held which role while a release was decided, and who stood in for whom, as `record.json` states it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from approvals.models import Delegation, Release
from evidence.canonical import utc_text
from registry.ledger_facts import time
from registry.models import RoleGrant


def access_of(release: Release, *, at: datetime) -> dict[str, Any]:
    """Every grant in force at some time from the opening of the release to `at`, and delegations at `at`.

    No e-mail address.
    """
    grants = (
        RoleGrant.objects.filter(project=release.project_id, valid_from__lte=at)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=release.opened_at))
        .select_related("user", "granted_by")
        .order_by("user__username", "role", "valid_from", "pk")
    )
    return {
        "at": utc_text(at),
        "grants": [_grant(grant) for grant in grants],
        "delegations": [_delegation(one) for one in _delegations(release, at)],
    }


def _delegations(release: Release, at: datetime) -> QuerySet[Delegation]:
    """In force at that time for this release, or used by one of its signatures."""
    here = Q(release__isnull=True) | Q(release=release)
    standing = Delegation.objects.in_force(at).filter(here, project=release.project_id)
    wanted = Q(pk__in=standing.values("pk")) | Q(signatures__release=release)
    rows = Delegation.objects.filter(wanted).select_related("delegator", "delegate").distinct()
    return rows.order_by("starts_at", "pk")


def _delegation(one: Delegation) -> dict[str, Any]:
    return {
        "id": str(one.pk),
        "delegator": one.delegator.username,
        "delegator_name": one.delegator.printed_name,
        "delegate": one.delegate.username,
        "delegate_name": one.delegate.printed_name,
        "stage": one.stage,
        "role": one.role,
        "whole_project": one.release_id is None,
        "reason": one.reason,
        "starts_at": utc_text(one.starts_at),
        "ends_at": utc_text(one.ends_at),
        "accepted_at": time(one.accepted_at),
        "ended_at": time(one.ended_at),
    }


def _grant(grant: RoleGrant) -> dict[str, Any]:
    return {
        "account": grant.user.username,
        "printed_name": grant.user.printed_name,
        "kind": grant.user.kind,
        "role": grant.role,
        "valid_from": utc_text(grant.valid_from),
        "valid_to": utc_text(grant.valid_to) if grant.valid_to else None,
        "granted_by": grant.granted_by.printed_name if grant.granted_by else None,
    }
