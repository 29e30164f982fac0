"""Collect the static files of the embedded profile, only when one of them changed.

Never removes a file that a page in an open browser may still ask for.
"""

import hashlib
from pathlib import Path

from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command


def collect(root: Path) -> None:
    """Collect into `root` unless the sources are those of the last time."""
    marker = root / "sources.sha256"
    found = fingerprint()
    if marker.is_file() and marker.read_text() == found:
        return
    call_command("collectstatic", interactive=False, verbosity=0)
    marker.write_text(found)


def fingerprint() -> str:
    """Hex SHA-256 over name, size and time of every source file, in the order of their names."""
    sources = sorted(
        (name, Path(storage.path(name)).stat())
        for finder in get_finders()
        for name, storage in finder.list([])
    )
    lines = "".join(f"{name} {stat.st_size} {stat.st_mtime_ns}\n" for name, stat in sources)
    return hashlib.sha256(lines.encode()).hexdigest()
