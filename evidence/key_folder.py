"""The folder of keys: one process changes it at a time, and each file is whole or as it was."""

import fcntl
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(directory: Path) -> Iterator[None]:
    """Web and worker may start together: the second waits, then finds the keys of the first."""
    with _locked(directory, fcntl.LOCK_EX) as descriptor:
        yield
        os.fsync(descriptor)


def wait(directory: Path) -> None:
    """Return when nobody is changing the folder; at once where there is none."""
    if directory.is_dir():
        with _locked(directory, fcntl.LOCK_SH):
            pass


def write(path: Path, body: bytes, mode: int) -> None:
    """All of the file or none of it, even when the machine stops in between."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as stream:
            os.fchmod(stream.fileno(), mode)
            stream.write(body)
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


@contextmanager
def _locked(directory: Path, kind: int) -> Iterator[int]:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, kind)
        yield descriptor
    finally:
        os.close(descriptor)
