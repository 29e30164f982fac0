"""The tier of a release: it follows from the answers, any reviewer raises it, compliance alone lowers it."""

from __future__ import annotations

from django.db import transaction

from approvals import acting, policy
from approvals.consequences import recheck
from approvals.errors import TierFixed
from approvals.events import ApprovalEvent
from approvals.holding import lock, tell
from approvals.models import Release
from approvals.models.releases import Tier
from approvals.signing import require_reason
from approvals.states import EDITABLE, SIGNED_STATES
from registry.access.principals import Principal
from registry.access.roles import Permission

OPEN = SIGNED_STATES | EDITABLE
"""States in which the tier can still change: what went live was reviewed under the one it had."""


@transaction.atomic
def set_tier(release: Release, tier: Tier, *, reason: str, principal: Principal) -> Release:
    """Raise or lower the tier, with a reason. Signatures on the manifest of the old tier stop counting."""
    acting.require_session(principal)
    release = lock(release)
    lowers = policy.is_lower(tier, Tier(release.tier))
    needed = Permission.TIER_LOWER if lowers else Permission.RELEASE_SIGN
    acting.require_person(needed, release.project, principal)
    require_reason(reason)
    _refuse(release, tier)
    old = {"tier": release.tier, "tier_set": release.tier_set, "optional": release.optional_stages}
    release.tier = release.tier_set = tier
    release.optional_stages = _still_optional(release)
    release.save(update_fields=["tier", "tier_set", "optional_stages"])
    new = {"tier": str(tier), "tier_set": str(tier), "optional": release.optional_stages}
    tell(ApprovalEvent.TIER_SET, release, principal.actor, reason=reason, old=old, new=new)
    words = "lowered" if lowers else "raised"
    recheck(release, reason=f"The tier was {words} to {tier.label}: {reason}", actor=principal.actor)
    return release


def follow_answers(release: Release) -> None:
    """The tier after the answers changed: a tier that was set stands only where it is the higher one."""
    computed = policy.tier_of(release.tier_answers)
    if release.tier_set and policy.is_lower(computed, Tier(release.tier_set)):
        release.tier = release.tier_set
    else:
        release.tier, release.tier_set = computed, ""


def _refuse(release: Release, tier: Tier) -> None:
    if release.state not in OPEN:
        raise TierFixed(
            f"{release.human_id} is decided, so its tier stays {Tier(release.tier).label}",
            state=release.state,
        )
    if tier == release.tier:
        raise TierFixed(f"The tier of {release.human_id} is {tier.label} already", state=release.state)


def _still_optional(release: Release) -> list[str]:
    """Stages that were added before submit and that the new tier does not ask for anyway."""
    known = policy.rules_of(release.policy).tiers[release.tier]["optional"]
    return [code for code in release.optional_stages if code in known]
