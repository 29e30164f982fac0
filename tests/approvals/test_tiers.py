"""The tier follows from the answers; any reviewer raises it, compliance alone lowers it, with a reason."""

from __future__ import annotations

import pytest

from approvals import releases, tiers
from approvals.errors import SigningRefused, TierFixed
from approvals.models import Release
from approvals.models.releases import Tier
from approvals.states import State
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from tests.releases import HIGH, LOW, MODERATE, draft, released, reread, sign, submitted
from tests.world import World

REASON = "The summaries reach claimants who cannot object."


def set_to(world: World, release: Release, tier: Tier, *, by: str, reason: str = REASON) -> Release:
    return tiers.set_tier(release, tier, reason=reason, principal=world.cast.principal(by))


@pytest.mark.parametrize("account", ["ines", "tobias", "maren", "dora", "olu", "paul", "fay", "ruth", "pia"])
def test_any_reviewer_raises_it(world: World, account: str) -> None:
    release = draft(world)
    set_to(world, release, Tier.HIGH, by=account)
    assert reread(release).tier == Tier.HIGH


@pytest.mark.parametrize("account", ["ines", "tobias", "maren", "olu", "pia"])
def test_compliance_alone_lowers_it(world: World, account: str) -> None:
    release = draft(world)
    with pytest.raises(PermissionMissing, match="tier:lower"):
        set_to(world, release, Tier.LOW, by=account)
    set_to(world, release, Tier.LOW, by="ruth")
    assert reread(release).tier == Tier.LOW


def test_who_only_reads_and_who_is_a_stranger(world: World) -> None:
    release = draft(world)
    with pytest.raises(PermissionMissing):
        set_to(world, release, Tier.HIGH, by="audra")
    with pytest.raises(NotFound):
        set_to(world, release, Tier.HIGH, by="mallory")
    world.cast.give("sue", "compliance_reviewer")
    with pytest.raises(SigningRefused):
        set_to(world, release, Tier.HIGH, by="sue")


def test_signatures_of_the_old_tier_stop_and_the_stages_of_the_new_one_open(world: World) -> None:
    release = submitted(world)
    first = sign(world, release, "1")
    set_to(world, release, Tier.HIGH, by="maren")
    first.refresh_from_db()
    assert not first.counts
    now = reread(release)
    assert (now.state, now.revision) == (State.IN_REVIEW, 2)
    revision = now.revisions.get(number=2)
    assert "4a" in {stage.code for stage in revision.stages.all()}


def test_a_reason_and_a_change_are_needed(world: World) -> None:
    release = draft(world)
    with pytest.raises(FieldsInvalid):
        set_to(world, release, Tier.HIGH, by="ruth", reason="Because.")
    with pytest.raises(TierFixed, match="Moderate already"):
        set_to(world, release, Tier.MODERATE, by="ruth")


def test_what_is_live_keeps_its_tier(world: World) -> None:
    release = released(world)
    with pytest.raises(TierFixed, match="is decided"):
        set_to(world, release, Tier.HIGH, by="ruth")


@pytest.mark.parametrize(
    ("was_set", "answers", "tier", "stands"),
    [
        (Tier.HIGH, LOW, Tier.HIGH, True),
        (Tier.HIGH, MODERATE, Tier.HIGH, True),
        (Tier.LOW, HIGH, Tier.HIGH, False),
        (Tier.HIGH, HIGH, Tier.HIGH, False),
    ],
)
def test_new_answers_lift_a_tier_that_was_set_and_never_sink_it(
    world: World, was_set: Tier, answers: dict[str, object], tier: Tier, *, stands: bool
) -> None:
    release = draft(world)
    set_to(world, release, was_set, by="ruth")
    releases.change(release, {"tier_answers": answers}, principal=world.engineer)
    now = reread(release)
    assert (now.tier, bool(now.tier_set)) == (tier, stands)
