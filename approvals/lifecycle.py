"""What a date has made due: each step finds its own rows and acts on each in a transaction of its own.

Run by the worker about every twenty seconds. A step that fails is logged and does not hold up the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from approvals import condition_outcomes, expiry, periodic_review, reminding, suspension, waivers
from evidence import clock

logger = logging.getLogger(__name__)

STEPS: Final[tuple[Callable[[datetime], int], ...]] = (
    expiry.expire_approvals,
    suspension.suspend_overdue_emergencies,
    periodic_review.suspend_missed_reviews,
    waivers.expire_due,
    condition_outcomes.stop_overdue,
    reminding.remind_due,
)
"""Each takes the time and returns how many rows it acted on."""


def run() -> int:
    """Do everything that is due now; the number of rows acted on."""
    moment = clock.now()
    return sum(_attempt(step, moment) for step in STEPS)


def _attempt(step: Callable[[datetime], int], moment: datetime) -> int:
    try:
        return step(moment)
    except Exception:
        logger.exception("%s failed; it is tried again", step.__name__)
        return 0
