"""Installations for tests with real processes: laid once for each database, copied for each test."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.flows.processes import Child, Installation, copy_of, laid_ground


@pytest.fixture(scope="session")
def sqlite_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with laid_ground(tmp_path_factory.mktemp("ground") / "sqlite", "") as ground:
        yield ground


@pytest.fixture(scope="session")
def postgres_ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    server = os.environ.get("DATABASE_URL", "")
    assert server, "start the run with `-p tests.postgres_server`"
    with laid_ground(tmp_path_factory.mktemp("ground") / "postgres", server) as ground:
        yield ground


@pytest.fixture
def installation(sqlite_ground: Installation, tmp_path: Path) -> Iterator[Installation]:
    """An installation on SQLite, as `make run` makes it."""
    with copy_of(sqlite_ground, tmp_path / "data") as copied:
        yield copied


@pytest.fixture
def observer(installation: Installation) -> Child:
    """A process beside the ones that are tested."""
    return installation.child()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def contested(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Installation]:
    """An installation on either database."""
    name = "postgres_ground" if request.param == "postgresql" else "sqlite_ground"
    ground: Installation = request.getfixturevalue(name)
    with copy_of(ground, tmp_path / "data") as copied:
        yield copied
