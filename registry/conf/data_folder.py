"""The folder of the embedded profile: what must lie in it before the first process starts.

Never overwrites anything: a secret that exists is kept.
"""

import contextlib
import os
import secrets
from pathlib import Path
from typing import Final

SECRET_BYTES: Final = 50
FOLDERS: Final = ("queue/messages", "queue/control", "staging", "static")


def prepare(folder: Path) -> None:
    """Make the sub-folders, and the secret of sessions and forms, readable by this user only."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(FileExistsError):
        write_once(folder / "secret-key", secrets.token_urlsafe(SECRET_BYTES))


def write_once(path: Path, text: str) -> None:
    """Create `path` with mode 0600; raises `FileExistsError` when it is there already."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text + "\n")
