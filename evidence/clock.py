"""Server time, in one place so that tests can move it."""

from datetime import UTC, datetime


def now() -> datetime:
    """The current time in UTC, microseconds."""
    return datetime.now(UTC)
