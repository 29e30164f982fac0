"""A stage that waits is reminded of after 3 and 5 working days and escalated after 7; time signs nothing.

Each step is taken once: the stage counts them under the lock of its release, in the transaction that tells
the log and asks for the mail.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from approvals import reminder_mails
from approvals.events import ApprovalEvent
from approvals.holding import lock, tell
from approvals.models import Release, Stage
from approvals.models.signatures import StageState
from evidence import jobs
from evidence.actors import SYSTEM
from registry.working_days import calendar

STEPS: Final = (3, 5, 7)
"""Working days after the opening of a stage: two reminders, then the escalation (DOMAIN 4, overdue)."""
ESCALATION: Final = len(STEPS)


def due_step(opened_at: datetime, moment: datetime) -> int:
    """How many of the steps are due for a stage that opened then; pure but for the calendar."""
    ends = [calendar().end_after(opened_at, days) for days in STEPS]
    return sum(end <= moment for end in ends)


def remind_due(moment: datetime) -> int:
    """Take each step that is due; of several that were missed only the last. The number of stages."""
    waiting = Stage.objects.filter(
        state=StageState.OPEN, reminders__lt=ESCALATION, opened_at__lte=moment - timedelta(days=STEPS[0])
    )
    due = [stage for stage in waiting.select_related("revision") if _due(stage, moment) > stage.reminders]
    return sum(_take(stage.pk, stage.revision.release_id, moment) for stage in due)


def _due(stage: Stage, moment: datetime) -> int:
    return due_step(stage.opened_at, moment) if stage.opened_at is not None else 0


@transaction.atomic
def _take(pk: UUID, release_id: UUID, moment: datetime) -> bool:
    release = lock(Release(pk=release_id))
    stage = Stage.objects.select_related("revision").get(pk=pk)
    step = _due(stage, moment)
    if stage.state != StageState.OPEN or step <= stage.reminders:
        return False  # signed, ended or reminded of since it was found
    if not stage.revision.takes_signatures(release.state):
        return False
    stage.reminders = step
    stage.save(update_fields=["reminders"])
    event = ApprovalEvent.STAGE_ESCALATED if step == ESCALATION else ApprovalEvent.STAGE_REMINDED
    new = {"stage": stage.code, "revision": stage.revision.number, "after_working_days": STEPS[step - 1]}
    tell(event, release, SYSTEM, new=new)
    jobs.enqueue(
        reminder_mails.TASK,
        subject=f"release:{release.pk}",
        params={"stage": str(stage.pk), "step": step},
        actor=SYSTEM,
    )
    return True
