"""What a person settles before any signature: a recovery, the accountability statement, a second factor.

About the person, not the stage: the refusal is shown before anything is typed.
"""

from __future__ import annotations

from dataclasses import dataclass

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
    if standing.recovery is not None:
        return _unconfirmed(standing.recovery)
    if not standing.accepted:
        return Refusal(
            "accountability_missing",
            "You have not accepted yet that your signatures here bind you as those by hand do.",
            next_step="Read and accept the statement",
            page=reverse("accountability"),
        )
    if policy.asks_second_factor(release.policy, release.tier) and not standing.has_factor:
        return Refusal(
            "factor_missing",
            f"Tier {Tier(release.tier).label} asks for a second factor with each signature; you have none.",
            next_step="Set up a second factor",
            page=reverse("mfa_index"),
        )
    return None


def _unconfirmed(recovery: Recovery) -> Refusal:
    happened = RecoveryCause(recovery.cause).label
    second = "a second" if recovery.cause == RecoveryCause.FACTORS_REMOVED else "an"
    return Refusal(
        "recovery_unconfirmed",
        f"Since {recovery.requested_at:%d %b %Y, %H:%M} UTC your account waits: {happened}.",
        next_step=f"Ask {second} administrator of the project to confirm your account on its page of people",
    )
