"""The cast and the ground every test stands on: keys, folders, a small world of people and projects."""

import gc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from pytest_django import Settings

from evidence import clock
from evidence.keymaking import make_keys
from tests.cast import Cast, make_cast
from tests.mutations.plugin import (  # noqa: F401  # reason: hooks that pytest calls
    pytest_configure,
    pytest_sessionfinish,
    pytest_testnodedown,
)
from tests.snapshots import reached
from tests.world import World, make_world

# How fast a strategy draws depends on what else the machine does: no reason to fail.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("suite")

gc.set_threshold(100_000, 50, 100)  # looking for cycles takes a tenth of the time of the tests


@pytest.fixture(scope="session")
def key_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys are made once for all tests: the RSA key of the time authority is slow."""
    folder = tmp_path_factory.mktemp("keys")
    make_keys(folder, origin="benchseal.test/log", operator="Test operator", now=clock.now())
    return folder


@pytest.fixture(autouse=True)
def _data_folders(settings: Settings, tmp_path: Path, key_folder: Path) -> None:
    """Every test has a data folder of its own and reaches no other."""
    settings.KEYS_DIR = key_folder
    settings.LOG_ORIGIN = "benchseal.test/log"
    settings.DATA_DIR = tmp_path
    settings.STAGING_DIR = tmp_path / "staging"
    settings.STATIC_ROOT = tmp_path / "static"
    settings.STATIC_ROOT.mkdir()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": str(tmp_path / "blobs")},
        },
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }


@pytest.fixture
def cast(db: None) -> Cast:
    """HARBOR and its people; Mallory is a stranger, Sue a superuser without a grant."""
    return reached("cast", make_cast)


@pytest.fixture
def world(cast: Cast) -> World:
    """HARBOR's catalogue: one model version, a public and a private benchmark, what a release needs."""
    return reached("world", lambda: make_world(cast), around=cast)
