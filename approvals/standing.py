"""What a person settles before any signature: a recovery, the accountability statement, a second factor.

About the person, not the stage: the refusal is shown before anything is typed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.db.models import Exists, OuterRef
from django.urls import reverse

from approvals import accountability, policy
from approvals.models import Acceptance, Release
from approvals.models.releases import Tier
from approvals.separation import Refusal
from registry.access import factors, recoveries
from registry.models import Recovery, RecoveryCause, User


@dataclass(frozen=True)
class Standing:
    """Where a person stands, whatever the release."""

    recovery: Recovery | None
    accepted: bool
    has_factor: bool


def of(user: User) -> Standing:
    """Ask once for a person, then for any number of releases."""
    asked = User.objects.filter(pk=user.pk).annotate(
        recovers=Exists(Recovery.objects.filter(user=OuterRef("pk"), confirmed_at__isnull=True)),
        accepted=Exists(Acceptance.objects.filter(user=OuterRef("pk"), version=accountability.VERSION)),
        has_factor=Exists(factors.of_user(OuterRef("pk"))),
    )
    recovers, accepted, has_factor = asked.values_list("recovers", "accepted", "has_factor").get()
    return Standing(recoveries.unconfirmed(user) if recovers else None, accepted, has_factor)


def refusal(standing: Standing, release: Release) -> Refusal | None:
    """The first thing this person has to settle before signing this release."""
    return next(filter(None, (check(standing, release) for check in CHECKS)), None)


def refusal_beside_releases(standing: Standing) -> Refusal | None:
    """The first thing to settle before a signature that rules releases; it asks for a second factor."""
    return _is_confirmed(standing) or _has_accepted(standing) or _holds_factor(standing)


def _holds_factor(standing: Standing) -> Refusal | None:
    if standing.has_factor:
        return None
    return _no_factor("This signature asks for a second factor; you have none.")


def _has_accepted(standing: Standing, release: Release | None = None) -> Refusal | None:
    if standing.accepted:
        return None
    return Refusal(
        "accountability_missing",
        "You have not accepted yet that your signatures here bind you as those by hand do.",
        next_step="Read and accept the statement",
        page=reverse("accountability"),
    )


def _has_factor(standing: Standing, release: Release) -> Refusal | None:
    if standing.has_factor or not policy.asks_second_factor(release.policy, release.tier):
        return None
    tier = Tier(release.tier).label
    return _no_factor(f"Tier {tier} asks for a second factor with each signature; you have none.")


def _no_factor(sentence: str) -> Refusal:
    return Refusal("factor_missing", sentence, next_step="Set up a second factor", page=reverse("mfa_index"))


def _is_confirmed(standing: Standing, release: Release | None = None) -> Refusal | None:
    recovery = standing.recovery
    if recovery is None:
        return None
    happened = RecoveryCause(recovery.cause).label
    second = "a second" if recovery.cause == RecoveryCause.FACTORS_REMOVED else "an"
    return Refusal(
        "recovery_unconfirmed",
        f"Since {recovery.requested_at:%d %b %Y, %H:%M} UTC your account waits: {happened}.",
        next_step=f"Ask {second} administrator of the project to confirm your account on its page of people",
    )


CHECKS: Final[tuple[Callable[[Standing, Release], Refusal | None], ...]] = (
    _is_confirmed,
    _has_accepted,
    _has_factor,
)
