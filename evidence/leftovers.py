"""Remove what killed processes left in the staging folder; never touches what is younger than a day."""

import shutil
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Final

from django.conf import settings

from evidence import clock

OLD: Final = timedelta(days=1)
"""Longer than any upload or pack takes: what is being written now is younger."""


def remove() -> list[str]:
    """Delete old files and folders of the staging folder; return their names."""
    return [path.name for path in list(_old()) if _delete(path)]


def _old() -> Iterator[Path]:
    limit = (clock.now() - OLD).timestamp()
    if settings.STAGING_DIR.is_dir():
        for path in settings.STAGING_DIR.iterdir():
            with suppress(FileNotFoundError):  # its upload just ended
                if path.lstat().st_mtime < limit:
                    yield path


def _delete(path: Path) -> bool:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()
