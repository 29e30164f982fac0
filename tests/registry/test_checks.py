"""A setting that cannot work is named at start, with what to do."""

import pytest
from pytest_django import Settings

from registry import checks


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
