"""What becomes of a condition: a reviewer of its stage settles it, or its date passes (T11)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from approvals import acting, candidates, conditions, separation, standing, states
from approvals.assessment import assess
from approvals.conditions import ConditionState
from approvals.decision_view import rule_of
from approvals.errors import ConditionSettled
from approvals.events import ApprovalEvent
from approvals.holding import lock, move, tell
from approvals.ledger_facts import of_condition_event
from approvals.models import Condition, ConditionEvent, Release
from approvals.models.conditions import ConditionStep
from approvals.separation import Refusal
from approvals.signing import refuse_person, require_reason
from approvals.states import Action
from evidence import clock
from evidence.actors import SYSTEM, Actor
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.models import User

EVENTS = {
    ConditionStep.MET: ApprovalEvent.CONDITION_MET,
    ConditionStep.LIFTED: ApprovalEvent.CONDITION_LIFTED,
    ConditionStep.OVERDUE: ApprovalEvent.CONDITION_OVERDUE,
}


@transaction.atomic
def settle(
    condition: Condition, step: ConditionStep, *, finding: str, principal: Principal
) -> ConditionEvent:
    """A reviewer says what the check showed (met), or why it is asked for no more (lifted)."""
    release = condition.signature.release
    acting.require_person(Permission.RELEASE_SIGN, release.project, principal)
    require_reason(finding)
    release = lock(release)
    condition = reread(condition)
    refuse_person(refusal(condition, principal.user))
    state = conditions.state_of(condition, clock.now())
    if state not in (ConditionState.OPEN, ConditionState.OVERDUE):
        raise ConditionSettled(
            f"{condition} is {state.label.lower()}",
            next_step="Read it again; nothing is to be settled.",
        )
    return _write(condition, step, finding=finding.strip(), by=principal.user, actor=principal.actor)


def refusal(condition: Condition, user: User) -> Refusal | None:
    """What stands against this person settling it: the rules of its stage, and its owner judges nothing."""
    release = condition.signature.release
    if user.pk == condition.owner_id:
        return Refusal(
            "conflict_condition_owner", "You see to this condition, so another person says what came of it."
        )
    (person,) = candidates.of_release([user], release, ignore_signatures=True)
    duties = assess(release).duties
    against = separation.refusal(person, rule_of(release, condition.signature.stage.code), duties)
    return against or standing.refusal(standing.of(user), release)


def stop_overdue(moment: datetime) -> int:
    """Tell of each condition whose date has passed, and suspend what is live under it (T11); their number."""
    due = Condition.objects.binding().unsettled().filter(due_at__lte=moment).not_told().order_by("pk")
    return sum(_overdue(pk, release) for pk, release in list(due.values_list("pk", "signature__release_id")))


@transaction.atomic
def _overdue(pk: UUID, release_id: UUID) -> bool:
    release = lock(Release(pk=release_id))
    found = Condition.objects.with_story().binding().unsettled().not_told().filter(pk=pk).first()
    if found is None:
        return False  # settled, or fallen with its signature, since it was found
    reason = f"{found} was due on {found.due_at:%d %b %Y, %H:%M} UTC: {found.text}"[:500]
    _write(found, ConditionStep.OVERDUE, finding=reason, by=None, actor=SYSTEM)
    if Action.SUSPEND in states.allowed(release.state):
        move(release, states.after(release.state, Action.SUSPEND))
        new = {"state": release.state}
        tell(ApprovalEvent.RELEASE_SUSPENDED, release, SYSTEM, reason=f"Overdue: {reason}", new=new)
    return True


def _write(
    condition: Condition, step: ConditionStep, *, finding: str, by: User | None, actor: Actor
) -> ConditionEvent:
    event = ConditionEvent.objects.create(
        condition=condition, step=step, finding=finding, by=by, at=clock.now()
    )
    conditions.tell(EVENTS[step], condition, actor, new=of_condition_event(event), reason=finding)
    return event


def reread(condition: Condition) -> Condition:
    """The condition with its story as the database has it under the lock."""
    return Condition.objects.with_story().get(pk=condition.pk)
