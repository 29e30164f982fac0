"""Figures for Prometheus: closed by default, cheap at any size, and what an alert needs."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from evidence import clock, jobs, publishing
from evidence.actors import SYSTEM
from evidence.models import Job, JobState, TickLease
from registry import log_verification
from registry.tasks import verify_log
from tests.evidence.row_counter import rows
from tests.evidence.tampered_log import append, execute, tell

pytestmark = pytest.mark.django_db

TOKEN = "f" * 64


@pytest.fixture
def _open(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape() -> dict[str, float]:
    """Each figure by its name and label."""
    response = Client().get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert response.status_code == 200
    assert response["Content-Type"].startswith("text/plain; version=")
    return {
        "/".join([sample.name.removeprefix("benchseal_"), *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


def test_without_a_token_in_the_settings_there_is_no_such_address() -> None:
    for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": f"Bearer {TOKEN}"}):
        assert Client().get("/metrics", headers=headers).status_code == 404


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", f"Basic {TOKEN}", f"Bearer {TOKEN}x", TOKEN])
@pytest.mark.usefixtures("_open")
def test_another_token_gets_the_answer_to_an_unknown_address(given: str) -> None:
    refused = Client().get("/metrics", headers={"Authorization": given} if given else {})
    unknown = Client().get("/metrix")
    assert refused.status_code == unknown.status_code == 404


@pytest.mark.usefixtures("_open")
def test_an_empty_installation_has_figures() -> None:
    found = scrape()
    assert found["log_entries"] == found["log_unsealed_entries"] == 0
    assert "verification_faults" not in found


@pytest.mark.usefixtures("_open")
def test_log_verification_targets_jobs_and_ticks_are_told(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = tmp_path / "gone"
    settings.CHECKPOINT_TARGETS = [str(tmp_path), str(gone)]
    tell(5)
    publishing.publish()
    execute("UPDATE evidence_treehead SET size = 1")
    settings.CHECKPOINT_TARGETS = [str(tmp_path)]
    verify_log(str(log_verification.ask(SYSTEM).pk))
    settings.CHECKPOINT_TARGETS = [str(tmp_path), str(gone)]
    append(2)
    failed = jobs.enqueue("t", subject="t", params={}, actor=SYSTEM)
    Job.objects.filter(pk=failed.pk).update(state=JobState.FAILED)
    jobs.enqueue("t", subject="t", params={}, actor=SYSTEM)
    TickLease.objects.create(name="seal", until=clock.now())
    moment = clock.now() + timedelta(seconds=90)
    monkeypatch.setattr(clock, "now", lambda: moment)
    found = scrape()
    assert found["log_entries"] == 5
    assert found["log_unsealed_entries"] == 3  # the result of the verification is an entry, too
    assert 90 <= found["log_unsealed_oldest_seconds"] < 100
    assert found["verification_faults"] == 1
    assert found["verification_entries"] == 5
    assert 0 < moment.timestamp() - found["verification_timestamp_seconds"] < 100
    assert found[f"publication_lag_entries/{tmp_path}"] == 0
    assert found[f"publication_lag_entries/{gone}"] == 5
    assert found[f"publication_failures/{gone}"] == 1
    assert [found[f"jobs/{state}"] for state in ("queued", "running", "failed")] == [1, 0, 1]
    assert 90 <= found["worker_tick_age_seconds/seal"] < 100


@pytest.mark.usefixtures("_open")
def test_a_scrape_reads_as_little_from_a_long_log_and_many_finished_jobs() -> None:
    def read() -> int:
        with rows() as counted:
            scrape()
        return counted.read

    tell(3)
    before = read()
    tell(40)
    for _ in range(20):
        jobs.enqueue("t", subject="t", params={}, actor=SYSTEM)
    Job.objects.update(state=JobState.DONE)
    assert read() == before


def test_jobs_are_counted_by_an_index_of_their_state() -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the plan of a small table on PostgreSQL is a scan")
    for state in ("queued", "running", "failed"):
        plan = Job.objects.filter(state=state).order_by().values("pk").explain()
        assert "INDEX job_" in plan
