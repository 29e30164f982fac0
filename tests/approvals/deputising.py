"""What tests of delegations share: one given and accepted, and a signature under it."""

from __future__ import annotations

from datetime import datetime, timedelta

from approvals import credentials, decision_view, decisions, delegations, operations
from approvals.delegations import Wish
from approvals.models import Delegation, Release, Signature
from approvals.signing import Intent
from approvals.states import Action
from evidence import clock
from tests.releases import reread, typed
from tests.world import World

REASON = "On leave until the second week of December."


def wish(
    world: World,
    to: str,
    stage: str,
    *,
    days: float = 7,
    starts_at: datetime | None = None,
    release: Release | None = None,
    reason: str = REASON,
) -> Wish:
    """A week from now, or from a start."""
    ends_at = (starts_at or clock.now()) + timedelta(days=days)
    return Wish(world.cast[to], stage, ends_at, reason, starts_at, release)


def given(world: World, by: str, to: str, stage: str, *, days: float = 7, **more: object) -> Delegation:
    """Delegated, and not accepted yet."""
    asked = wish(world, to, stage, days=days, **more)  # type: ignore[arg-type]  # reason: passed on
    return delegations.delegate(world.project, asked, principal=world.cast.principal(by))


def accepted(world: World, by: str, to: str, stage: str, **more: object) -> Delegation:
    """Delegated and accepted."""
    one = given(world, by, to, stage, **more)  # type: ignore[arg-type]  # reason: passed on
    return delegations.accept(one, principal=world.cast.principal(to))


def intend(
    world: World, release: Release, one: Delegation, *, action: Action = Action.SIGN, comment: str = ""
) -> Intent:
    """What the delegate's dialog sends."""
    principal = world.cast.principal(one.delegate.username)
    view = decision_view.show(
        reread(release), one.stage, action=action, principal=principal, delegation=str(one.pk)
    )
    challenge = credentials.issue_challenge(
        release, stage_code=one.stage, action=action, view_digest=view.digest, principal=principal
    )
    return Intent(one.stage, action, view.digest, str(challenge.pk), comment, str(one.pk))


def sign_for(world: World, release: Release, one: Delegation, intent: Intent | None = None) -> Signature:
    """The delegate signs; stage 6 releases."""
    account = one.delegate.username
    action = Action.RELEASE if one.stage == "6" else Action.SIGN
    step = operations.release_now if action == Action.RELEASE else decisions.sign
    wanted = intent or intend(world, release, one, action=action)
    return step(release, wanted, typed=typed(account), principal=world.cast.principal(account))
