"""The challenge log on pages: asked, answered and closed by forms, shown to signers and in the queue."""

from __future__ import annotations

import pytest
from django.utils.html import escape

from approvals.models import Challenge, Release
from approvals.models.challenges import Closing
from registry.models import Run
from tests.approvals.pages.conftest import Hall
from tests.challenges import BECAUSE, REASON, WHY, answered, asked, closed, settled
from tests.releases import approved, signed, submitted
from tests.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def release(world: World) -> Release:
    return signed(world, submitted(world), "1", "2")


def page_of(release: Release, path: str = "") -> str:
    return f"/releases/{release.human_id}/{path}"


def test_from_the_empty_log_to_a_closed_question(hall: Hall, world: World, release: Release) -> None:
    page = hall.get("maren", page_of(release))
    assert "No reviewer has asked a question" in page.text
    form = hall.get("maren", page.link("Ask a question"))
    assert "GATE_CRITERIA" in form.text
    sent = {"text": WHY, "about": "gate:GATE_CRITERIA", "wants_evidence": "on", "stage": "3"}
    page = hall.post("maren", page_of(release, "challenges/new/"), sent)
    for words in (WHY, "Open, waits for an answer", "Evidence is asked for", "GATE_CRITERIA"):
        assert words in page.text
    run = Run.objects.get()
    page = hall.post(
        "tobias", page_of(release, "challenges/1/answer/"), {"text": BECAUSE, "evidence": run.record_id}
    )
    assert BECAUSE in page.text
    assert f"Evidence: {run.human_id}" in page.text
    page = hall.post("maren", page_of(release, "challenges/1/further/"), {"text": "How many?"})
    assert "How many?" in page.text
    answered(world, Challenge.objects.get())
    page = hall.post("maren", page_of(release, "challenges/1/close/"), {"outcome": "satisfied"})
    assert "Question 1 is closed" in page.text
    assert "Satisfied" in page.text


def test_the_signer_reads_the_thread_and_cannot_sign(hall: Hall, world: World, release: Release) -> None:
    asked(world, release)
    page = hall.get("maren", page_of(release))
    assert "Question 1 of Maren Example" in page.text
    assert page.link("Read question 1").endswith("#question-1")
    step = hall.get("maren", page_of(release, "stages/3/sign"))
    assert WHY in step.text
    assert 'type="password"' not in step.html


def test_a_signer_reads_what_was_settled(hall: Hall, world: World, release: Release) -> None:
    settled(world, release)
    step = hall.open_sign("maren", release, "Sign stage 3")
    assert BECAUSE in step.text
    assert "Ask further" not in step.text


def test_the_queue_names_who_is_to_answer_and_who_to_close(
    hall: Hall, world: World, release: Release
) -> None:
    question = asked(world, release)
    assert WHY in hall.get("tobias", "/queue/").text
    assert "Questions that wait for you" not in hall.get("olu", "/queue/").text
    answered(world, question)
    assert "Questions that wait for you" not in hall.get("tobias", "/queue/").text
    assert "Read the answer" in hall.get("maren", "/queue/").text


def test_what_does_not_fit_comes_back(hall: Hall, world: World, release: Release) -> None:
    sent = {"text": "<b>x</b>", "about": "gate:GATE_X", "stage": "3"}
    again = hall.post("maren", page_of(release, "challenges/new/"), sent)
    assert again.status == 422
    assert escape("<b>x</b>") in again.html
    assert "<b>x</b>" not in again.html
    asked(world, release)
    early = hall.post("maren", page_of(release, "challenges/1/close/"), {"outcome": "satisfied"})
    assert (early.status, "Nobody answered question 1 yet" in early.text) == (422, True)
    short = hall.post("maren", page_of(release, "challenges/1/close/"), {"outcome": "withdrawn"})
    assert short.status == 422


def test_words_of_a_question_are_no_markup(hall: Hall, world: World, release: Release) -> None:
    asked(world, release, text="<script>alert(1)</script>")
    for account in ("maren", "tobias"):
        for url in (page_of(release), "/queue/"):
            assert "<script>alert(1)" not in hall.get(account, url).html


@pytest.mark.parametrize(
    ("account", "path", "status"),
    [
        ("audra", "challenges/new/", 403),
        ("mallory", "challenges/new/", 404),
        ("olu", "challenges/1/answer/", 403),
        ("mallory", "challenges/1/answer/", 404),
        ("tobias", "challenges/7/answer/", 404),
        ("ruth", "challenges/1/close/", 403),
        ("mallory", "challenges/1/close/", 404),
        ("ruth", "challenges/1/further/", 403),
        ("mallory", "challenges/1/further/", 404),
    ],
)
def test_who_may_not_finds_no_form(
    hall: Hall, world: World, release: Release, account: str, path: str, status: int
) -> None:
    asked(world, release)
    assert hall.get(account, page_of(release, path)).status == status


@pytest.mark.parametrize(("account", "offered"), [("tobias", "Answer"), ("maren", "Close"), ("audra", "")])
def test_each_reader_is_offered_what_they_can_do(
    hall: Hall, world: World, release: Release, account: str, offered: str
) -> None:
    asked(world, release)
    page = hall.get(account, page_of(release))
    found = {act for act in ("Answer", "Close") if f'aria-label="{act} question 1"' in page.html}
    assert found == ({offered} if offered else set())


def test_nothing_is_offered_after_the_end(hall: Hall, world: World) -> None:
    release = approved(world)
    assert "Challenge log" not in hall.get("maren", page_of(release)).text
    assert hall.get("maren", page_of(release, "challenges/new/")).status == 409


def test_a_withdrawn_question_shows_why(hall: Hall, world: World, release: Release) -> None:
    closed(world, asked(world, release), Closing.WITHDRAWN, reason=REASON)
    page = hall.get("audra", page_of(release))
    assert "Withdrawn" in page.text
    assert REASON in page.text
