"""A stage that waits: two reminders and an escalation, each once, and never a signature."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.core import mail

from approvals import lifecycle, reminder_mails, reminding
from approvals.models import Release, Stage
from approvals.states import State
from evidence import clock, jobs
from evidence.models import Job, LedgerEntry
from registry import history, notification_mails
from registry.working_days import calendar
from tests.approvals.deputising import accepted
from tests.releases import reread, signed, submitted
from tests.world import World


@pytest.fixture
def waiting(world: World) -> Release:
    """A release at stage 3, which Maren signs."""
    return signed(world, submitted(world), "1", "2")


def opened(release: Release) -> Stage:
    return Stage.objects.get(revision__release=release, code="3")


def at(stage: Stage, days: int) -> datetime:
    """When so many working days are over since the stage was opened."""
    assert stage.opened_at is not None
    return calendar().end_after(stage.opened_at, days)


def run_at(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> int:
    """What becomes due then, and its mails."""
    monkeypatch.setattr(clock, "now", lambda: moment)
    acted = lifecycle.run()
    for job in Job.objects.filter(task=reminder_mails.TASK, state="queued"):
        with jobs.taken(str(job.pk)) as lease:
            assert lease is not None
            reminder_mails.send(lease)
    notification_mails.send_due()
    return acted


def kinds(release: Release) -> list[str]:
    found = LedgerEntry.objects.filter(subject=f"release:{release.pk}").order_by("pk")
    return [entry.kind for entry in found if entry.kind in ("stage.reminded", "stage.escalated")]


def to() -> set[str]:
    """Who got the mails since the last look."""
    found = {address for one in mail.outbox for address in one.to}
    mail.outbox.clear()
    return found


def test_two_reminders_and_an_escalation_each_once(
    world: World, waiting: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = opened(waiting)
    assert run_at(monkeypatch, at(stage, 3) - timedelta(microseconds=1)) == 0
    assert run_at(monkeypatch, at(stage, 3)) == 1
    assert run_at(monkeypatch, at(stage, 3)) == 0
    assert to() == {"maren@example.org"}
    assert run_at(monkeypatch, at(stage, 5)) == 1
    assert to() == {"maren@example.org"}
    assert run_at(monkeypatch, at(stage, 7)) == 1
    assert to() == {"maren@example.org", "tobias@example.org", "adam@example.org"}
    assert run_at(monkeypatch, at(stage, 30)) == 0
    assert kinds(waiting) == ["stage.reminded", "stage.reminded", "stage.escalated"]
    assert reread(waiting).state == State.IN_REVIEW
    assert opened(waiting).state == "open"
    assert list(history.faults()) == []


def test_a_mail_says_what_waits_where_it_is_and_why_it_was_sent(
    world: World, waiting: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_at(monkeypatch, at(opened(waiting), 3))
    (one,) = mail.outbox
    assert one.subject.endswith(
        f"Stage 3 Validator of {waiting.human_id} waits for a signature that you can give"
    )
    assert f"/releases/{waiting.human_id}/" in one.body
    assert "You get this mail because you are independent validator of HARBOR." in one.body
    assert "Nothing is approved by waiting." in one.body


def test_a_deputy_is_told_for_whom(world: World, waiting: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    accepted(world, "maren", "dora", "3", days=20)
    run_at(monkeypatch, at(opened(waiting), 7))
    (one,) = (mail_ for mail_ in mail.outbox if mail_.to == ["dora@example.org"])
    assert "because Maren Example, independent validator, delegated this stage to you" in one.body


def test_who_may_not_sign_is_not_told(
    world: World, waiting: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mallory of another project, Ines who sent the evidence, Gus without a role."""
    world.cast.give("ines", "validator")
    run_at(monkeypatch, at(opened(waiting), 3))
    assert to() == {"maren@example.org"}


def test_what_was_missed_is_told_once(
    world: World, waiting: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run_at(monkeypatch, at(opened(waiting), 9)) == 1
    assert kinds(waiting) == ["stage.escalated"]


def test_a_signed_stage_is_quiet(world: World, waiting: Release, monkeypatch: pytest.MonkeyPatch) -> None:
    stage = opened(waiting)
    moment = at(stage, 3)
    signed(world, waiting, "3", "4b", "5")
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert reminding.remind_due(moment) == 1, "stage 6 alone"
    assert stage.pk not in {job.params["stage"] for job in Job.objects.filter(task=reminder_mails.TASK)}
