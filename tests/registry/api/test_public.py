"""Health, keys, checkpoints, proofs and jobs."""

from typing import Any

from rest_framework.test import APIClient

from evidence import clock, jobs, merkle, sealing
from evidence.actors import SYSTEM
from evidence.canonical import from_base64
from evidence.models import Checkpoint, LedgerEntry, TickLease
from evidence.signing import published_keys
from registry import subjects
from registry.models import Run
from tests.cast import Cast
from tests.registry.api.bodies import METRIC, P
from tests.registry.api.conftest import As, problem
from tests.world import World, admit_run

V1 = "/api/v1"
NO_ID = "7b6b1b0e-0000-7000-8000-000000000000"


def test_health_is_public_and_tells_the_age_of_the_last_tick(db: None) -> None:
    client = APIClient()
    assert client.get("/health").json() == {"status": "ok", "database": "ok", "worker_tick_seconds": None}
    TickLease.objects.create(name="seal", until=clock.now())
    assert client.get("/health").json()["worker_tick_seconds"] == 0


def test_keys_are_public(db: None) -> None:
    response = APIClient().get("/.well-known/benchseal-keys.json", headers={"Accept": "text/html"})
    assert response.status_code == 200
    assert response.json() == published_keys()


def test_missing_keys_are_no_map_of_the_disk(db: None, settings: Any, tmp_path: Any) -> None:
    settings.KEYS_DIR = tmp_path / "nothing"
    body = problem(APIClient().get("/.well-known/benchseal-keys.json"), 500, "key_missing")
    assert str(tmp_path) not in str(body)


def test_the_checkpoint_is_a_signed_note(signed_in: As) -> None:
    ines = signed_in("ines")
    sealing.seal()
    response = ines.get(f"{V1}/ledger/checkpoint", headers={"Accept": "text/plain"})
    assert response["Content-Type"].startswith("text/plain")
    assert response.content.decode().startswith("benchseal.test/log\n")


def test_a_consistency_proof_leads_from_one_size_to_another(signed_in: As) -> None:
    ines = signed_in("ines")
    sealing.seal()
    size = Checkpoint.objects.get().size
    assert size > 3
    proof = ines.get(f"{V1}/ledger/consistency?old=3&new={size}").json()
    old_root, new_root, *path = [
        from_base64(text) for text in (proof["old_root"], proof["new_root"], *proof["path"])
    ]
    assert (proof["old_size"], proof["new_size"]) == (3, size)
    assert new_root == bytes(Checkpoint.objects.get().root)
    assert merkle.verify_consistency(3, size, old_root, new_root, path)
    for sizes in ("old=4&new=3", f"old=1&new={size + 1}"):
        body = problem(ines.get(f"{V1}/ledger/consistency?{sizes}"), 422, "size_outside")
        assert f"the log has {size} sealed entries" in body["detail"]
    for sizes in ("", "old=1", "old=-1&new=2", "old=x&new=2", f"old=1&new={2**63}"):
        problem(ines.get(f"{V1}/ledger/consistency?{sizes}"), 422, "fields_invalid")


def test_a_proof_is_for_who_may_read_the_audit_trail(cast: Cast, signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/metrics", METRIC, format="json")
    entry = LedgerEntry.objects.get(kind="catalogue.recorded")
    where = f"{V1}/ledger/entries/{entry.pk}/proof"
    problem(ines.get(where), 409, "not_sealed")
    sealing.seal()
    assert ines.get(where).content.startswith(b"c2sp.org/tlog-proof@v1\n")
    assert signed_in("audra").get(where).status_code == 200
    foreign = problem(signed_in("mallory").get(where), 404, "not_found")
    missing = problem(signed_in("mallory").get(where.replace(str(entry.pk), NO_ID)), 404, "not_found")
    assert foreign["detail"] == missing["detail"].replace(NO_ID, str(entry.pk))
    account = LedgerEntry.objects.filter(kind="user.made").first()
    assert account is not None
    problem(ines.get(f"{V1}/ledger/entries/{account.pk}/proof"), 404, "not_found")


def test_every_subject_of_a_run_leads_to_its_project(world: World) -> None:
    run = admit_run(world)
    assert subjects.project_of(f"run:{run.pk}") == world.project
    found = {entry.subject.partition(":")[0] for entry in LedgerEntry.objects.all()}
    places = {
        entry.subject.partition(":")[0]
        for entry in LedgerEntry.objects.all()
        if subjects.project_of(entry.subject) is not None
    }
    assert found - places <= {"user", "organisation"}
    assert Run.objects.count() == 1


def test_a_subject_that_leads_nowhere_has_no_project(db: None) -> None:
    for subject in ["", "run", "run:", "run:x", f"run:{NO_ID}", "nothing:1", ":::"]:
        assert subjects.project_of(subject) is None


def test_a_job_is_seen_by_its_project_and_who_asked(cast: Cast, signed_in: As) -> None:
    own = jobs.enqueue("t", subject="user:x", params={}, actor=cast.principal("gus").actor)
    system = jobs.enqueue("t", subject="nothing:x", params={}, actor=SYSTEM)
    grant = cast.project.grants.first()
    shared = jobs.enqueue("t", subject=f"grant:{grant.pk}", params={}, actor=SYSTEM)  # type: ignore[union-attr]
    assert signed_in("gus").get(f"{V1}/jobs/{own.pk}").status_code == 200
    problem(signed_in("ines").get(f"{V1}/jobs/{own.pk}"), 404, "not_found")
    problem(signed_in("ines").get(f"{V1}/jobs/{system.pk}"), 404, "not_found")
    body = signed_in("ines").get(f"{V1}/jobs/{shared.pk}").json()
    assert body["progress"] == {"done": 0, "total": 0, "text": ""}
    for account in ("mallory", "sue", "gus"):
        problem(signed_in(account).get(f"{V1}/jobs/{shared.pk}"), 404, "not_found")
