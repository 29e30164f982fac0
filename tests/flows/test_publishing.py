"""A worker publishes what it sealed, and a target that keeps silent never holds up the log."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from tests.evidence.time_authority import Page, authority
from tests.flows.processes import Installation, copy_of, wait_for

pytestmark = pytest.mark.slow

SILENT_SECONDS: Final = 60.0
STARTED_SECONDS: Final = 60


def test_sealing_goes_on_and_a_folder_is_filled_while_an_address_keeps_silent(
    sqlite_ground: Installation, tmp_path: Path
) -> None:
    folder = tmp_path / "published"
    folder.mkdir()
    with authority(lambda _: Page(pieces=(b"late",), pause=SILENT_SECONDS)) as server:
        targets = {"CHECKPOINT_TARGETS": f"{folder},{server.url}"}
        with copy_of(sqlite_ground, tmp_path / "data", targets) as installation:
            observer = installation.child()
            installation.worker()
            wait_for(lambda: server.asked > 0, seconds=STARTED_SECONDS)
            assert [path.suffix for path in folder.iterdir()] == [".checkpoint"]
            for _ in range(3):
                observer.ask("append", entries=1)
                wait_for(lambda: observer.ask("unsealed") == 0, seconds=5)
            assert server.asked == 1
            installation.manage("verify_ledger", "--against", str(folder))
