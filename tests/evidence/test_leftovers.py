"""What killed processes left is removed a day later, and nothing that is being written."""

import os
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from evidence import clock, leftovers


def made(name: str, *, hours: float, folder: bool = False) -> Path:
    path = settings.STAGING_DIR / name
    path.mkdir(parents=True) if folder else path.write_bytes(b"half an upload")
    if folder:
        (path / "bag").mkdir()
    moment = (clock.now() - timedelta(hours=hours)).timestamp()
    os.utime(path, (moment, moment))
    return path


def test_old_files_and_folders_go_and_young_ones_stay() -> None:
    settings.STAGING_DIR.mkdir()
    old = [made("upload-old", hours=25), made("pack-old", hours=30, folder=True)]
    young = [made("upload-young", hours=23), made("pack-young", hours=0, folder=True)]
    assert sorted(leftovers.remove()) == ["pack-old", "upload-old"]
    assert [path.exists() for path in (*old, *young)] == [False, False, True, True]


def test_no_folder_is_nothing_to_do() -> None:
    assert leftovers.remove() == []
