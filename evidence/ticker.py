"""Periodic work without a scheduler process: threads of a worker, each tick under a database lease."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from evidence import clock, jobs, publishing, sealing
from evidence.models import TickLease, UnsealedEntry

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Tick:
    """One periodic task."""

    name: str
    run: Callable[[], object]
    seconds: float = 0.0
    """The least time between two runs in one process; 0: at each turn of the ticker."""


def seal_if_needed() -> None:
    """Seal when anything waits; an idle log is not touched."""
    if UnsealedEntry.objects.exists():
        sealing.seal()


def verify_when_due() -> None:
    """Ask the layer above, which knows every row, for a verification when one is due."""
    import_string(settings.VERIFY_WHEN_DUE)()


def do_what_is_due() -> None:
    """Ask the layers above for what a date has made due: ends, reminders, reviews."""
    import_string(settings.WHAT_IS_DUE)()


def mail_what_is_due() -> None:
    """Ask the layer above, which knows the people, to send the mails that wait."""
    import_string(settings.MAIL_WHAT_IS_DUE)()


TICKS = (
    Tick("seal", seal_if_needed),
    Tick("sweep", jobs.sweep),
    Tick("verify", verify_when_due),
    Tick("due", do_what_is_due, seconds=20.0),
)
WAITING_TICKS = (Tick("publish", publishing.publish), Tick("mail", mail_what_is_due))
"""Those that wait for other machines have a thread of their own: sealing never waits for them."""


def run_due(tick: Tick) -> bool:
    """Run the tick if no other worker holds it; True when it ran."""
    moment = clock.now()
    TickLease.objects.get_or_create(name=tick.name, defaults={"until": moment})
    end = moment + timedelta(seconds=max(30.0, settings.TICK_SECONDS))
    if not TickLease.objects.filter(name=tick.name, until__lte=moment).update(until=end):
        return False
    try:
        tick.run()
    finally:
        TickLease.objects.filter(name=tick.name, until=end).update(until=clock.now())
    return True


class Ticker:
    """Runs its ticks once per `TICK_SECONDS` until stopped; an error is logged and the next tick comes."""

    def __init__(self, ticks: tuple[Tick, ...], name: str) -> None:
        self._ticks = ticks
        self._name = name
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._ran: dict[str, float] = {}

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._loop, daemon=True, name=self._name)
        self._thread.start()

    def stop(self) -> None:
        """Ask the thread to end and wait for it."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=5)

    def _loop(self) -> None:
        while not self._stop.wait(settings.TICK_SECONDS):
            for tick in filter(self._is_due, self._ticks):
                self._ran[tick.name] = time.monotonic()
                try:
                    run_due(tick)
                except Exception:
                    logger.exception("Tick %s failed; it is tried again", tick.name)
        connection.close()

    def _is_due(self, tick: Tick) -> bool:
        return time.monotonic() - self._ran.get(tick.name, float("-inf")) >= tick.seconds


TICKERS = (Ticker(TICKS, "ticker"), Ticker(WAITING_TICKS, "waiting-ticker"))
