"""Waivers made through the real steps: asked for by Tobias, decided by Ruth; Gus reviews, too."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from approvals import linking, policy, releases, waiver_decisions, waiver_requests
from approvals.assessment import assess
from approvals.gate import Gate
from approvals.models import Release, Waiver, WaiverDecision
from approvals.models.waivers import WaiverVerdict
from approvals.waiver_decisions import Ruling
from approvals.waiver_requests import Target, Terms
from evidence import clock
from registry.access.principals import Principal
from registry.access.roles import Role
from tests.codes import enrol
from tests.releases import draft, reread, sign, typed
from tests.world import World, admit_run

MEASURE = "Every summary is read by an adjuster until the model is replaced."
REASON = "The replacement needs six weeks, and the old model is worse."
NO_SIGNAL = Target("GATE_MONITORING")
PASS_RATE = Target("GATE_CRITERIA", "pass rate: Lower 95% bound at least 0.8")


def unwatched(world: World, **options: Any) -> Release:
    """A draft that lacks its monitoring signal alone; two compliance reviewers could sign it."""
    world.cast.give("gus", Role.COMPLIANCE_REVIEWER)
    release = draft(world, **options)
    if policy.asks_second_factor(release.policy, release.tier):
        enrol(world.cast["gus"])
    linking.link(release, admit_run(world), slot="private_evaluation", principal=world.engineer)
    linking.link(release, world.rollback, slot="rollback", principal=world.engineer)
    return release


def terms(world: World, *, owner: str = "tobias", days: float = 30, **changes: Any) -> Terms:
    """What Tobias asks for: thirty days."""
    values: dict[str, Any] = {
        "owner": world.cast[owner],
        "measure": MEASURE,
        "reason": REASON,
        "expires_at": clock.now() + timedelta(days=days),
    }
    return Terms(**values | changes)


def asked(
    world: World,
    release: Release,
    target: Target = NO_SIGNAL,
    *,
    by: str | Principal = "tobias",
    **changes: Any,
) -> Waiver:
    """A request."""
    principal = world.cast.principal(by) if isinstance(by, str) else by
    return waiver_requests.request(release, target, terms(world, **changes), principal=principal)


def renewal(world: World, waiver: Waiver, *, by: str = "tobias", **changes: Any) -> Waiver:
    """A request for its renewal."""
    return waiver_requests.renew(waiver, terms(world, **changes), principal=world.cast.principal(by))


def ruling(
    world: World,
    waiver: Waiver,
    action: WaiverVerdict = WaiverVerdict.APPROVE,
    *,
    by: str = "ruth",
    comment: str = "",
) -> Ruling:
    """What the dialog of this person sends."""
    challenge = waiver_decisions.open_dialog(waiver, action, principal=world.cast.principal(by))
    return Ruling(action, waiver.record_id, str(challenge.pk), comment)


def decided(
    world: World,
    waiver: Waiver,
    action: WaiverVerdict = WaiverVerdict.APPROVE,
    *,
    by: str = "ruth",
    comment: str = "",
) -> WaiverDecision:
    """Signed by Ruth or another."""
    wanted = ruling(world, waiver, action, by=by, comment=comment)
    return waiver_decisions.decide(waiver, wanted, typed=typed(by), principal=world.cast.principal(by))


def waived(world: World, **options: Any) -> tuple[Release, Waiver]:
    """A draft whose missing signal is waived."""
    release = unwatched(world, **options)
    waiver = asked(world, release)
    decided(world, waiver)
    return release, waiver


def ruled(release: Release, **rules: Any) -> None:
    """Rules of the policy for releases of this tier are these from now on."""
    record = release.policy
    record.refresh_from_db()  # before that it shares its rules with the shipped ones
    record.tiers[release.tier] |= rules
    record.save()


def at(waiver: Waiver, **more: float) -> datetime:
    """The moment it expires, and so much later."""
    return waiver.expires_at + timedelta(**more)


def gate_of(release: Release, code: str = "GATE_MONITORING") -> Gate:
    """A gate of the release as it stands now."""
    return next(gate for gate in assess(reread(release)).gates if gate.code == code)


def approved_with_waiver(world: World, **options: Any) -> tuple[Release, Waiver]:
    """Signed up to compliance, which signs once more than usual."""
    given = repr({name: getattr(value, "pk", value) for name, value in options.items()})
    return world.reached("approved with waiver", lambda: _approved_with_waiver(world, options), given=given)


def _approved_with_waiver(world: World, options: dict[str, Any]) -> tuple[Release, Waiver]:
    release, waiver = waived(world, **options)
    revision = releases.submit(release, principal=world.engineer)
    for stage in revision.stages.filter(order__lt=5).values_list("code", flat=True):
        sign(world, release, stage)
    for account in ("ruth", "gus")[: revision.stages.get(code="5").quorum]:
        sign(world, release, "5", by=account)
    return reread(release), waiver


def another(world: World, release: Release) -> Release:
    """A second release that lacks its signal."""
    other = draft(world, deployment=release.deployment)
    linking.link(other, admit_run(world), slot="private_evaluation", principal=world.engineer)
    linking.link(other, world.rollback, slot="rollback", principal=world.engineer)
    return other
