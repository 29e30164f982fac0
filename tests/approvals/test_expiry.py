"""T16: an approval that nobody released in time expires by itself, once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from approvals import lifecycle
from approvals.errors import TransitionRefused
from approvals.states import State
from evidence import clock
from evidence.models import LedgerEntry
from tests.releases import approved, go_live, released, reread
from tests.world import World


def test_an_approval_expires_at_its_end_and_not_before(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release = approved(world)
    end = release.valid_until
    assert end is not None
    monkeypatch.setattr(clock, "now", lambda: end - timedelta(microseconds=1))
    lifecycle.run()  # reminds who could release it
    assert reread(release).state == State.APPROVED
    monkeypatch.setattr(clock, "now", lambda: end)
    assert lifecycle.run() == 1
    assert reread(release).state == State.EXPIRED
    assert lifecycle.run() == 0
    assert LedgerEntry.objects.filter(kind="release.expired").count() == 1
    with pytest.raises(TransitionRefused):
        go_live(world, release)


def test_what_is_live_does_not_expire(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    release = released(world)
    monkeypatch.setattr(clock, "now", lambda: release.valid_until)
    assert lifecycle.run() == 0
    assert reread(release).state == State.RELEASED


def test_a_step_that_fails_does_not_hold_up_the_others(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(moment: object) -> int:
        raise RuntimeError("out of order")

    release = approved(world)
    monkeypatch.setattr(clock, "now", lambda: release.valid_until)
    monkeypatch.setattr(lifecycle, "STEPS", (broken, *lifecycle.STEPS))
    assert lifecycle.run() == 1
    assert "broken failed" in caplog.text
