"""Stages of a revision: made when it is frozen, opened in order, closed when their quorum is met."""

from __future__ import annotations

from approvals import policy
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_opening
from approvals.models import ReleaseRevision, Signature, Stage
from approvals.models.signatures import StageState
from approvals.policy import RELEASE_STAGE
from evidence import clock, ledger
from evidence.actors import Actor
from registry.containers import container_of
from registry.working_days import calendar


def make(revision: ReleaseRevision, *, has_waiver: bool) -> list[Stage]:
    """All stages of a new revision; none is open."""
    release = revision.release
    needed = policy.stages_for(
        revision.purpose,
        policy.rules_of(release.policy),
        release.tier,
        release.tier_answers,
        release.optional_stages,
        has_waiver=has_waiver,
    )
    return Stage.objects.bulk_create(_stage(revision, stage) for stage in needed)


def _stage(revision: ReleaseRevision, needed: policy.RequiredStage) -> Stage:
    rule = needed.rule
    version, text = policy.meaning_of(revision.release.policy, rule.meaning)
    return Stage(
        revision=revision,
        code=rule.code,
        name=rule.name,
        role=rule.role,
        order=rule.order,
        quorum=needed.needed,
        eligible=needed.eligible,
        reason=needed.reason,
        meaning_id=rule.meaning,
        meaning_version=version,
        meaning=text,
    )


def open_next(revision: ReleaseRevision, *, actor: Actor) -> None:
    """Open the lowest group that still waits, once nothing below it is open."""
    rows = list(revision.stages.all())
    if any(row.state in (StageState.OPEN, StageState.DECLINED) for row in rows):
        return
    waiting = [row for row in rows if row.state == StageState.PENDING and row.code != RELEASE_STAGE]
    if waiting:
        lowest = min(row.order for row in waiting)
        for row in waiting:
            if row.order == lowest:
                open_stage(row, actor=actor)


def open_stage(stage: Stage, *, actor: Actor) -> None:
    """Open one stage with its due date."""
    moment = clock.now()
    days = stage.revision.release.policy.tiers[stage.revision.release.tier]["due_days"]
    stage.state = StageState.OPEN
    stage.opened_at = moment
    stage.due_at = calendar().end_after(moment, days)
    stage.save(update_fields=["state", "opened_at", "due_at"])
    ledger.append(
        ApprovalEvent.STAGE_OPENED,
        f"release:{stage.revision.release_id}",
        actor=actor,
        container=container_of(stage.revision.release.project_id),
        note=ledger.Note(new={"stage": stage.code, "revision": stage.revision.number, **of_opening(stage)}),
    )


def close_if_met(stage: Stage) -> bool:
    """Close the stage when enough signatures count; True when it is closed by this one."""
    counting = Signature.objects.filter(stage=stage, end__isnull=True).exclude(action="decline").count()
    if counting < stage.quorum:
        return False
    stage.state = StageState.SIGNED
    stage.closed_at = clock.now()
    stage.save(update_fields=["state", "closed_at"])
    return True


def approval_complete(revision: ReleaseRevision) -> bool:
    """Whether every stage of the revision is signed but that of the release itself."""
    return (
        not revision.stages.exclude(state__in=[StageState.SIGNED, StageState.SKIPPED])
        .exclude(code=RELEASE_STAGE)
        .exists()
    )
