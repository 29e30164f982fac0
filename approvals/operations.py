"""Step 8: an approved release goes live by the release manager's signature (T9)."""

from __future__ import annotations

from django.db import transaction

from approvals import acting, conditions, credentials, stages, states
from approvals.demands import Credentials
from approvals.errors import GatesFail
from approvals.going_live import go_live, lock_with_live
from approvals.models import Release, Signature
from approvals.signing import Intent, open_view, write
from approvals.states import Action
from registry.access.principals import Principal


def release_now(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """T9: sign stage 6; the release goes live and the one before it is superseded in the same transaction."""
    acting.require(Action.RELEASE, release, principal, delegation=intent.delegation)
    proof = credentials.check(typed, release=release, challenge_id=intent.challenge_id, principal=principal)
    with transaction.atomic():
        release = lock_with_live(release)
        to = states.after(release.state, Action.RELEASE)
        view = open_view(release, intent, principal=principal)
        if view.found.blocking:
            raise GatesFail(
                "A gate fails now; the release was not carried out",
                gates=[gate.as_dict() for gate in view.found.blocking],
                next_step=view.found.blocking[0].next_step,
            )
        conditions.refuse_overdue(
            release,
            undone="the release was not carried out",
            next_step="Have it settled by a reviewer of its stage, or withdraw the release.",
        )
        signature = write(release, view, intent, proof=proof, principal=principal)
        stages.close_if_met(view.stage)
        go_live(release, view.revision, to=to, principal=principal)
    return signature
