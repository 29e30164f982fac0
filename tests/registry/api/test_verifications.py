"""Everybody sees whether the log was found sound; administrators see what was wrong, and ask."""

from evidence.models import Job
from registry.tasks import verify_log
from tests.evidence.tampered_log import execute, tell
from tests.registry.api.conftest import As, problem

WHERE = "/api/v1/ledger/verifications"


def test_an_administrator_asks_and_reads_the_faults_and_others_read_how_many(signed_in: As) -> None:
    tell(2)
    execute("UPDATE evidence_treehead SET size = 1")
    adam = signed_in("adam")
    answer = adam.post(WHERE)
    assert answer.status_code == 202
    job = answer.json()
    assert job["state"] == "queued"
    assert adam.post(WHERE).json()["id"] == job["id"]
    verify_log(job["id"])
    assert adam.get(f"/api/v1/jobs/{job['id']}").json()["result"]["fault_count"] == 1
    (row,) = adam.get(WHERE).json()["items"]
    (fault,) = row["faults"]
    assert fault["where"] == "tree head"
    (seen,) = signed_in("audra").get(WHERE).json()["items"]
    assert seen == {**row, "faults": []}


def test_asking_takes_an_administrator(signed_in: As) -> None:
    body = problem(signed_in("audra").post(WHERE), 403, "permission_missing")
    assert body["roles"] == ["Administrator"]
    assert not Job.objects.exists()
