"""Whom a reminder and an escalation tell, by a job: with the link and why, each person once."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from django.db import transaction
from django.urls import reverse

from approvals.assessment import assess
from approvals.models import Stage
from approvals.models.signatures import StageState
from approvals.signers import Signer, signers
from evidence.actors import SYSTEM
from evidence.jobs import Lease
from registry import notifying
from registry.access.administrators import administrators
from registry.access.roles import role_words
from registry.models import User
from registry.notifying import Notice

TASK: Final = "approvals.remind"


@transaction.atomic
def send(lease: Lease) -> None:
    """One notice a person, which the worker mails; none once the stage is signed."""
    rows = Stage.objects.select_related("revision__release__project", "revision__release__owner")
    stage = rows.get(pk=lease.job.params["stage"])
    if stage.state == StageState.OPEN:
        release = stage.revision.release
        found = signers(release, [stage], assess(release).duties)[stage.code]
        step = int(lease.job.params["step"])
        if step == 3:
            _escalate(stage, found, step)
        else:
            _remind(stage, found, step)
    lease.finish({})


def _remind(stage: Stage, found: Iterable[Signer], step: int) -> None:
    told = {one.user: _why(stage, one) for one in found}
    _notify(stage, step, told, f"{_waits(stage)} for a signature that you can give")


def _escalate(stage: Stage, found: Iterable[Signer], step: int) -> None:
    """To deputies of the stage, the owner of the release, and who administers the project."""
    release = stage.revision.release
    told = {one.user: _why(stage, one) for one in found}
    if release.owner is not None:
        told[release.owner] = f"because you own {release.human_id}"
    for person in administrators(release.project):
        told.setdefault(person, f"because you administer {release.project.key}")
    _notify(stage, step, told, f"{_waits(stage)} and is overdue")


def _waits(stage: Stage) -> str:
    return f"Stage {stage.code} {stage.name} of {stage.revision.release.human_id} waits"


def _why(stage: Stage, one: Signer) -> str:
    role = role_words(stage.role)
    if one.on_behalf_of is not None:
        return f"because {one.on_behalf_of.printed_name}, {role}, delegated this stage to you"
    return f"because you are {role} of {stage.revision.release.project.key}"


def _notify(stage: Stage, step: int, told: dict[User, str], headline: str) -> None:
    release = stage.revision.release
    opened, due = stage.opened_at, stage.due_at
    notice = Notice(
        kind="stage.reminded",
        key=f"stage.reminded:{stage.pk}:{step}",
        subject=headline,
        sentence=f"{headline}. It is open since {opened:%d %b %Y, %H:%M} UTC and due "
        f"{due:%d %b %Y, %H:%M} UTC. Nothing is approved by waiting.",
        path=reverse("release", args=[release.human_id]),
    )
    notifying.notify(told, notice, release.project, actor=SYSTEM)
