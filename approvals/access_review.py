"""Who held which role on a project while a release was decided, as `record.json` states it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from approvals.models import Release
from evidence.canonical import utc_text
from registry.models import RoleGrant


def grants_of(release: Release, *, at: datetime) -> dict[str, Any]:
    """Every grant in force at some time from the opening of the release to `at`; no e-mail address."""
    grants = (
        RoleGrant.objects.filter(project=release.project_id, valid_from__lte=at)
        .filter(Q(valid_to__isnull=True) | Q(valid_to__gt=release.opened_at))
        .select_related("user", "granted_by")
        .order_by("user__username", "role", "valid_from", "pk")
    )
    return {"at": utc_text(at), "grants": [_grant(grant) for grant in grants]}


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
