"""Keys and one finished pack for all tests of this folder: both take time and neither is changed."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.test import override_settings
from pytest_django.fixtures import SettingsWrapper

from evidence import clock, packs
from evidence.keymaking import make_keys
from evidence.packs import BuiltPack
from tests.evidence import synthetic_pack

ORIGIN = "tests.example/log"


@pytest.fixture(scope="session")
def keys_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("keys")
    make_keys(directory, origin=ORIGIN, operator="Test Operator", now=clock.now())
    return directory


@pytest.fixture
def installation(settings: SettingsWrapper, keys_dir: Path) -> SettingsWrapper:
    """Settings of an installation with keys and its own clock."""
    settings.KEYS_DIR = keys_dir
    settings.LOG_ORIGIN = ORIGIN
    settings.TSA_URL = ""
    return settings


@pytest.fixture(scope="session")
def built_pack(keys_dir: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BuiltPack]:
    staging = tmp_path_factory.mktemp("pack") / "staging"
    with override_settings(KEYS_DIR=keys_dir, LOG_ORIGIN=ORIGIN, TSA_URL=""):
        yield packs.build(synthetic_pack.content(), staging, progress=lambda *_: None)
