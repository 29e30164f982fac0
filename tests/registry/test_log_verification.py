"""Each day the installation verifies itself: the result is kept, an entry of the log, and never silent."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.mail.message import EmailMessage
from pytest_django import Settings

from evidence import clock, publishing, vault
from evidence.actors import SYSTEM
from evidence.canonical import parse_record
from evidence.faults import Fault
from evidence.models import Blob, Job, JobState, LedgerEntry, Verification
from registry import history, log_verification
from registry.tasks import verify_log
from tests.cast import Cast
from tests.database_owner import owner_of_the_database
from tests.evidence.tampered_log import cut_to, execute, tell
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db


def verified() -> Verification:
    """The result of a verification that is asked for and done."""
    job = log_verification.ask(SYSTEM)
    verify_log(str(job.pk))
    job.refresh_from_db()
    assert job.state == JobState.DONE, job.error
    row = Verification.objects.order_by("-pk")[0]
    assert job.result == {"verification": str(row.pk), "fault_count": row.fault_count}
    return row


def entry_of(row: Verification) -> LedgerEntry:
    return LedgerEntry.objects.get(subject=f"verification:{row.pk}")


def test_a_sound_installation_is_recorded_so(world: World, mailoutbox: list[EmailMessage]) -> None:
    admit_run(world)
    tell(3)
    row = verified()
    assert (row.fault_count, row.faults) == (0, [])
    assert row.entries == row.checkpoint_size > 10
    assert row.files == Blob.objects.count() > 0
    entry = entry_of(row)
    assert (entry.kind, entry.actor_id, entry.container) == ("log.verified", "system", "")
    assert mailoutbox == []


def test_a_faulty_one_is_an_entry_an_error_line_and_a_mail_to_administrators(
    cast: Cast, mailoutbox: list[EmailMessage], caplog: pytest.LogCaptureFixture
) -> None:
    tell(30)
    execute(
        "UPDATE evidence_ledgerpayload SET body = '{}' WHERE entry_id IN"
        " (SELECT id FROM evidence_ledgerentry WHERE subject LIKE 'thing:%')"
    )
    row = verified()
    assert row.fault_count == 30
    assert len(row.faults) == 20
    first = row.faults[0]
    assert first["what"] == "its payload has another digest"
    assert entry_of(row).kind == "log.faulty"
    said = parse_record(bytes(entry_of(row).payload.body))["new"]
    assert isinstance(said, dict)
    assert said["faults"] == row.faults
    (line,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert first["where"] in line.getMessage()
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([cast["adam"].email, cast["mallory"].email])
    assert mailoutbox[0].subject == "[Benchseal] The log benchseal.test/log did not verify: 30 faults"
    assert f"{first['where']}: {first['what']}" in mailoutbox[0].body
    assert "… and 10 more" in mailoutbox[0].body
    assert mailoutbox[0].body.endswith("http://localhost:8000/ledger/log/")


def test_a_mail_server_that_fails_changes_nothing(
    cast: Cast, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    tell(2)
    execute("UPDATE evidence_treehead SET size = 1")
    assert verified().fault_count == 1
    assert "No mail was sent" in caplog.text


def test_files_are_hashed_unless_the_settings_say_otherwise(world: World, settings: Settings) -> None:
    admit_run(world)
    tell(0)
    vault.file_path(Blob.objects.order_by("pk")[0].digest).unlink()
    assert verified().fault_count == 1
    settings.VERIFY_FILES = False
    assert (verified().fault_count, verified().files) == (0, None)


def test_folders_of_checkpoints_are_compared(cast: Cast, settings: Settings, tmp_path: Path) -> None:
    settings.CHECKPOINT_TARGETS = [str(tmp_path), "http://127.0.0.1:9/witness"]
    for count in (2, 3):
        tell(count)
        publishing.publish()
    assert verified().fault_count == 0
    cut_to(Verification.objects.get().checkpoint_size - 3)
    row = verified()
    assert row.compared_with == [str(tmp_path)]
    assert "the database was put back to an older state: 3 entries are missing" in str(row.faults)


def test_a_row_that_differs_once_only_was_changing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    lasting, passing = Fault("run 1", "differs"), Fault("run 2", "differs")
    rounds: Iterator[list[Fault]] = iter([[passing, lasting], [lasting]])
    monkeypatch.setattr(log_verification, "_of_rows", lambda _: iter(next(rounds)))
    tell(1)
    assert verified().faults == [{"where": "run 1", "what": "differs"}]


def test_a_result_that_was_changed_afterwards_is_named(cast: Cast) -> None:
    tell(1)
    row = verified()
    assert list(history.faults()) == []
    with owner_of_the_database() as cursor:
        cursor.execute("UPDATE evidence_verification SET fault_count = 1")
        (fault,) = history.faults()
    assert fault.where.startswith(f"verification {row.pk}")
    assert fault.what == "fault_count is 1; the log says 0"


def later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    moment = clock.now() + timedelta(hours=hours)
    monkeypatch.setattr(clock, "now", lambda: moment)


def test_a_verification_is_asked_for_once_a_day(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    log_verification.ask_when_due()
    tell(1)
    log_verification.ask_when_due()
    assert not Job.objects.exists()
    later(monkeypatch, 24.1)
    log_verification.ask_when_due()
    log_verification.ask_when_due()
    verify_log(str(Job.objects.get().pk))
    log_verification.ask_when_due()
    assert Job.objects.count() == 1
    later(monkeypatch, 23)
    log_verification.ask_when_due()
    assert Job.objects.count() == 1
    later(monkeypatch, 1.1)
    log_verification.ask_when_due()
    assert Job.objects.count() == 2


def test_who_asks_again_while_one_waits_gets_that_one(db: None) -> None:
    assert log_verification.ask(SYSTEM) == log_verification.ask(SYSTEM)
