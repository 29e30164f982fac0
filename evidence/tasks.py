"""Wiring of the worker process: it clears up once at its start, and the tickers live as long as it."""

from celery.signals import worker_ready, worker_shutdown

from evidence import leftovers
from evidence.ticker import TICKERS


@worker_ready.connect  # type: ignore[untyped-decorator]  # reason: celery ships no types
def start_ticker(**_: object) -> None:
    """Start periodic work when the worker takes messages."""
    for ticker in TICKERS:
        ticker.start()
    leftovers.remove()


@worker_shutdown.connect  # type: ignore[untyped-decorator]  # reason: celery ships no types
def stop_ticker(**_: object) -> None:
    """End periodic work with the worker."""
    for ticker in TICKERS:
        ticker.stop()
