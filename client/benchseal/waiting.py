"""Ask again until work on the server is over; the pauses grow, and a limit ends it."""

import time
from collections.abc import Callable, Iterator
from typing import Final

from benchseal.api import Object

FIRST_PAUSE: Final = 0.25
LONGEST_PAUSE: Final = 3.0


class NotFinished(Exception):
    """The work goes on and may still succeed; only the waiting ended."""


def answers(ask: Callable[[], Object], *, seconds: float) -> Iterator[Object]:
    """One answer after the other, at once and then with pauses of 0.25 to 3 s; raises ``NotFinished``."""
    end = time.monotonic() + seconds
    pause = FIRST_PAUSE
    while True:
        yield ask()
        if time.monotonic() + pause > end:
            raise NotFinished(f"No result after {seconds:.0f} seconds; the work goes on. Ask again later.")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST_PAUSE)


def result(
    ask: Callable[[], Object], ends: frozenset[str], *, seconds: float, show: Callable[[Object], None]
) -> Object:
    """The first answer whose ``state`` is one of ``ends``; ``show`` gets each on the way."""
    for answer in answers(ask, seconds=seconds):
        show(answer)
        if answer.get("state") in ends:
            return answer
    raise NotFinished("No answer came.")
