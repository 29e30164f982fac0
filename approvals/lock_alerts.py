"""Signing is locked for somebody: the administrators of the project are told by mail, through a job."""

from __future__ import annotations

from typing import Final

from evidence import jobs
from evidence.jobs import Lease
from registry import alerts
from registry.access.principals import Principal
from registry.models import Project, User

TASK: Final = "approvals.tell_of_lock"


def ask(project: Project, subject: str, name: str, principal: Principal) -> None:
    """Write the job down in the caller's transaction: a mail server is never waited for there."""
    jobs.enqueue(
        TASK,
        subject=subject,
        params={"user": str(principal.user.pk), "project": str(project.pk), "name": name},
        actor=principal.actor,
    )


def tell(lease: Lease) -> None:
    """One mail to each administrator of the project."""
    user = User.objects.get(pk=lease.job.params["user"])
    project = Project.objects.get(pk=lease.job.params["project"])
    alerts.signing_is_locked(user, project, lease.job.params["name"], at=lease.job.created_at)
    lease.finish({})
