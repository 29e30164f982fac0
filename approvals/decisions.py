"""Step 7: people sign, each decision one transaction under the release's row lock."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from approvals import acting, credentials, stages, states
from approvals.decision_view import DecisionView
from approvals.demands import Credentials
from approvals.events import ApprovalEvent
from approvals.going_live import lock_with_live
from approvals.holding import lock, move, tell
from approvals.models import Release, ReviewNote, Signature
from approvals.models.signatures import StageState
from approvals.notes import note
from approvals.outcomes import reach
from approvals.signing import Intent, open_view, require_reason, write
from approvals.states import Action, State
from evidence import clock
from registry.access.principals import Principal


def sign(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """T1 and T2: sign a stage; the last quorum leads to what the revision is for (T7, T12, T14, T15)."""
    acting.require(Action.SIGN, release, principal)
    proof = credentials.check(typed, release=release, challenge_id=intent.challenge_id, principal=principal)
    with transaction.atomic():
        release = lock_with_live(release)  # the last signature of an emergency supersedes
        action = Action.ATTEST if release.state == State.SUBMITTED else Action.SIGN
        to = states.after(release.state, action)
        view = open_view(release, intent, principal=principal)
        signature = write(release, view, intent, proof=proof, principal=principal)
        if to != release.state:
            move(release, to)
        advance(release, view, principal=principal)
    return signature


def decline(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """A signed no to one stage: the review stops there until the evidence changes or it is rejected."""
    acting.require(Action.DECLINE, release, principal)
    require_reason(intent.comment)
    proof = credentials.check(typed, release=release, challenge_id=intent.challenge_id, principal=principal)
    with transaction.atomic():
        release = lock(release)
        states.after(release.state, Action.DECLINE)
        view = open_view(release, intent, principal=principal)
        signature = write(release, view, intent, proof=proof, principal=principal)
        view.stage.state = StageState.DECLINED
        view.stage.closed_at = clock.now()
        view.stage.save(update_fields=["state", "closed_at"])
        note(release, Action.DECLINE, intent.comment, principal=principal, stage=view.stage.code)
    return signature


def reject(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """T5: a signed end of this release; a new one may cite it."""
    acting.require(Action.REJECT, release, principal, delegation=intent.delegation)
    require_reason(intent.comment)
    proof = credentials.check(typed, release=release, challenge_id=intent.challenge_id, principal=principal)
    with transaction.atomic():
        release = lock(release)
        to = states.after(release.state, Action.REJECT)
        view = open_view(release, intent, principal=principal)
        signature = write(release, view, intent, proof=proof, principal=principal)
        note(release, Action.REJECT, intent.comment, principal=principal, stage=view.stage.code)
        move(release, to)
        tell(ApprovalEvent.RELEASE_REJECTED, release, principal.actor, reason=intent.comment)
    return signature


@transaction.atomic
def request_changes(
    release: Release, *, reason: str, items: Sequence[str], principal: Principal
) -> ReviewNote:
    """T3: a reviewer sends the release back; signatures given stay with their revision."""
    acting.require(Action.REQUEST_CHANGES, release, principal)
    require_reason(reason)
    release = lock(release)
    to = states.after(release.state, Action.REQUEST_CHANGES)
    said = note(release, Action.REQUEST_CHANGES, reason, principal=principal, items=items)
    move(release, to)
    tell(ApprovalEvent.CHANGES_REQUESTED, release, principal.actor, reason=reason, new={"items": list(items)})
    return said


@transaction.atomic
def withdraw(release: Release, *, reason: str, principal: Principal) -> Release:
    """T6: the submitter or the owner takes the release back."""
    acting.require(Action.WITHDRAW, release, principal)
    require_reason(reason)
    release = lock(release)
    to = states.after(release.state, Action.WITHDRAW)
    note(release, Action.WITHDRAW, reason, principal=principal)
    move(release, to)
    tell(ApprovalEvent.RELEASE_WITHDRAWN, release, principal.actor, reason=reason)
    return release


def advance(release: Release, view: DecisionView, *, principal: Principal) -> None:
    """Close the stage if its quorum is met, open the next group, and go on after the last."""
    if not stages.close_if_met(view.stage):
        return
    stages.open_next(view.revision, actor=principal.actor)
    if stages.approval_complete(view.revision):
        reach(release, view.revision, view.found, principal=principal)
