"""No transaction waits for a disk, a network or a program: the write lock of SQLite is everybody's."""

from __future__ import annotations

import io
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction

from approvals import dossier, pack_requests
from evidence import jobs, sealing
from registry import runs
from tests.no_io_in_transactions import Watch, watching
from tests.releases import LOW, approved, go_live, reread
from tests.world import World, admit_run, made_files, put, receive, work_off

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch(world: World) -> Iterator[Watch]:
    """Fails the test when something was opened inside a transaction."""
    with watching() as found:
        yield found
    assert found.seen == []


def test_uploads_and_submissions_open_nothing(world: World, watch: Watch) -> None:
    put(world.project, b"a file", principal=world.engineer)
    receive(world)


def test_admission_opens_nothing(world: World, watch: Watch) -> None:
    admit_run(world)
    admit_run(world, public=True)


def test_refusal_opens_nothing(world: World, watch: Watch) -> None:
    too_many = made_files(k=400, n=500)
    assert work_off(receive(world, too_many)).state == "refused"


def test_signing_releasing_and_packing_open_nothing(world: World, watch: Watch) -> None:
    release = approved(world, answers=LOW)
    go_live(world, release)
    pack = pack_requests.request_pack(
        reread(release), include_private=False, principal=world.cast.principal("ruth")
    )
    with jobs.taken(str(pack.job_id)) as lease:
        assert lease is not None
        dossier.seal_pack(lease)
    pack.refresh_from_db()
    assert pack.issued_at is not None


def test_voiding_and_sealing_open_nothing(world: World, watch: Watch) -> None:
    runs.void(admit_run(world), reason="The file was cut off in the middle.", principal=world.engineer)
    sealing.seal()


def test_the_watch_sees_files_sockets_and_programs(world: World, tmp_path: Path) -> None:
    with watching() as found:
        (tmp_path / "outside").write_text("not seen")
        with transaction.atomic():
            (tmp_path / "inside").write_text("seen")
            with socket.socket() as wire:
                wire.connect_ex(("127.0.0.1", 1))
            subprocess.run([sys.executable, "-c", ""], check=True)
            io.BytesIO(b"not seen").read()
    events = [line.split()[0] for line in found.seen]
    assert "inside" in found.seen[0]
    assert events[:2] == ["open", "socket.connect"]
    assert "subprocess.Popen" in events
