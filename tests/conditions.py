"""Conditions stated by the cast: Olu signs 4b and asks Tobias for something in fourteen days."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

from approvals import condition_outcomes, decisions
from approvals.conditions import Terms
from approvals.models import Condition, ConditionEvent, Release, Signature
from approvals.models.conditions import ConditionStep
from evidence import clock
from tests.releases import intent, reread, sign, submitted, typed
from tests.world import World

TEXT = "Serve five per cent of the traffic for fourteen days."
CHECK = "Share of requests in the gateway log, at most 0.05 on each day."
FINDING = "The gateway log shows 4.8 per cent at most on each of the days."
PEOPLE = {"1": "ines", "2": "tobias", "3": "maren", "4b": "olu", "5": "ruth"}


def terms(world: World, *, owner: str = "tobias", days: float = 14, **changes: Any) -> Terms:
    """What a signer asks for."""
    stated = Terms(TEXT, CHECK, world.cast[owner], clock.now() + timedelta(days=days))
    return replace(stated, **changes)


def sign_with(world: World, release: Release, stage: str, *given: Terms, by: str = "") -> Signature:
    """The stage's signer signs and sets conditions."""
    account = by or PEOPLE[stage]
    wanted = replace(intent(world, release, stage, by=account), conditions=given)
    return decisions.sign(release, wanted, typed=typed(account), principal=world.cast.principal(account))


def conditional(world: World) -> tuple[Release, Condition]:
    """Approved at tier Moderate under the condition that Olu set at stage 4b."""
    release = submitted(world)
    pk = world.reached("conditional", lambda: _conditional(world, release), given=release.pk)
    return reread(release), condition_outcomes.reread(Condition(pk=pk))


def _conditional(world: World, release: Release) -> Any:
    for stage in ("1", "2", "3"):
        sign(world, release, stage)
    signature = sign_with(world, release, "4b", terms(world))
    sign(world, release, "5")
    return signature.conditions.get().pk


def settle(
    world: World,
    condition: Condition,
    *,
    by: str = "olu",
    step: ConditionStep = ConditionStep.MET,
    finding: str = FINDING,
) -> ConditionEvent:
    """Somebody says what came of it."""
    return condition_outcomes.settle(condition, step, finding=finding, principal=world.cast.principal(by))
