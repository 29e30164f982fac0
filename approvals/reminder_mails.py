"""The mails of a reminder and of an escalation, by a job: to whom, with the link and why they get it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from approvals.assessment import assess
from approvals.models import Stage
from approvals.models.signatures import StageState
from approvals.signers import Signer, signers
from evidence.jobs import Lease
from registry import alerts
from registry.access.administrators import administrators
from registry.access.roles import role_words
from registry.models import User
from registry.pages.addresses import absolute

TASK: Final = "approvals.remind"


def send(lease: Lease) -> None:
    """One mail a person; none once the stage is signed."""
    rows = Stage.objects.select_related("revision__release__project", "revision__release__owner")
    stage = rows.get(pk=lease.job.params["stage"])
    if stage.state == StageState.OPEN:
        release = stage.revision.release
        found = signers(release, [stage], assess(release).duties)[stage.code]
        if lease.job.params["step"] == 3:
            _escalate(stage, found)
        else:
            _remind(stage, found)
    lease.finish({})


def _remind(stage: Stage, found: Iterable[Signer]) -> None:
    for one in found:
        _mail(stage, one.user, f"{_waits(stage)} for a signature that you can give.", _why(stage, one))


def _escalate(stage: Stage, found: Iterable[Signer]) -> None:
    """To deputies of the stage, the owner of the release, and who administers the project."""
    release = stage.revision.release
    told = {one.user: _why(stage, one) for one in found}
    if release.owner is not None:
        told[release.owner] = f"because you own {release.human_id}"
    for person in administrators(release.project):
        told.setdefault(person, f"because you administer {release.project.key}")
    for person, why in told.items():
        _mail(stage, person, f"{_waits(stage)} and is overdue.", why)


def _waits(stage: Stage) -> str:
    return f"Stage {stage.code} {stage.name} of {stage.revision.release.human_id} waits"


def _why(stage: Stage, one: Signer) -> str:
    role = role_words(stage.role)
    if one.on_behalf_of is not None:
        return f"because {one.on_behalf_of.printed_name}, {role}, delegated this stage to you"
    return f"because you are {role} of {stage.revision.release.project.key}"


def _mail(stage: Stage, person: User, headline: str, why: str) -> None:
    release = stage.revision.release
    opened, due = stage.opened_at, stage.due_at
    lines = [
        headline,
        f"It is open since {opened:%d %b %Y, %H:%M} UTC and due {due:%d %b %Y, %H:%M} UTC.",
        "Nothing is approved by waiting.",
        "",
        absolute("release", release.human_id),
        "",
        f"You get this mail {why}.",
    ]
    alerts.send(headline.rstrip("."), "\n".join(lines), User.objects.filter(pk=person.pk))
