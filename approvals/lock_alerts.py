"""Signing is locked for somebody: the administrators of the project are told by mail, through a job."""

from __future__ import annotations

from typing import Final

from approvals.models import Release
from evidence import jobs
from evidence.jobs import Lease
from registry import alerts
from registry.access.principals import Principal
from registry.models import User

TASK: Final = "approvals.tell_of_lock"


def ask(release: Release, principal: Principal) -> None:
    """Write the job down in the caller's transaction: a mail server is never waited for there."""
    jobs.enqueue(
        TASK,
        subject=f"release:{release.pk}",
        params={"user": str(principal.user.pk), "release": str(release.pk)},
        actor=principal.actor,
    )


def tell(lease: Lease) -> None:
    """One mail to each administrator of the project."""
    user = User.objects.get(pk=lease.job.params["user"])
    release = Release.objects.select_related("project").get(pk=lease.job.params["release"])
    alerts.signing_is_locked(user, release.project, release.human_id, at=lease.job.created_at)
    lease.finish({})
