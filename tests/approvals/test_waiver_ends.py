"""Renewal, budget and end of waivers, and what their end does to gates and signatures."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction

from approvals import decisions, lifecycle, linking, releases, waivers
from approvals.errors import (
    GatesFail,
    RenewalsSpent,
    SigningRefused,
    WaiverBudgetSpent,
    WaiverNotNeeded,
    WaiverRefused,
)
from approvals.gate import GateState
from approvals.models import Waiver
from approvals.models.waivers import WaiverVerdict
from approvals.states import State
from evidence import clock
from evidence.models import LedgerEntry
from registry.access.roles import Role
from registry.errors import FieldsInvalid, PermissionMissing
from tests.releases import go_live, reread, sign
from tests.waivers import (
    REASON,
    another,
    approved_with_waiver,
    asked,
    at,
    decided,
    gate_of,
    renewal,
    ruled,
    unwatched,
    waived,
)
from tests.world import World


class TestRenewal:
    """A renewal has a signature of its own; there are two."""

    def test_it_ends_what_it_renews_when_it_is_approved(self, world: World) -> None:
        release, first = waived(world)
        second = renewal(world, waivers.reread(first), days=60)
        assert gate_of(release).facts["waiver"] == first.human_id
        decided(world, second)
        assert gate_of(release).facts["waiver"] == second.human_id
        ended = waivers.reread(first).ended
        assert ended is not None
        assert (ended.kind, ended.reason) == ("renewed", f"Renewed as {second}")

    def test_there_is_no_third(self, world: World) -> None:
        _, waiver = waived(world)
        for _ in range(2):
            waiver = renewal(world, waivers.reread(waiver))
            decided(world, waiver)
        with pytest.raises(RenewalsSpent):
            renewal(world, waivers.reread(waiver))

    def test_the_database_knows_no_third_either(self, world: World) -> None:
        _, waiver = waived(world)
        with pytest.raises(IntegrityError, match="waiver_renewed_twice_at_most"), transaction.atomic():
            Waiver.objects.filter(pk=waiver.pk).update(renewal=3, renewal_of=waiver.pk)

    def test_who_asked_first_does_not_approve_what_another_renews(self, world: World) -> None:
        world.cast.give("ruth", Role.MODEL_OWNER)
        waiver = asked(world, unwatched(world), by="ruth")
        decided(world, waiver, by="gus")
        second = renewal(world, waivers.reread(waiver), by="tobias", owner="maren")
        with pytest.raises(SigningRefused) as refused:
            decided(world, second, by="ruth")
        assert refused.value.extra["reason_code"] == "conflict_requester"

    def test_what_was_not_approved_is_not_renewed(self, world: World) -> None:
        waiver = asked(world, unwatched(world))
        with pytest.raises(WaiverRefused):
            renewal(world, waiver)

    def test_an_expired_one_is_renewed_while_the_gate_fails(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release, waiver = waived(world)
        monkeypatch.setattr(clock, "now", lambda: at(waiver))
        lifecycle.run()
        decided(world, renewal(world, waivers.reread(waiver)))
        assert gate_of(release).state == GateState.WAIVED

    def test_asking_anew_after_the_end_is_a_renewal_and_there_is_no_third(self, world: World) -> None:
        release, waiver = waived(world)
        for number in (1, 2):
            waivers.close(waivers.reread(waiver), reason=REASON, principal=world.cast.principal("ruth"))
            anew = asked(world, release)
            assert (anew.renewal, anew.renewal_of) == (number, waiver)
            decided(world, anew, by="gus")
            waiver = anew
        waivers.close(waivers.reread(waiver), reason=REASON, principal=world.cast.principal("ruth"))
        with pytest.raises(RenewalsSpent):
            asked(world, release)

    def test_asking_anew_after_a_rejection_is_none(self, world: World) -> None:
        release = unwatched(world)
        decided(world, asked(world, release), WaiverVerdict.REJECT, comment=REASON)
        assert asked(world, release).renewal == 0

    def test_a_gate_that_passes_is_not_waived_longer(self, world: World) -> None:
        release, waiver = waived(world)
        linking.link(release, world.signal, slot="monitoring", principal=world.engineer)
        with pytest.raises(WaiverNotNeeded):
            renewal(world, waivers.reread(waiver))


class TestBudget:
    """A project has as many waivers in force as its policy allows."""

    def test_the_next_one_is_refused_by_name(self, world: World) -> None:
        release, first = waived(world)
        ruled(release, waiver_budget=1)
        other = asked(world, another(world, release))
        with pytest.raises(WaiverBudgetSpent) as refused:
            decided(world, other)
        assert refused.value.extra["waivers"] == [first.human_id]
        waivers.close(waivers.reread(first), reason=REASON, principal=world.cast.principal("ruth"))
        decided(world, other)

    def test_a_renewal_takes_the_place_of_what_it_renews(self, world: World) -> None:
        release, first = waived(world)
        ruled(release, waiver_budget=1)
        decided(world, renewal(world, waivers.reread(first)))

    def test_what_ended_with_its_release_does_not_count(self, world: World) -> None:
        release, _ = waived(world)
        ruled(release, waiver_budget=1)
        decisions.withdraw(release, reason=REASON, principal=world.cast.principal("tobias"))
        decided(world, asked(world, another(world, release)))


class TestEnd:
    """The gate fails again when its waiver ends, and signatures that rested on it stop."""

    def test_it_fails_again_by_the_clock_alone(self, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
        release, waiver = approved_with_waiver(world)
        monkeypatch.setattr(clock, "now", lambda: at(waiver, microseconds=-1))
        assert gate_of(release).state == GateState.WAIVED
        monkeypatch.setattr(clock, "now", lambda: at(waiver))
        assert gate_of(release).state == GateState.FAIL
        with pytest.raises(GatesFail):
            go_live(world, release)

    def test_a_live_release_is_suspended_when_it_expires(
        self, world: World, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        release, waiver = approved_with_waiver(world)
        go_live(world, release)
        monkeypatch.setattr(clock, "now", lambda: at(waiver))
        assert lifecycle.run() == 1
        assert lifecycle.run() == 0
        assert reread(release).state == State.SUSPENDED
        told = LedgerEntry.objects.filter(kind__in=["waiver.expired", "release.suspended"]).order_by("pk")
        assert [(entry.kind, entry.channel) for entry in told] == [
            ("waiver.expired", "system"),
            ("release.suspended", "system"),
        ]

    def test_signatures_stop_when_it_is_closed(self, world: World) -> None:
        release, waiver = approved_with_waiver(world)
        waivers.close(waivers.reread(waiver), reason=REASON, principal=world.cast.principal("tobias"))
        assert not release.signatures.filter(end__isnull=True).exists()
        (diff,) = release.signatures.first().end.diff  # type: ignore[union-attr]
        assert (diff["section"], diff["id"], diff["now"]) == ("waivers", waiver.human_id, None)
        release = reread(release)
        assert (release.state, release.revision) == (State.IN_REVIEW, 2)
        assert release.revisions.get(number=2).stages.get(code="5").quorum == 1

    def test_a_live_release_is_suspended_when_it_is_closed(self, world: World) -> None:
        release, waiver = approved_with_waiver(world)
        go_live(world, release)
        waivers.close(waivers.reread(waiver), reason=REASON, principal=world.cast.principal("ruth"))
        assert reread(release).state == State.SUSPENDED

    def test_signatures_stop_when_one_is_approved_in_review(self, world: World) -> None:
        release, first = waived(world)
        releases.submit(release, principal=world.engineer)
        sign(world, release, "1")
        decided(world, renewal(world, waivers.reread(first)))
        assert not release.signatures.filter(end__isnull=True).exists()
        assert reread(release).revision == 2

    def test_a_renewed_live_release_is_reviewed_again_and_stays(self, world: World) -> None:
        release, first = approved_with_waiver(world)
        go_live(world, release)
        decided(world, renewal(world, waivers.reread(first)))
        assert reread(release).state == State.RELEASED
        assert LedgerEntry.objects.filter(kind="release.review_required").exists()

    def test_a_request_can_be_taken_back(self, world: World) -> None:
        waiver = asked(world, unwatched(world))
        waivers.close(waiver, reason=REASON, principal=world.cast.principal("tobias"))
        with pytest.raises(WaiverRefused):
            decided(world, waivers.reread(waiver))

    @pytest.mark.parametrize("account", ["maren", "pia", "audra", "adam"])
    def test_who_neither_sent_nor_decides_closes_nothing(self, world: World, account: str) -> None:
        _, waiver = waived(world)
        with pytest.raises(PermissionMissing):
            waivers.close(waiver, reason=REASON, principal=world.cast.principal(account))

    def test_a_reason_is_needed(self, world: World) -> None:
        _, waiver = waived(world)
        with pytest.raises(FieldsInvalid):
            waivers.close(waiver, reason="Done.", principal=world.cast.principal("ruth"))
