"""Packs about a time: everything the log holds of a project, counted again by whoever verifies."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from benchseal.verify import Trust, Verdict, verify
from django.db import IntegrityError, transaction

from approvals import dossier, downloads, pack_requests
from approvals.models import Pack
from approvals.period_trail import trail_of
from evidence import clock, jobs, packs
from evidence.canonical import jcs, parse_record
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry
from evidence.packs import PackContent, PackFile
from registry.access import tokens
from registry.access.principals import Principal
from registry.access.roles import Permission
from registry.errors import Conflict, NotFound, PermissionMissing, ScopeMissing
from tests.approvals.packed import record_of, report_of, sealed, unpacked
from tests.client.bare import nothing
from tests.client.made_pack import keys_of, no_progress
from tests.evidence import verify_md
from tests.releases import submitted
from tests.test_schemas import wrong
from tests.world import World

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture
def busy(world: World) -> World:
    """A release was opened and submitted, so that there is something to tell."""
    submitted(world)
    return world


def period(
    world: World, *, by: str = "ruth", since: datetime | None = None, until: datetime | None = None
) -> Pack:
    now = clock.now()
    return pack_requests.request_period_pack(
        world.project,
        since=since or now - 3 * DAY,
        until=until or now - DAY,
        principal=world.cast.principal(by),
    )


def told(pack: Pack) -> set[str]:
    trail = trail_of(pack)
    assert trail is not None
    return {row["leaf"]["id"] for row in trail.rows()}


@pytest.mark.thorough
def test_a_pack_of_a_period_is_genuine_and_holds_every_entry(
    busy: World, later: datetime, key_folder: Path, tmp_path: Path
) -> None:
    pack = sealed(period(busy))
    report = report_of(pack, key_folder)
    assert (report.verdict, report.faults) == (Verdict.GENUINE, ())
    record = record_of(pack)
    here = LedgerEntry.objects.filter(container=f"project:{busy.project.pk}", at__lt=later - DAY)
    assert record["trail"]["entries"] == here.count() > 5
    assert {act["kind"] for act in record["acts"]} >= {"release.opened", "release.submitted"}
    assert [run["human_id"] for run in record["runs"]] == [run.human_id for run in busy.project.runs.all()]
    assert wrong(record) == []
    bag = unpacked(pack, tmp_path)
    outcomes = verify_md.run_all(bag, zip_digest=str(pack.blob_id))
    assert [outcome.output for outcome in outcomes if not outcome.is_ok] == []
    assert f"OK 10: {here.count()} entries of the period" in outcomes[-1].output
    alone = subprocess.run([sys.executable, bag / "verify.py"], capture_output=True, text=True, check=True)
    assert "ok      lines of a period's trail" in alone.stdout


@pytest.mark.usefixtures("unprinted")
def test_entries_outside_the_period_and_of_other_projects_stay_out(busy: World, later: datetime) -> None:
    trail = LedgerEntry.objects.filter(container=f"project:{busy.project.pk}").order_by("pk")
    middle = trail[4].at
    first = period(busy, until=middle)
    second = period(busy, since=middle)
    assert told(first) | told(second) == {str(entry.pk) for entry in trail.filter(at__lt=later - DAY)}
    assert not told(first) & told(second)


@pytest.mark.usefixtures("unprinted")
def test_the_same_period_is_a_new_version(busy: World, later: datetime) -> None:
    first, second = sealed(period(busy)), sealed(period(busy))
    assert (second.version, second.supersedes) == (2, first)
    assert sealed(period(busy, since=later - 4 * DAY)).version == 1
    assert record_of(first)["trail"] == record_of(second)["trail"]


@pytest.mark.usefixtures("unprinted")
def test_a_quiet_period_prints_no_runs_and_is_genuine(busy: World, later: datetime, key_folder: Path) -> None:
    admitted = LedgerEntry.objects.get(kind="run.admitted", container=f"project:{busy.project.pk}")
    pack = sealed(period(busy, since=admitted.at + timedelta(microseconds=1)))
    assert record_of(pack)["runs"] == []
    assert report_of(pack, key_folder).verdict is Verdict.GENUINE


@pytest.mark.parametrize(
    ("since", "until", "said"),
    [
        (timedelta(0), -DAY, "ends before it begins"),
        (-DAY, -DAY, "ends before it begins"),
        (-DAY, timedelta(seconds=-59), "not over yet"),
        (-DAY, 30 * DAY, "not over yet"),
        (-400 * DAY, -399 * DAY, "Nothing was written in that time"),
    ],
)
def test_a_period_that_cannot_be_packed_is_refused(
    world: World, later: datetime, since: timedelta, until: timedelta, said: str
) -> None:
    with pytest.raises(Conflict, match=said):
        period(world, since=later + since, until=later + until)
    assert not Pack.objects.exists()


def test_a_period_of_too_many_entries_is_refused(
    busy: World, later: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pack_requests, "LONGEST_PERIOD", 5)
    with pytest.raises(Conflict, match="more than 5 entries"):
        period(busy)


@pytest.mark.parametrize(
    ("by", "refusal"), [("audra", PermissionMissing), ("mallory", NotFound), ("sue", NotFound)]
)
def test_who_may_not_seal_asks_in_vain(
    busy: World, later: datetime, by: str, refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        period(busy, by=by)


@pytest.mark.usefixtures("unprinted")
def test_a_token_that_may_not_read_the_log_does_not_download_it(busy: World, later: datetime) -> None:
    pack = sealed(period(busy))
    assert downloads.bytes_of(pack, principal=busy.cast.principal("audra")).digest == pack.blob_id
    token = tokens.issue(
        project=busy.project,
        user=busy.cast["ines"],
        name="fetches",
        scopes=[Permission.PROJECT_READ, Permission.PACK_READ],
        expires_at=later + DAY,
        principal=busy.cast.principal("ines"),
    ).token
    with pytest.raises(ScopeMissing):
        downloads.bytes_of(pack, principal=Principal(user=busy.cast["ines"], token=token))


def test_the_database_asks_for_both_ends(busy: World, later: datetime) -> None:
    pack = period(busy)
    for change in ({"period_until": None}, {"period_since": pack.period_until}, {"sample_size": 3}):
        with pytest.raises(IntegrityError, match="pack_names_what_its_scope_asks"), transaction.atomic():
            Pack.objects.filter(pk=pack.pk).update(**change)


Record = dict[str, Any]
Lines = list[dict[str, Any]]


def fewer_entries(record: Record, lines: Lines, proofs: Lines) -> None:
    record["trail"]["entries"] -= 1


def other_kind_count(record: Record, lines: Lines, proofs: Lines) -> None:
    record["trail"]["kinds"][0]["count"] += 1


def other_person(record: Record, lines: Lines, proofs: Lines) -> None:
    record["trail"]["people"][0]["id"] = "somebody"


def act_left_out(record: Record, lines: Lines, proofs: Lines) -> None:
    record["acts"].pop()


def act_by_another(record: Record, lines: Lines, proofs: Lines) -> None:
    record["acts"][0]["actor_name"] = "Somebody Else"


def line_left_out(record: Record, lines: Lines, proofs: Lines) -> None:
    del lines[3], proofs[3]


def line_without_proof(record: Record, lines: Lines, proofs: Lines) -> None:
    proofs.pop()


def lines_exchanged(record: Record, lines: Lines, proofs: Lines) -> None:
    for rows in (lines, proofs):
        rows[2:4] = reversed(rows[2:4])


def other_payload(record: Record, lines: Lines, proofs: Lines) -> None:
    lines[0]["payload"]["reason"] = "Another reason"


def other_leaf(record: Record, lines: Lines, proofs: Lines) -> None:
    lines[0]["leaf"]["actor"] = "somebody"


def leaf_of_its_own(record: Record, lines: Lines, proofs: Lines) -> None:
    """An entry that never stood in the log, with a fitting leaf hash."""
    lines[0]["leaf"]["actor"] = "somebody"
    lines[0]["leaf_hash"] = sha256_bytes(b"\x00" + jcs(lines[0]["leaf"])).removeprefix("sha256:")


def other_place(record: Record, lines: Lines, proofs: Lines) -> None:
    lines[0]["index"] += 1
    proofs[0]["index"] += 1


def narrower(record: Record, lines: Lines, proofs: Lines) -> None:
    record["period"]["until"] = lines[2]["leaf"]["at"]


@pytest.mark.usefixtures("unprinted")
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (fewer_entries, "the lines give"),
        (other_kind_count, "counts the kinds of the period otherwise"),
        (other_person, "counts the people of the period otherwise"),
        (act_left_out, "does not tell 1 entries of a kind"),
        (act_by_another, "otherwise than the lines"),
        (line_left_out, "the lines give"),
        (line_without_proof, "is not canonical JSON"),
        (lines_exchanged, "out of order or occurs twice"),
        (other_payload, "the payload is not the one the entry names"),
        (other_leaf, "states another leaf hash"),
        (leaf_of_its_own, "does not lead from the entry to the head"),
        (other_place, "does not lead from the entry to the head"),
        (narrower, "is of another time than the period"),
    ],
)
def test_a_period_told_otherwise_is_found(
    busy: World,
    later: datetime,
    key_folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Callable[[Record, Lines, Lines], None],
    said: str,
) -> None:
    monkeypatch.setattr("evidence.packs.completeness.check_before", nothing)
    monkeypatch.setattr("evidence.packs.completeness.check_after", nothing)
    pack = period(busy)
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        content = dossier.content_of(pack, lease)
    built = packs.build(_changed(content, change), tmp_path / "made", progress=no_progress)
    report = verify(BytesIO(built.zip_path.read_bytes()), trust=Trust.of_list(keys_of(key_folder), "keys"))
    assert report.verdict is Verdict.BROKEN
    assert any(said in fault.reason for fault in report.faults), report.faults


def _changed(content: PackContent, change: Callable[[Record, Lines, Lines], None]) -> PackContent:
    """The same content with another record and trail, sealed as if they were the right ones."""
    record: Record = dict(parse_record(content.record))
    files = {file.path: file for file in content.files}
    paths = [record["trail"][name] for name in ("lines", "proofs")]
    lines, proofs = (_rows(files[path]) for path in paths)
    change(record, lines, proofs)
    listed = {file["path"]: file for file in record["files"]}
    for path, rows in zip(paths, (lines, proofs), strict=True):
        body = b"".join(jcs(row) + b"\n" for row in rows)
        files[path] = PackFile(path, body)
        if path in listed:
            listed[path].update(digest=sha256_bytes(body), size=len(body))
    body = jcs(record)
    about = {**content.pack, "record": sha256_bytes(body)}
    return replace(content, record=body, pack=about, files=list(files.values()))


def _rows(file: PackFile) -> Lines:
    assert callable(file.source)
    return [json.loads(line) for line in b"".join(file.source()).splitlines()]
