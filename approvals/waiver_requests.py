"""Ask that one failing gate of one release be set aside until a date, or that this last longer.

A request is a record. It sets nothing aside: a compliance reviewer who did not ask signs that.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction

from approvals import facts as release_facts
from approvals import gates, waiver_states, waivers, waiving
from approvals.errors import (
    GateNotWaivable,
    RenewalsSpent,
    TransitionRefused,
    WaiverInvalid,
    WaiverNotNeeded,
)
from approvals.events import ApprovalEvent
from approvals.gate import Gate, GateState
from approvals.holding import lock
from approvals.ledger_facts import of_waiver
from approvals.models import Release, Waiver
from approvals.models.waivers import MOST_RENEWALS, WaiverVerdict
from approvals.querysets import OPEN_STATES
from approvals.signing import SHORTEST_REASON
from approvals.states import State
from approvals.waiver_states import WaiverAction, WaiverState
from evidence import clock
from registry import catalogue
from registry.access import policy as access
from registry.access.people import field_errors
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import FieldsInvalid
from registry.models import User


@dataclass(frozen=True)
class Terms:
    """Who answers for the exception, what makes up for it, why, and until when."""

    owner: User
    measure: str
    reason: str
    expires_at: datetime
    starts_at: datetime | None = None


@dataclass(frozen=True)
class Target:
    """A gate by its code; of criteria, which one."""

    gate: str
    criterion: str = ""


@transaction.atomic
def request(release: Release, target: Target, terms: Terms, *, principal: Principal) -> Waiver:
    """Ask for a waiver of a gate that fails now; one that was in force for it before is renewed by that."""
    access.require(principal, Permission.WAIVER_REQUEST, release.project)
    release = lock(release)
    _refuse_over(release)
    finding = finding_of(release, target)
    _refuse_twice(release, target)
    row = _row(release, target, terms, finding, principal)
    earlier = _granted_before(release, target)
    if earlier is not None:
        _make_renewal(row, earlier, principal)
    return _write(row, principal)


@transaction.atomic
def renew(waiver: Waiver, terms: Terms, *, principal: Principal) -> Waiver:
    """Ask that a waiver last longer: a request of its own, with a signature of its own, twice at most."""
    access.require(principal, Permission.WAIVER_REQUEST, waiver.project)
    release = lock(waiver.release)
    waiver = waivers.reread(waiver)
    _refuse_over(release)
    waiver_states.after(waiver, WaiverAction.RENEW, clock.now())
    _refuse_third(waiver)
    target = Target(waiver.gate, waiver.criterion)
    finding = finding_of(release, target)
    _refuse_twice(release, target, but=waiver)
    row = _row(release, target, replace(terms, starts_at=None), finding, principal)
    _make_renewal(row, waiver, principal)
    return _write(row, principal)


def _granted_before(release: Release, target: Target) -> Waiver | None:
    """The last waiver that was approved for the same gate of the release, whatever became of it."""
    same = Waiver.objects.with_story().filter(release=release, gate=target.gate, criterion=target.criterion)
    approved = same.filter(decision__action=WaiverVerdict.APPROVE)
    return approved.order_by("-renewal", "-created_at").first()


def _refuse_third(waiver: Waiver) -> None:
    if waiver.renewal >= MOST_RENEWALS:
        raise RenewalsSpent(
            f"{waiver} is renewal {waiver.renewal} of {MOST_RENEWALS}",
            next_step="Make the gate pass, or withdraw the release.",
        )


def _make_renewal(row: Waiver, earlier: Waiver, principal: Principal) -> None:
    _refuse_third(earlier)
    row.renewal, row.renewal_of = earlier.renewal + 1, earlier
    # Whoever asked for what is renewed stands behind the renewal, too, and approves neither.
    row.responsible_persons = sorted({*principal.persons, *earlier.responsible_persons})


def _refuse_over(release: Release) -> None:
    if release.state not in OPEN_STATES:
        raise TransitionRefused(
            f"{release.human_id} is {State(release.state).label.lower()}; nothing of it is waived any more",
            state=release.state,
        )


def finding_of(release: Release, target: Target) -> Gate:
    """The gate as it fails now without any waiver; raises what stands against asking for one."""
    if not waiving.is_waivable(target.gate, release.policy.tiers[release.tier]):
        raise GateNotWaivable(
            f"{target.gate} is never set aside in tier {release.tier}",
            pointer="/gate",
            next_step="Make it pass.",
        )
    loaded = release_facts.load(release, eligible={}, moment=clock.now())
    found = [gate for gate in gates.unwaived(loaded) if gate.code == target.gate]
    named = [gate for gate in found if waiving.criterion_of(gate) == target.criterion]
    if not named:
        known = "; ".join(filter(None, map(waiving.criterion_of, found))) or "no criterion"
        raise WaiverInvalid(
            f"{release.human_id} has no such gate; for {target.gate} there is: {known}", pointer="/criterion"
        )
    failing = next((gate for gate in named if gate.state == GateState.FAIL), None)
    if failing is None:
        raise WaiverNotNeeded(
            f"{target.gate} does not fail on {release.human_id}",
            next_step="Nothing needs to be set aside; close a waiver that still covers it.",
        )
    return failing


def _refuse_twice(release: Release, target: Target, but: Waiver | None = None) -> None:
    moment = clock.now()
    same = Waiver.objects.with_story().filter(
        release=release, gate=target.gate, criterion=target.criterion, end__isnull=True
    )
    for other in same:
        state = waiver_states.state_of(other, moment)
        if other.pk != (but.pk if but else None) and state in _IN_THE_WAY:
            raise WaiverNotNeeded(
                f"{other} for the same gate is {state.label.lower()}",
                next_step="Decide on it, or renew or close it.",
                waiver=other.human_id,
            )


_IN_THE_WAY = frozenset({WaiverState.REQUESTED, WaiverState.APPROVED, WaiverState.ACTIVE})


def _row(release: Release, target: Target, terms: Terms, finding: Gate, principal: Principal) -> Waiver:
    moment = clock.now()
    _check(release, terms, moment)
    number = Waiver.objects.filter(release=release).count() + 1  # under the lock of the release
    return Waiver(
        project=release.project,
        release=release,
        human_id=f"{release.human_id}-W{number}",
        gate=target.gate,
        criterion=target.criterion,
        finding=finding.as_dict(),
        owner=terms.owner,
        measure=terms.measure.strip(),
        reason=terms.reason.strip(),
        starts_at=terms.starts_at,
        expires_at=terms.expires_at,
        created_at=moment,
        created_by=principal.user,
        responsible_persons=principal.persons,
        channel=principal.channel.value,
    )


def _check(release: Release, terms: Terms, moment: datetime) -> None:
    days = waiving.longest_days(release.policy.tiers[release.tier])
    latest = moment + timedelta(days=days)
    if not moment < terms.expires_at <= latest:
        raise WaiverInvalid(
            f"A waiver in tier {release.tier} ends within {days} days, by {latest:%d %b %Y, %H:%M} UTC",
            pointer="/expires_at",
        )
    if terms.starts_at is not None and not moment <= terms.starts_at < terms.expires_at:
        raise WaiverInvalid("A waiver begins from now on, and before it ends", pointer="/starts_at")
    owner = terms.owner
    if not access.is_answerable(owner, release.project):
        raise WaiverInvalid(
            f"{owner.username} does not answer for anything on {release.project.key}: the owner is a person "
            "with an open account and a role on it",
            pointer="/owner",
        )
    for name, text in (("measure", terms.measure), ("reason", terms.reason)):
        if len(text.strip()) < SHORTEST_REASON:
            detail = f"Give {SHORTEST_REASON} characters or more."
            raise FieldsInvalid(
                f"The {name} is too short", [{"pointer": f"/{name}", "detail": detail, "code": "too_short"}]
            )


def _write(row: Waiver, principal: Principal) -> Waiver:
    try:
        row.full_clean(exclude=["record"])
    except ValidationError as error:
        raise FieldsInvalid("Fields need a correction; nothing was stored", field_errors(error)) from error
    catalogue.write(row, reason=row.reason, principal=principal)
    waivers.tell(ApprovalEvent.WAIVER_REQUESTED, row, principal.actor, reason=row.reason, new=of_waiver(row))
    return row
