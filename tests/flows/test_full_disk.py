"""A disk that is full while bytes come in, entries are sealed or a pack is built: nothing half, and told."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.flows.processes import ChildCrashed, Installation, copy_of
from tests.flows.test_uploads import NOTHING, ONCE, Site

pytestmark = pytest.mark.slow

KIB: Final = 1024
MIB: Final = 1024 * KIB
MOUNT: Final = shutil.which("mount") or "/bin/mount"
UNMOUNT: Final = shutil.which("umount") or "/bin/umount"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = [MOUNT, "-t", "tmpfs", "-o", "size=96m", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run([UNMOUNT, "--lazy", str(folder)], check=True)


@contextmanager
def filled(disk: Path, *, leaving: int) -> Iterator[None]:
    """All of the disk but so many bytes is taken."""
    ballast = disk / "ballast"
    stated = os.statvfs(disk)
    size = stated.f_bavail * stated.f_frsize - leaving
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, size)
    yield
    ballast.unlink()


@pytest.fixture
def small(sqlite_ground: Installation, disk: Path) -> Iterator[Installation]:
    """An installation whose files and rows lie on the small disk."""
    with copy_of(sqlite_ground, disk / "data") as installation:
        yield installation


@pytest.fixture
def small_files(sqlite_ground: Installation, disk: Path, tmp_path: Path) -> Iterator[Installation]:
    """An installation with its files on the small disk, and its rows elsewhere."""
    rows = Path(shutil.copytree(sqlite_ground.folder, tmp_path / "rows")) / "benchseal.sqlite3"
    with copy_of(sqlite_ground, disk / "data", {"DATABASE_URL": f"sqlite:///{rows}"}) as installation:
        yield installation


def test_an_upload_that_does_not_fit_is_refused_and_leaves_nothing(
    small: Installation, disk: Path, tmp_path: Path
) -> None:
    path = tmp_path / "large.bin"
    path.write_bytes(os.urandom(20 * MIB))
    digest = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    observer = small.child()
    site = Site(small.server(), observer.ask("token", account="ines"), observer)
    with filled(disk, leaving=8 * MIB):
        status, body = site.put(path, digest)
        problem = json.loads(body)
        assert (status, problem["code"]) == (507, "storage_full")
        assert "make room" in problem["next_step"]
        assert observer.ask("staging") == []
        assert observer.ask("bytes_facts", digest=digest) == NOTHING
    assert site.put(path, digest)[0] == 201
    assert observer.ask("bytes_facts", digest=digest) == ONCE


def test_a_log_without_room_keeps_what_it_has_and_seals_when_there_is_room(
    small: Installation, disk: Path
) -> None:
    writer = small.child()
    writer.ask("seal")
    writer.ask("append", entries=3000)
    before = writer.ask("checkpoints")
    with filled(disk, leaving=64 * KIB):
        for order in ({"order": "append", "entries": 3000}, {"order": "seal"}):
            with pytest.raises(ChildCrashed, match="full"):
                writer.ask(str(order.pop("order")), **order)
        assert writer.ask("checkpoints") == before
        assert writer.ask("unsealed") == 3000
    writer.ask("seal")
    assert writer.ask("unsealed") == 0
    assert writer.ask("faults") == []


def test_a_pack_that_does_not_fit_fails_with_the_reason_and_fits_later(
    small_files: Installation, disk: Path
) -> None:
    observer = small_files.child()
    release = observer.ask("released_release", tier="low", stages=["1", "2"])["release"]
    with filled(disk, leaving=200 * KIB):
        asked = observer.ask("ask_for_pack", release=release)
        observer.ask("do_job", job=asked["job"])
        failed = observer.ask("job_facts", job=asked["job"])
        assert (failed["state"], failed["error"]["code"]) == ("failed", "storage_full")
        facts = observer.ask("pack_facts", pack=asked["pack"])
        assert (facts["issued"], facts["told"], facts["staging"]) == (False, ["pack.failed"], [])
    again = observer.ask("ask_for_pack", release=release)
    observer.ask("do_job", job=again["job"])
    assert observer.ask("pack_facts", pack=again["pack"])["issued"]
    assert observer.ask("faults") == []
