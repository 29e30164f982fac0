"""Packs about runs: of one run, and of runs that nobody picked; a stranger draws the sample again."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from benchseal.verify import Trust, Verdict, verify
from django.db import IntegrityError, transaction

from approvals import dossier, pack_requests, sampling
from approvals.models import Pack
from evidence import jobs, packs, records
from evidence.canonical import jcs, parse_record
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry
from evidence.packs import PackContent
from registry import runs as steps
from registry.errors import Conflict, NotFound, PermissionMissing
from registry.models import Run
from tests.approvals.packed import record_of, report_of, sealed, unpacked
from tests.client.bare import nothing
from tests.client.made_pack import keys_of, no_progress
from tests.evidence import verify_md
from tests.releases import submitted
from tests.test_schemas import wrong
from tests.world import World, admit_run

pytestmark = pytest.mark.django_db

Ask = Callable[..., Pack]


def one_run(world: World, run: Run, *, by: str = "ruth", include_private: bool = False) -> Pack:
    principal = world.cast.principal(by)
    return pack_requests.request_run_pack(run, include_private=include_private, principal=principal)


def sample(world: World, size: int, *, by: str = "ruth") -> Pack:
    principal = world.cast.principal(by)
    return pack_requests.request_sample_pack(
        world.project, size=size, include_private=False, principal=principal
    )


@pytest.mark.thorough
def test_a_pack_of_one_run_is_genuine_and_about_it_alone(world: World, key_folder: Path) -> None:
    release = submitted(world)
    run = world.project.runs.get()
    admit_run(world, k=340)
    pack = sealed(one_run(world, run))
    report = report_of(pack, key_folder)
    assert (report.verdict, report.faults) == (Verdict.GENUINE, ())
    record = record_of(pack)
    assert [one["human_id"] for one in record["runs"]] == [run.human_id]
    assert [one["release"] for one in record["releases"]] == [release.human_id]
    assert "signatures" not in record
    assert {event["kind"] for event in record["events"]} == {"submission.received", "run.admitted"}
    assert len(record["withheld"]) == 1


@pytest.mark.usefixtures("unprinted")
def test_the_same_run_gives_the_same_record_and_a_new_version(world: World) -> None:
    run = admit_run(world)
    first, second = sealed(one_run(world, run)), sealed(one_run(world, run))
    assert second.record_digest == first.record_digest
    assert (second.version, second.supersedes) == (2, first)


@pytest.mark.usefixtures("unprinted")
def test_records_of_runs_and_samples_fit_their_schemas(world: World, several: list[Run]) -> None:
    for pack in (sealed(one_run(world, several[0])), sealed(sample(world, 2))):
        assert wrong(record_of(pack)) == []
    assert wrong(records.load(pack.population_digest)) == []


@pytest.mark.usefixtures("unprinted")
def test_a_void_run_says_so_in_its_pack(world: World, key_folder: Path) -> None:
    run = admit_run(world)
    steps.void(run, reason="The notes were graded twice.", principal=world.engineer)
    pack = sealed(one_run(world, run))
    assert record_of(pack)["runs"][0]["void_reason"] == "The notes were graded twice."
    assert report_of(pack, key_folder).verdict is Verdict.GENUINE


@pytest.fixture
def several(world: World) -> list[Run]:
    return [admit_run(world, k=330 + number) for number in range(5)]


@pytest.mark.thorough
def test_a_sample_is_drawn_by_the_log_and_genuine(
    world: World, several: list[Run], key_folder: Path, tmp_path: Path
) -> None:
    pack = sealed(sample(world, 2))
    report = report_of(pack, key_folder)
    assert (report.verdict, report.faults) == (Verdict.GENUINE, ())
    drawn = record_of(pack)["sample"]
    ids = [str(run.pk) for run in several]
    assert drawn["drawn"] == sampling.drawn(drawn["seed"], ids, 2)
    assert drawn["of"] == len(several)
    (item,) = (item for item in report.items if item.section == "sample")
    assert item.reason == "2 of 5 runs, as the seed gives them."
    outcomes = verify_md.run_all(unpacked(pack, tmp_path), zip_digest=str(pack.blob_id))
    assert [outcome.output for outcome in outcomes if not outcome.is_ok] == []
    assert "OK 9: 2 of 5 runs, as the seed gives them" in outcomes[-2].output


def test_a_rank_is_what_public_tools_give(several: list[Run]) -> None:
    seed, run = "sha256:" + "ab" * 32, str(several[0].pk)
    script = f"printf '%s\\0%s' {'ab' * 32} {run} | sha256sum | cut -c1-64"
    printed = subprocess.run(["/bin/bash", "-c", script], capture_output=True, text=True, check=True)
    assert printed.stdout.strip() == sampling.rank(seed, run)


@pytest.mark.usefixtures("unprinted")
def test_a_run_that_comes_after_the_request_is_not_drawn(world: World, several: list[Run]) -> None:
    pack = sample(world, 1000)
    admit_run(world, k=399)
    assert pack.sample_size == len(several)
    assert set(record_of(sealed(pack))["sample"]["drawn"]) == {str(run.pk) for run in several}


def test_every_draw_is_seen(world: World, several: list[Run]) -> None:
    assert [sample(world, 1).version for _ in range(3)] == [1, 2, 3]
    asked = LedgerEntry.objects.filter(kind="pack.requested", subject=f"project:{world.project.pk}")
    assert asked.count() == 3


def test_a_project_without_runs_has_nothing_to_draw(world: World) -> None:
    with pytest.raises(Conflict, match="no run to draw from"):
        sample(world, 3)


@pytest.mark.parametrize(
    ("by", "refusal"), [("audra", PermissionMissing), ("mallory", NotFound), ("sue", NotFound)]
)
def test_who_may_not_seal_asks_in_vain(world: World, by: str, refusal: type[Exception]) -> None:
    run = admit_run(world)
    with pytest.raises(refusal):
        one_run(world, run, by=by)
    with pytest.raises(refusal):
        sample(world, 1, by=by)
    assert not Pack.objects.exists()


def test_the_database_holds_each_scope_to_its_target(world: World) -> None:
    pack = one_run(world, admit_run(world))
    with pytest.raises(IntegrityError, match="pack_names_what_its_scope_asks"), transaction.atomic():
        Pack.objects.filter(pk=pack.pk).update(scope="sample")


Change = Callable[[dict[str, Any]], None]


def other_run(record: dict[str, Any]) -> None:
    """Somebody would rather show the runs that were not drawn."""
    record["sample"]["drawn"].reverse()


def fewer(record: dict[str, Any]) -> None:
    record["sample"]["size"] = 1


def other_seed(record: dict[str, Any]) -> None:
    record["sample"]["seed"] = "sha256:" + "0" * 64


def other_list(record: dict[str, Any]) -> None:
    record["sample"]["population"] = record["runs"][0]["digest"]


def other_request(record: dict[str, Any]) -> None:
    record["sample"]["request"] = record["events"][0]["entry"]


def run_swapped(record: dict[str, Any]) -> None:
    record["runs"][0]["id"] = record["runs"][1]["id"][:-1] + "0"


@pytest.mark.usefixtures("unprinted")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (other_run, "The draw gives 2 other runs, or another order"),
        (fewer, "The draw gives 1 other runs"),
        (other_seed, "The seed is not the SHA-256 of data/sample/checkpoint.note"),
        (other_list, "No log entry in the pack names the list of runs"),
        (other_request, "No log entry in the pack names the list of runs"),
        (run_swapped, "The runs in the pack are not the drawn ones."),
    ],
)
def test_a_sample_told_otherwise_is_found(
    world: World,
    several: list[Run],
    key_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    said: str,
) -> None:
    monkeypatch.setattr("evidence.packs.completeness.check_before", nothing)
    monkeypatch.setattr("evidence.packs.completeness.check_after", nothing)
    pack = sample(world, 2)
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        content = dossier.content_of(pack, lease)
    built = packs.build(changed(content, change), tmp_path / "pack", progress=no_progress)
    report = verify(BytesIO(built.zip_path.read_bytes()), trust=Trust.of_list(keys_of(key_folder), "keys"))
    assert report.verdict is Verdict.BROKEN
    assert any(said in item.reason for item in report.faults if item.section == "sample")


def changed(content: PackContent, change: Change) -> PackContent:
    """The same content with another record, sealed as if it were the right one."""
    record = parse_record(content.record)
    change(record)
    body = jcs(record)
    return replace(content, record=body, pack={**content.pack, "record": sha256_bytes(body)})
