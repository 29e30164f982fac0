"""Fixtures of the tests of decisions and packs."""

from datetime import datetime, timedelta

import pytest

from evidence import clock
from tests.client.bare import bare_document


@pytest.fixture
def unprinted(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty page instead of the document, where nobody looks at it."""
    monkeypatch.setattr("evidence.packs.render_pdf", bare_document)


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> datetime:
    """Two days later; what was written in the world is a period that is over."""
    moment = clock.now() + timedelta(days=2)
    monkeypatch.setattr(clock, "now", lambda: moment)
    return moment
