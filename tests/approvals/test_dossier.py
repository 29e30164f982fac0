"""A real pack of a real release: built, sealed, issued, verified line by line, never changed."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from approvals import dossier, pack_requests, snapshot
from approvals.models import Pack, Release
from approvals.pack_files import PackFiles
from evidence import jobs, records, vault
from evidence.canonical import jcs
from evidence.errors import PackIncomplete
from evidence.models import Checkpoint, Job, LedgerEntry
from evidence.signing import KeyUse, active_key
from registry import history, runs
from registry.errors import Conflict, PermissionMissing
from tests.evidence import verify_md
from tests.releases import LOW, draft, released, sign, submitted
from tests.world import World

pytestmark = pytest.mark.django_db


def seal(pack: Pack) -> Pack:
    """Let a worker take the job."""
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        dossier.seal_pack(lease)
    pack.refresh_from_db()
    return pack


def job_of(pack: Pack) -> Job:
    assert pack.job is not None
    return Job.objects.get(pk=pack.job.pk)


def ask(world: World, release: Release, *, by: str = "ruth", include_private: bool = False) -> Pack:
    return pack_requests.request_pack(
        release, include_private=include_private, principal=world.cast.principal(by)
    )


@pytest.fixture
def live(world: World) -> Release:
    return released(world, answers=LOW)


def names_of(pack: Pack) -> set[str]:
    assert pack.blob_id is not None
    with zipfile.ZipFile(vault.file_path(pack.blob_id)) as archive:
        return {name.partition("/")[2] for name in archive.namelist()}


@pytest.mark.thorough
def test_a_pack_verifies_with_public_tools_following_its_own_verify_md(
    world: World, live: Release, tmp_path: Path
) -> None:
    pack = seal(ask(world, live))
    assert pack.issued_at is not None
    assert pack.blob_id is not None
    zip_path = tmp_path / f"{pack.human_id}.zip"
    zip_path.write_bytes(vault.file_path(pack.blob_id).read_bytes())
    bag = verify_md.unpack(zip_path, tmp_path / "out")
    outcomes = verify_md.run_all(
        bag, zip_digest=pack.blob_id, pack_key=str(active_key(KeyUse.PACK)["key_id"])
    )
    assert [(o.number, o.output) for o in outcomes if not o.is_ok] == []
    _withholds_per_item_files(pack)
    _is_told_as_issued(pack)


def _is_told_as_issued(pack: Pack) -> None:
    assert list(history.faults()) == []
    for changed in ({"record_digest": "other"}, {"pdf_digest": "other"}, {"checkpoint_size": 1}):
        Pack.objects.filter(pk=pack.pk).update(**changed)
    found = [fault.what.partition(" is ")[0] for fault in history.faults()]
    assert found == ["checkpoint_size", "pdf", "record"]


def _withholds_per_item_files(pack: Pack) -> None:
    record = records.load(pack.record_digest)
    (withheld,) = record["withheld"]
    assert withheld["name"].startswith("samples_")
    assert "never published" in withheld["reason"]
    assert not [name for name in names_of(pack) if "samples_" in name]
    assert [name for name in names_of(pack) if "results_" in name]


def test_files_are_read_in_batches_and_name_themselves_twice_alike(
    world: World, live: Release, django_assert_max_num_queries: Any
) -> None:
    record = snapshot.record_of(live.pk, include_private=False)
    files = PackFiles(record, Checkpoint.objects.order_by("-size")[0], ())
    with django_assert_max_num_queries(25):
        found = list(files)
    assert len(found) == len(files) == len({file.path for file in found})
    assert len(record["events"]) * 3 > 25, "one query an entry would pass unseen"
    assert [file.path for file in files] == [file.path for file in found]


@pytest.mark.usefixtures("unprinted")
def test_private_files_go_in_for_who_may_and_that_is_told(world: World, live: Release) -> None:
    pack = seal(ask(world, live, include_private=True))
    assert records.load(pack.record_digest)["withheld"] == []
    assert [name for name in names_of(pack) if "samples_" in name]
    assert LedgerEntry.objects.filter(kind="dataset.read", subject=f"release:{live.pk}").count() == 1
    with pytest.raises(PermissionMissing):
        ask(world, live, by="maren", include_private=True)


@pytest.mark.usefixtures("unprinted")
def test_the_same_state_gives_the_same_record_with_no_clock_in_it(world: World, live: Release) -> None:
    before = jcs(snapshot.record_of(live.pk, include_private=False))
    first = seal(ask(world, live))
    assert jcs(snapshot.record_of(live.pk, include_private=False)) == before
    second = seal(ask(world, live, by="maren"))
    assert second.record_digest == first.record_digest
    assert second.blob_id != first.blob_id
    assert (second.version, second.supersedes) == (2, first)
    assert vault.file_path(str(first.blob_id)).is_file()


def test_a_pack_shows_signatures_that_stopped_counting(world: World) -> None:
    release = submitted(world, answers=LOW)
    sign(world, release, "1")
    run = release.links.get(run__isnull=False).run
    assert run is not None
    runs.void(run, reason="The file was cut off in the middle.", principal=world.engineer)
    record = snapshot.record_of(release.pk, include_private=False)
    (signature,) = record["signatures"]
    assert signature["effect"] == "stopped"
    assert {change["section"] for change in signature["diff"]} == {"evidence", "datasets"}
    assert [run["status"] for run in record["runs"]] == ["void"]


def test_a_missing_file_stops_the_pack_and_is_named(world: World, live: Release) -> None:
    run = live.links.get(run__isnull=False).run
    assert run is not None
    artifact = run.files.get(role="results").artifact
    vault.file_path(artifact.blob_id).unlink()
    pack = seal(ask(world, live))
    assert pack.issued_at is None
    job = job_of(pack)
    assert job.state == "failed"
    assert job.error["code"] in ("pack_incomplete", "blob_missing")
    assert LedgerEntry.objects.filter(kind="pack.failed", subject=f"pack:{pack.pk}").count() == 1


def test_a_changed_file_stops_the_pack(world: World, live: Release) -> None:
    run = live.links.get(run__isnull=False).run
    assert run is not None
    path = vault.file_path(run.files.get(role="results").artifact.blob_id)
    path.chmod(0o600)
    path.write_bytes(path.read_bytes().replace(b"0.88", b"0.99"))
    pack = seal(ask(world, live))
    assert job_of(pack).error["code"] == PackIncomplete.code
    assert pack.issued_at is None


@pytest.mark.thorough
def test_a_restart_continues_from_the_stored_record(
    world: World, live: Release, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = ask(world, live)

    def killed(*_: object, **__: object) -> None:
        raise MemoryError

    monkeypatch.setattr("approvals.dossier.packs.build", killed)
    with pytest.raises(MemoryError):
        seal(pack)
    stored = job_of(pack).params["record"]
    monkeypatch.undo()
    assert seal(pack).record_digest == stored


def test_a_draft_has_no_pack(world: World) -> None:
    with pytest.raises(Conflict):
        ask(world, draft(world))
