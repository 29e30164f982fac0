"""The page of the log: its head, where it is published, what verifications found, and asking for one."""

from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from evidence import clock, publishing
from evidence.actors import SYSTEM
from evidence.models import Checkpoint, Job, Verification
from registry import log_verification
from registry.tasks import verify_log
from tests.evidence.tampered_log import execute, tell
from tests.registry.pages.conftest import SignIn
from tests.registry.pages.test_every_page import assert_is_ours

LOG = "/ledger/log/"


def html_of(signed_in: SignIn, account: str = "audra") -> str:
    response = signed_in(account).get(LOG)
    assert response.status_code == 200
    html = response.content.decode()
    assert_is_ours(html)
    return html


def verified() -> None:
    verify_log(str(log_verification.ask(SYSTEM).pk))


def test_an_empty_log_says_so(signed_in: SignIn) -> None:
    html = html_of(signed_in)
    assert "The log is empty." in html
    assert "Checkpoints are published nowhere." in html
    assert "The first one comes a day after the first entry." in html


def test_head_targets_and_verifications_are_shown(
    signed_in: SignIn, settings: Settings, tmp_path: Path
) -> None:
    settings.CHECKPOINT_TARGETS = [str(tmp_path), str(tmp_path / "missing")]
    tell(3)
    publishing.publish()
    verified()
    tell(0)
    newest = Checkpoint.objects.order_by("-size")[0]
    html = html_of(signed_in)
    assert newest.note.splitlines()[2] in html
    assert f"<b>{newest.size}</b>" in html
    assert "On its way" in html
    assert "Failing" in html
    assert "No such file or directory" in html
    # The folder that cannot be read is a fault of the comparison, and only administrators read which.
    assert "The last verification found 1 fault." in html
    assert "An administrator sees the faults." in html
    assert "cannot be read" not in html


def test_administrators_read_the_faults_and_a_sound_log_is_called_so(signed_in: SignIn) -> None:
    tell(2)
    verified()
    assert "Sound" in html_of(signed_in, "adam")
    execute("UPDATE evidence_treehead SET size = 1")
    verified()
    html = html_of(signed_in, "adam")
    assert "All 1</p>" in html
    assert "it counts 1 entries, the log has" in html
    assert html.index("tree head") < html.index("Sound")


def test_an_administrator_asks_and_watches_until_it_is_over(signed_in: SignIn) -> None:
    tell(1)
    adam = signed_in("adam")
    assert "Verify now" in html_of(signed_in, "adam")
    assert adam.post(f"{LOG}verify/").headers["Location"] == LOG
    waiting = html_of(signed_in, "adam")
    assert "Verify now" not in waiting
    assert f'hx-get="{LOG}progress/"' in waiting
    verify_log(str(Job.objects.get().pk))
    done = adam.get(f"{LOG}progress/").content.decode()
    assert "The verification is over." in done
    assert f'href="{LOG}"' in done
    assert Verification.objects.count() == 1


def test_others_neither_see_the_button_nor_may_ask(signed_in: SignIn) -> None:
    tell(1)
    assert "Verify now" not in html_of(signed_in)
    assert signed_in("audra").post(f"{LOG}verify/").status_code == 403
    assert signed_in("adam").get(f"{LOG}verify/").status_code == 405
    assert signed_in("audra").get(f"{LOG}progress/").status_code == 404
    assert not Job.objects.exists()


def test_a_job_that_failed_and_a_worker_that_sleeps_are_shown(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(1)
    job = log_verification.ask(SYSTEM)
    Job.objects.filter(pk=job.pk).update(
        state="failed", finished_at=clock.now(), error={"title": "The worker stopped again and again"}
    )
    html = html_of(signed_in)
    assert "The last verification did not finish." in html
    assert "The worker stopped again and again" in html
    assert "No verification ended in the last two days." not in html
    moment = clock.now() + timedelta(hours=49)
    monkeypatch.setattr(clock, "now", lambda: moment)
    assert "No verification ended in the last two days." in html_of(signed_in)


def test_the_ledger_leads_to_the_log(signed_in: SignIn) -> None:
    tell(1)
    assert f'href="{LOG}"' in signed_in("audra").get("/ledger/").content.decode()
