"""Step 8: an approved release goes live by the release manager's signature (T9)."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from approvals import attestations, credentials, stages, states
from approvals.credentials import Credentials
from approvals.decisions import Intent, open_view, require_session, write
from approvals.errors import GatesFail
from approvals.events import ApprovalEvent
from approvals.ledger_facts import of_dates
from approvals.models import Deployment, Release, Signature
from approvals.releases import lock, move, subject_of
from approvals.states import LIVE, Action, State
from evidence import clock, ledger
from registry.access import policy as access
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.containers import container_of


def release_now(release: Release, intent: Intent, *, typed: Credentials, principal: Principal) -> Signature:
    """T9: sign stage 6; the release goes live and the one before it is superseded in the same transaction."""
    require_session(principal)
    access.require(principal, Permission.RELEASE_RELEASE, release.project)
    proof = credentials.check(typed, release=release, principal=principal)
    with transaction.atomic():
        release = _lock_with_live(release)
        to = states.after(release.state, Action.RELEASE)
        view = open_view(release, intent, principal=principal)
        if view.found.blocking:
            raise GatesFail(
                "A gate fails now; the release was not carried out",
                gates=[gate.as_dict() for gate in view.found.blocking],
                next_step=view.found.blocking[0].next_step,
            )
        signature = write(release, view, intent, proof=proof, principal=principal)
        stages.close_if_met(view.stage)
        _supersede(release, principal=principal)
        release.released_at = clock.now()
        move(release, to)
        decision = attestations.attest_decision(release, view.revision, Action.RELEASE)
        _tell(
            ApprovalEvent.RELEASE_RELEASED,
            release,
            principal,
            record=view.revision.manifest_id,
            statement=decision.statement_id,
        )
    return signature


def live_release(deployment: Deployment) -> Release | None:
    """The live release of a deployment."""
    return Release.objects.filter(deployment=deployment, state__in=sorted(LIVE)).first()


def _lock_with_live(release: Release) -> Release:
    """The release, and what is live beside it, locked in one order for everybody.

    The deployment comes first: two releases of it go live one after the other, never neither. Then
    releases by id, as a change of evidence locks them, so that the two never wait for each other.
    """
    Deployment.objects.select_for_update().get(pk=release.deployment_id)
    beside = Q(pk=release.pk) | Q(deployment=release.deployment_id, state__in=sorted(LIVE))
    for row in Release.objects.filter(beside).order_by("pk"):
        lock(row)
    return lock(release)


def _supersede(release: Release, *, principal: Principal) -> None:
    earlier = live_release(release.deployment)
    if earlier is None or earlier.pk == release.pk:
        return
    earlier = lock(earlier)
    move(earlier, states.after(earlier.state, Action.SUPERSEDE))
    _tell(ApprovalEvent.RELEASE_SUPERSEDED, earlier, principal, reason=f"Superseded by {release.human_id}")


def _tell(
    event: ApprovalEvent,
    release: Release,
    principal: Principal,
    *,
    reason: str = "",
    record: str | None = None,
    statement: str | None = None,
) -> None:
    new = {"state": str(State(release.state)), "revision": release.revision, **of_dates(release)}
    note = ledger.Note(reason=reason, new=new, record=record, statement=statement)
    ledger.append(
        event,
        subject_of(release),
        actor=principal.actor,
        container=container_of(release.project_id),
        note=note,
    )
