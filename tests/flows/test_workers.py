"""Workers are killed, messages are lost: work that was asked for is done once."""

from __future__ import annotations

import random
import time
from typing import Any, Final

import pytest

from tests.flows.processes import LEASE_SECONDS, Child, Installation, kill, wait_for

pytestmark = pytest.mark.slow

STARTED_SECONDS: Final = 60
DONE_SECONDS: Final = 90


def job(observer: Child, asked: dict[str, str]) -> dict[str, Any]:
    found: dict[str, Any] = observer.ask("job_facts", job=asked["job"])
    return found


def is_over(observer: Child, asked: dict[str, str]) -> bool:
    return job(observer, asked)["state"] in ("done", "failed")


@pytest.mark.parametrize("step", ["data/", "document", "page "])
def test_a_worker_killed_in_the_middle_of_a_pack_leaves_one_pack(
    installation: Installation, observer: Child, step: str
) -> None:
    release = observer.ask("released_release", tier="low", stages=["1", "2"])["release"]
    asked = observer.ask("ask_for_pack", release=release)
    first = installation.worker()
    wait_for(lambda: step in job(observer, asked)["text"], seconds=STARTED_SECONDS, every=0.005)
    kill(first)
    assert job(observer, asked)["state"] == "running"
    recorded = observer.ask("pack_facts", pack=asked["pack"])["recorded"]

    installation.worker()
    wait_for(lambda: is_over(observer, asked), seconds=DONE_SECONDS)
    assert job(observer, asked) == {"state": "done", "text": "done", "attempts": 2, "error": {}}
    facts = observer.ask("pack_facts", pack=asked["pack"])
    assert (facts["issued"], facts["told"], facts["zips"]) == (True, ["pack.sealed"], 1)
    assert facts["record"] == facts["recorded"] == recorded
    wait_for(lambda: observer.ask("staging") == [], seconds=5)
    assert observer.ask("faults") == []


def test_a_worker_killed_while_it_reads_admits_the_run_once(
    installation: Installation, observer: Child
) -> None:
    asked = observer.ask("receive", items=40_000)
    first = installation.worker()
    wait_for(lambda: job(observer, asked)["state"] == "running", seconds=STARTED_SECONDS, every=0.005)
    time.sleep(random.uniform(0, 0.2))
    kill(first)
    assert observer.ask("submission_facts", submission=asked["submission"])["runs"] == 0

    installation.worker()
    wait_for(lambda: is_over(observer, asked), seconds=DONE_SECONDS)
    facts = observer.ask("submission_facts", submission=asked["submission"])
    assert facts == {"state": "admitted", "runs": 1, "admitted": 1}
    assert job(observer, asked)["attempts"] == 2
    assert observer.ask("faults") == []


def test_a_job_whose_message_was_lost_is_found_by_the_sweeper(
    installation: Installation, observer: Child
) -> None:
    asked = observer.ask("receive", items=400)
    assert installation.forget_messages() == 1
    installation.worker()
    wait_for(lambda: is_over(observer, asked), seconds=STARTED_SECONDS + LEASE_SECONDS)
    assert observer.ask("submission_facts", submission=asked["submission"])["state"] == "admitted"
    assert job(observer, asked)["attempts"] == 1


def test_two_workers_do_a_job_once(installation: Installation, observer: Child) -> None:
    installation.worker()
    installation.worker()
    asked = [observer.ask("receive", items=400) for _ in range(12)]
    wait_for(lambda: all(is_over(observer, one) for one in asked), seconds=DONE_SECONDS, every=0.2)
    for one in asked:
        facts = observer.ask("submission_facts", submission=one["submission"])
        assert facts == {"state": "admitted", "runs": 1, "admitted": 1}
    assert observer.ask("faults") == []
