"""T17: a missed review is marked, and in the higher tiers suspends once its grace is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from approvals import lifecycle, suspension
from approvals.models import Release
from approvals.presentation.overdue import overdue
from approvals.states import State
from evidence import clock
from evidence.models import LedgerEntry
from registry import history
from tests.releases import HIGH, LOW, MODERATE, released, reread, sign
from tests.world import World, revise

CAUSE = "The review was forgotten when its owner changed; the evidence still holds."


def review_at(release: Release) -> datetime:
    """When its review is due."""
    assert release.review_at is not None
    return release.review_at


def test_it_is_suspended_when_the_grace_is_over_and_not_before(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = released(world, answers=HIGH)
    end = review_at(release) + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(microseconds=1))
    assert lifecycle.run() == 0
    assert reread(release).state == State.RELEASED
    monkeypatch.setattr(clock, "now", lambda: end)
    assert lifecycle.run() == 1
    assert reread(release).state == State.SUSPENDED
    assert lifecycle.run() == 0
    (entry,) = LedgerEntry.objects.filter(kind="release.suspended")
    assert entry.channel == "system"
    assert list(history.faults()) == []


@pytest.mark.parametrize("answers", [LOW, MODERATE])
def test_a_lower_tier_is_only_marked(
    world: World, monkeypatch: pytest.MonkeyPatch, answers: dict[str, Any]
) -> None:
    release = released(world, answers=answers)
    late = review_at(release) + timedelta(days=400)
    monkeypatch.setattr(clock, "now", lambda: late)
    assert lifecycle.run() == 0
    assert reread(release).state == State.RELEASED
    found = overdue(reread(release), late)
    assert found
    assert "was due on" in found.headline
    assert "suspended" not in found.words


def test_signatures_bring_it_back_with_the_next_date(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release = released(world, answers=HIGH)
    moment = review_at(release) + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: moment)
    lifecycle.run()
    revise(world, world.rollback, last_tested_at=moment - timedelta(days=1))
    suspension.propose_reinstatement(reread(release), cause=CAUSE, principal=world.cast.principal("tobias"))
    for stage in ("2", "3", "5"):
        sign(world, release, stage)
    again = reread(release)
    assert again.state == State.RELEASED
    assert review_at(again) > moment + timedelta(days=300)
    assert lifecycle.run() == 0
    assert list(history.faults()) == []


def test_the_notice_names_the_day_of_the_suspension(world: World) -> None:
    release = released(world, answers=HIGH)
    due = review_at(release)
    assert overdue(release, due - timedelta(seconds=1)) is None
    found = overdue(release, due)
    assert found
    assert f"{due + timedelta(days=30):%d %b %Y}" in found.words
