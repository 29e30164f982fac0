"""A sealer is killed at any moment: the next one signs the same sizes and roots."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Final

import pytest

from tests.flows.processes import Child, Installation, copy_of, wait_for

pytestmark = pytest.mark.slow

ENTRIES: Final = 4000
KILLS: Final = 4


@pytest.fixture
def waiting(installation: Installation) -> Installation:
    """Thousands of entries are committed and none is sealed."""
    writer = installation.child()
    writer.ask("seal")
    writer.ask("append", entries=ENTRIES)
    assert writer.ask("unsealed") == ENTRIES
    writer.kill()
    return installation


def test_a_sealer_killed_at_random_moments_signs_the_same_roots(
    waiting: Installation, tmp_path: Path
) -> None:
    with copy_of(waiting, tmp_path / "undisturbed") as undisturbed:
        expected = undisturbed.child()
        began = time.monotonic()
        expected.ask("seal")
        seconds = time.monotonic() - began
        wanted = expected.ask("checkpoints")
    observer = waiting.child()
    partly = kill_some(waiting, observer, seconds)
    observer.ask("seal")
    assert observer.ask("checkpoints") == wanted
    assert observer.ask("faults") == []
    assert partly, "no kill fell between two batches"


def kill_some(waiting: Installation, observer: Child, seconds: float) -> bool:
    """Kill sealers, the first one after its first batch; True when one left the log partly sealed."""
    left = []
    for number in range(KILLS):
        sealer = waiting.child()
        before = observer.ask("unsealed")
        sealer.send("seal")
        if number == 0:
            wait_for(lambda known=before: observer.ask("unsealed") < known, seconds=30, every=0.001)  # type: ignore[misc]  # reason: a default binds the loop's value
        else:
            time.sleep(random.uniform(0, seconds / KILLS))
        sealer.kill()
        left.append(observer.ask("unsealed"))
    return any(0 < count < ENTRIES for count in left)
