"""Where benchmarks run: a fresh installation on SQLite with the settings that users run."""

from __future__ import annotations

import io
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

from tests.flows.processes import Child, Installation, copy_of, laid_ground

AS_USERS_RUN_IT = {
    "DJANGO_SETTINGS_MODULE": "registry.conf.settings",
    "JOB_LEASE_SECONDS": "20",
    "TICK_SECONDS": "1.0",
}
ORDERS = "tests.benchmarks.orders"


@dataclass(frozen=True)
class Ground:
    """An installation, a process that takes orders there, and what server and worker log."""

    installation: Installation
    child: Child
    log: io.StringIO


@contextmanager
def fresh() -> Iterator[Ground]:
    """A new installation with its cast and catalogue; print results after it is gone."""
    log = io.StringIO()
    with (
        redirect_stdout(log),
        tempfile.TemporaryDirectory(prefix="benchseal-bench-") as name,
        laid_ground(Path(name) / "ground", "") as ground,
        copy_of(ground, Path(name) / "data", AS_USERS_RUN_IT) as installation,
    ):
        yield Ground(installation, installation.child(ORDERS), log)
