"""A setting that cannot work is named at start, with what to do."""

from pathlib import Path

import pytest
from pytest_django import Settings

from registry import checks
from tests.evidence.outside_time import outside_authority


@pytest.mark.parametrize("url", ["", "http://tsa.example", "https://tsa.example:8443/tsr"])
def test_an_authority_that_can_be_asked_passes(settings: Settings, url: str) -> None:
    settings.TSA_URL = url
    assert checks.time_authority() == []


@pytest.mark.parametrize(
    "url", ["tsa.example", "ftp://tsa.example", "http://", "http://[::1", "http://tsa.example:port"]
)
def test_an_authority_that_cannot_be_asked_is_an_error(settings: Settings, url: str) -> None:
    settings.TSA_URL = url
    (found,) = checks.time_authority()
    assert found.id == "registry.E008"
    assert found.hint is not None


def test_an_outside_authority_needs_its_certificates(settings: Settings, tmp_path: Path) -> None:
    settings.TSA_URL = "http://tsa.example"
    settings.TSA_CHAIN = str(tmp_path / "none.pem")
    (found,) = checks.time_chain()
    assert (found.id, "TSA_CHAIN" in found.msg) == ("registry.E011", True)
    settings.TSA_CHAIN = str(outside_authority(tmp_path).chain)
    assert checks.time_chain() == []
    settings.TSA_CRL = settings.TSA_CHAIN
    (found,) = checks.time_chain()
    assert "TSA_CRL" in found.msg


def test_folders_and_addresses_are_targets_of_checkpoints(settings: Settings) -> None:
    settings.CHECKPOINT_TARGETS = ["/mnt/witness", " https://witness.example/log ", ""]
    assert checks.checkpoint_targets() == []


@pytest.mark.parametrize("target", ["witness", "ftp://witness.example", "http://", "http://[::1"])
def test_any_other_target_is_an_error_that_names_it(settings: Settings, target: str) -> None:
    settings.CHECKPOINT_TARGETS = ["/mnt/witness", target]
    (found,) = checks.checkpoint_targets()
    assert found.id == "registry.E009"
    assert target in found.msg


def test_two_targets_of_one_name_are_an_error(settings: Settings) -> None:
    settings.CHECKPOINT_TARGETS = ["http://witness.example/log?a", "http://witness.example/log?b"]
    assert [found.id for found in checks.checkpoint_targets()] == ["registry.E009"] * 2


def test_a_token_of_the_figures_that_can_be_guessed_is_an_error(settings: Settings) -> None:
    for token, ids in (("", []), ("f" * 32, []), ("f" * 31, ["registry.E010"])):
        settings.METRICS_TOKEN = token
        assert [found.id for found in checks.metrics_token()] == ids
