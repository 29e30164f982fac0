"""T11 and T12: any reviewer stops a live release; owner, validator and compliance bring it back together."""

from __future__ import annotations

import pytest

from approvals import linking, suspension
from approvals.errors import GatesFail, TransitionRefused
from approvals.models import Release
from approvals.models.releases import Purpose
from approvals.states import State
from evidence import records
from evidence.models import LedgerEntry
from registry import runs
from registry.errors import FieldsInvalid, NotFound, PermissionMissing
from registry.models import Run
from tests.releases import draft, released, reread, sign
from tests.world import World, admit_run

REASON = "Two adjusters report summaries of the wrong claim."
CAUSE = "The retrieval index was rebuilt from the wrong snapshot; it is replaced."


@pytest.fixture
def live(world: World) -> Release:
    return released(world)


@pytest.mark.parametrize("account", ["ines", "tobias", "maren", "olu", "fay", "ruth", "pia"])
def test_any_reviewer_stops_it_with_a_reason(world: World, live: Release, account: str) -> None:
    suspension.suspend(live, reason=REASON, principal=world.cast.principal(account))
    assert reread(live).state == State.SUSPENDED
    told = LedgerEntry.objects.filter(subject=f"release:{live.pk}").latest("pk")
    assert told.kind == "release.suspended"
    assert live.notes.get(action="suspend").text == REASON


@pytest.mark.parametrize("account", ["audra", "adam"])
def test_who_only_reads_stops_nothing(world: World, live: Release, account: str) -> None:
    with pytest.raises(PermissionMissing):
        suspension.suspend(live, reason=REASON, principal=world.cast.principal(account))


def test_a_stranger_sees_nothing_to_stop(world: World, live: Release) -> None:
    with pytest.raises(NotFound):
        suspension.suspend(live, reason=REASON, principal=world.cast.principal("mallory"))


def test_a_reason_is_needed_and_something_live(world: World, live: Release) -> None:
    with pytest.raises(FieldsInvalid):
        suspension.suspend(live, reason="Bad.", principal=world.cast.principal("ruth"))
    with pytest.raises(TransitionRefused):
        suspension.suspend(
            draft(world, deployment=live.deployment), reason=REASON, principal=world.cast.principal("ruth")
        )


def test_three_signatures_bring_it_back(world: World, live: Release) -> None:
    suspension.suspend(live, reason=REASON, principal=world.cast.principal("olu"))
    revision = suspension.propose_reinstatement(live, cause=CAUSE, principal=world.cast.principal("ruth"))
    assert revision.purpose == Purpose.REINSTATEMENT
    assert [stage.code for stage in revision.stages.all()] == ["2", "3", "5"]
    for code in ("2", "3"):
        sign(world, live, code)
        assert reread(live).state == State.SUSPENDED
    last = sign(world, live, "5")
    assert reread(live).state == State.RELEASED
    view = records.load(last.view_id)
    assert view["procedure"]["cause"] == CAUSE
    assert reread(live).released_at == live.released_at


def test_evidence_that_fell_is_replaced_first(world: World, live: Release) -> None:
    runs.void(Run.objects.get(links__release=live), reason=REASON, principal=world.engineer)
    assert reread(live).state == State.SUSPENDED
    with pytest.raises(GatesFail):
        suspension.propose_reinstatement(live, cause=CAUSE, principal=world.cast.principal("ruth"))
    linking.link(live, admit_run(world), slot="private_evaluation", principal=world.engineer)
    for link in live.links.filter(run__status="void", unlinked_at=None):
        linking.unlink(link, principal=world.engineer, reason=REASON)
    suspension.propose_reinstatement(live, cause=CAUSE, principal=world.cast.principal("tobias"))
    for code in ("2", "3", "5"):
        sign(world, live, code)
    assert reread(live).state == State.RELEASED


def test_evidence_that_changes_meanwhile_stops_those_signatures(world: World, live: Release) -> None:
    suspension.suspend(live, reason=REASON, principal=world.cast.principal("olu"))
    revision = suspension.propose_reinstatement(live, cause=CAUSE, principal=world.cast.principal("ruth"))
    first = sign(world, live, "2")
    runs.void(Run.objects.get(links__release=live), reason=REASON, principal=world.engineer)
    first.refresh_from_db()
    assert not first.counts
    assert reread(live).state == State.SUSPENDED
    assert set(revision.stages.values_list("state", flat=True)) <= {"invalidated", "pending"}


@pytest.mark.parametrize("account", ["ines", "maren", "pia"])
def test_who_may_not_propose(world: World, live: Release, account: str) -> None:
    suspension.suspend(live, reason=REASON, principal=world.cast.principal("olu"))
    with pytest.raises(PermissionMissing, match="release:reinstate"):
        suspension.propose_reinstatement(live, cause=CAUSE, principal=world.cast.principal(account))
