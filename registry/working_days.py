"""Working days of the organisation: time zone, weekend, holidays; only `calendar` reads the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.conf import settings

WEEKEND: Final = frozenset({5, 6})
"""Saturday and Sunday, as `date.weekday` counts."""


@dataclass(frozen=True)
class WorkingCalendar:
    """Which days count, and where midnight is."""

    zone: ZoneInfo
    holidays: frozenset[date] = frozenset()

    def is_working(self, day: date) -> bool:
        """Whether a day counts."""
        return day.weekday() not in WEEKEND and day not in self.holidays

    def end_after(self, moment: datetime, days: int) -> datetime:
        """The end of the working day that is `days` working days after the day of a moment, in UTC.

        With 0 days it is the end of that day, or of the next working day where that one does not count.
        The end is the midnight that follows, as clocks of the zone show it: also a day of 23 or 25 hours.
        """
        day = moment.astimezone(self.zone).date()
        while days or not self.is_working(day):
            day += timedelta(days=1)
            days -= bool(days) and self.is_working(day)
        midnight = datetime.combine(day + timedelta(days=1), time(), self.zone)
        return midnight.astimezone(UTC)


def calendar() -> WorkingCalendar:
    """The calendar of the settings, which system checks have read before."""
    holidays = frozenset(date.fromisoformat(day) for day in settings.HOLIDAYS)
    return WorkingCalendar(ZoneInfo(settings.WORKING_ZONE), holidays)
