"""Submissions and runs by API."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from registry.models import Run, Submission
from tests.registry.api.bodies import P
from tests.registry.api.conftest import As, pointers, problem
from tests.world import World, admit_run, content, submission_document, work_off

WHERE = f"{P}/submissions"
REASON = "The harness wrote two items twice."


def send(client: Any, body: bytes, **more: Any) -> Any:
    return client.post(WHERE, body, content_type="application/json", **more)


def test_a_document_is_received_read_and_becomes_a_run(world: World, signed_in: As) -> None:
    ines, body = signed_in("ines"), submission_document(world)

    received = send(ines, body)

    assert received.status_code == 202, received.content
    first = received.json()
    assert first["state"] == "received"
    assert first["run"] is None
    assert first["findings"] == []
    assert received["Location"] == first["url"] == f"{WHERE}/{first['id']}"
    again = send(ines, body)
    assert again.status_code == 200
    assert again.json() == first
    job = ines.get(f"/api/v1/jobs/{first['job']}").json()
    assert job["subject"] == f"submission:{first['id']}"
    assert job["state"] == "queued"

    work_off(Submission.objects.get(pk=first["id"]))

    done = ines.get(first["url"]).json()
    assert done["state"] == "admitted"
    assert done["run"].startswith("HARBOR-RUN-")
    assert ines.get(f"{WHERE}/{first['external_id']}").json() == done
    assert ines.get(WHERE).json()["items"] == [done]
    assert ines.get(f"{WHERE}?state=refused").json()["items"] == []
    assert ines.get(f"/api/v1/jobs/{first['job']}").json()["state"] == "done"
    problem(
        send(ines, json.dumps({**json.loads(body), "not_covered": "All."}).encode()), 409, "external_id_taken"
    )


def test_a_refused_submission_names_code_and_next_step(world: World, signed_in: As) -> None:
    ines = signed_in("ines")
    document = content(world)
    document["artifacts"] = [a for a in document["artifacts"] if a["role"] != "results"]
    received = send(ines, json.dumps(document).encode()).json()
    work_off(Submission.objects.get(pk=received["id"]))
    refused = ines.get(received["url"]).json()
    assert refused["state"] == "refused"
    assert refused["run"] is None
    assert {"code", "severity", "message", "file", "pointer", "next_step"} == set(refused["findings"][0])


def test_a_document_that_cannot_be_read_is_refused_at_once(world: World, signed_in: As) -> None:
    cases: list[tuple[bytes, int]] = [
        (b"", 400),
        (b"{", 400),
        (b"[]", 422),
        (b'{"a":1,"a":2}', 400),
        (b"\xff\xfe", 400),
        (b"[" * 5000, 400),
        (b'{"type": NaN}', 400),
        (b"{}", 422),
    ]
    for body, status in cases:
        response = send(signed_in("ines"), body)
        assert response.status_code == status, response.content
        assert response["Content-Type"] == "application/problem+json"
        assert Submission.objects.count() == 0


def test_each_wrong_field_has_its_pointer(world: World, signed_in: As) -> None:
    document = {**content(world), "stage": "soon", "owner": 7}
    body = problem(send(signed_in("ines"), json.dumps(document).encode()), 422, "fields_invalid")
    assert {"/stage", "/owner"} <= set(pointers(body))


def test_unknown_and_foreign_artifacts_are_the_same(world: World, signed_in: As) -> None:
    document = content(world)
    document["artifacts"][0]["digest"] = "sha256:" + "0" * 64
    problem(send(signed_in("ines"), json.dumps(document).encode()), 422, "artifact_unknown")


def test_a_document_is_limited(world: World, signed_in: As, settings: Any) -> None:
    settings.MAX_DOCUMENT_BYTES = 50
    problem(send(signed_in("ines"), submission_document(world)), 413, "body_too_large")


def test_a_document_is_json(world: World, signed_in: As) -> None:
    for media_type in ["text/plain", "multipart/form-data; boundary=x", "image/png"]:
        response = signed_in("ines").post(WHERE, b"--x", content_type=media_type)
        problem(response, 415, "unsupported_media_type")


def test_reviewers_and_strangers_do_not_submit(world: World, signed_in: As) -> None:
    body = submission_document(world)
    assert problem(send(signed_in("maren"), body), 403, "permission_missing")["permission"] == "run:submit"
    problem(send(signed_in("mallory"), body), 404, "not_found")
    problem(send(signed_in("sue"), body), 404, "not_found")


def test_a_run_shows_all_it_states(world: World, signed_in: As) -> None:
    run = admit_run(world, k=348)
    maren = signed_in("maren")
    body = maren.get(f"{P}/runs/{run.human_id}").json()
    assert body == maren.get(f"{P}/runs/{run.pk}").json()
    assert body["digest"] == run.record_id
    assert body["owner"] == "ines"
    assert body["model_version"]["digest"] == world.model.record_id
    metric = next(m for m in body["metrics"] if m["k"] is not None)
    assert (metric["k"], metric["n"]) == (348, 400)
    assert 0 < float(metric["ci_low"]) < 0.87 < float(metric["ci_high"]) < 1
    assert [file["position"] for file in body["files"]] == sorted(f["position"] for f in body["files"])
    assert body["origins"]
    assert body["rollback_artifacts"] == [world.rollback.name]


def test_runs_are_filtered(world: World, signed_in: As) -> None:
    private, public = admit_run(world), admit_run(world, public=True)
    maren = signed_in("maren")

    def listed(query: str) -> list[str]:
        return [item["human_id"] for item in maren.get(f"{P}/runs?{query}").json()["items"]]

    assert listed("") == [public.human_id, private.human_id]
    assert listed("status=void") == []
    assert listed(f"model={world.model.model.name}") == [public.human_id, private.human_id]
    assert listed(f"model={world.model.model_id}&limit=1") == [public.human_id]
    assert listed(f"benchmark={world.private_benchmark.benchmark.name}") == [private.human_id]
    assert listed("benchmark=nobody") == []
    problem(maren.get(f"{P}/runs?status=gone"), 422, "fields_invalid")
    assert maren.get(f"{P}/runs?format=tsv").content.count(b"\n") == 3


def test_a_run_is_voided_once_with_a_reason(world: World, signed_in: As) -> None:
    run = admit_run(world)
    ines, where = signed_in("ines"), f"{P}/runs/{run.human_id}/void"
    assert pointers(problem(ines.post(where, {"reason": "wrong"}, format="json"), 422, "fields_invalid")) == [
        "/reason"
    ]
    body = ines.post(where, {"reason": REASON}, format="json")
    assert body.status_code == 200, body.content
    assert body.json()["status"] == "void"
    assert body.json()["void_reason"] == REASON
    assert body.json()["voided_by"] == "ines"
    problem(ines.post(where, {"reason": REASON}, format="json"), 409, "run_void")
    problem(signed_in("mallory").post(where, {"reason": REASON}, format="json"), 404, "not_found")
    problem(signed_in("maren").post(where, {"reason": REASON}, format="json"), 403, "permission_missing")


@pytest.mark.parametrize("runs", [1, 4])
def test_lists_and_runs_take_few_queries(world: World, signed_in: As, runs: int) -> None:
    for _ in range(runs):
        admit_run(world)
    maren = signed_in("maren")
    for where in (f"{P}/runs", WHERE):
        with CaptureQueriesContext(connection) as queries:
            assert len(maren.get(where).json()["items"]) == runs
        assert len(queries) <= 8
    with CaptureQueriesContext(connection) as queries:
        maren.get(f"{P}/runs/{Run.objects.latest('pk').human_id}")
    assert len(queries) <= 14
