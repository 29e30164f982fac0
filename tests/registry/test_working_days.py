"""Working days: weekends, holidays, leap days, and clocks that are set forward and back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from registry import checks
from registry.working_days import WorkingCalendar, calendar

BERLIN = ZoneInfo("Europe/Berlin")
AUCKLAND = ZoneInfo("Pacific/Auckland")
HONOLULU = ZoneInfo("Pacific/Honolulu")
CHRISTMAS = frozenset({date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 28)})

CASES = {
    "a Friday goes on on Monday": (BERLIN, "2026-11-27T09:00Z", 1, "2026-11-30T23:00Z"),
    "a week of working days": (BERLIN, "2026-11-23T09:00Z", 5, "2026-11-30T23:00Z"),
    "no days: the end of the day": (BERLIN, "2026-11-25T09:00Z", 0, "2026-11-25T23:00Z"),
    "no days from a Saturday: the end of Monday": (BERLIN, "2026-11-28T09:00Z", 0, "2026-11-30T23:00Z"),
    "late in UTC is the next day in Berlin": (BERLIN, "2026-11-24T23:30Z", 1, "2026-11-26T23:00Z"),
    "holidays and a weekend in a row": (BERLIN, "2026-12-23T09:00Z", 1, "2026-12-29T23:00Z"),
    "over the end of the year": (BERLIN, "2026-12-31T09:00Z", 2, "2027-01-04T23:00Z"),
    "clocks go forward: one hour earlier in UTC": (BERLIN, "2027-03-26T09:00Z", 1, "2027-03-29T22:00Z"),
    "clocks go back: one hour later in UTC": (BERLIN, "2026-10-23T09:00Z", 1, "2026-10-26T23:00Z"),
    "a leap day counts": (BERLIN, "2028-02-28T09:00Z", 1, "2028-02-29T23:00Z"),
    "far east": (AUCKLAND, "2026-11-26T20:00Z", 1, "2026-11-30T11:00Z"),
    "far west": (HONOLULU, "2026-11-28T05:00Z", 1, "2026-12-01T10:00Z"),
}


@pytest.mark.parametrize("name", CASES)
def test_the_end_of_a_working_day(name: str) -> None:
    zone, start, days, end = CASES[name]
    found = WorkingCalendar(zone, CHRISTMAS).end_after(datetime.fromisoformat(start), days)
    assert found == datetime.fromisoformat(end)


moments = st.datetimes(datetime(2026, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  # reason: hypothesis adds the zone


@given(moments, st.integers(1, 30), st.sampled_from([BERLIN, AUCKLAND, HONOLULU]))
def test_the_day_that_ends_is_a_working_day_and_later_ones_end_later(
    moment: datetime, days: int, zone: ZoneInfo
) -> None:
    known = WorkingCalendar(zone, CHRISTMAS)
    end = known.end_after(moment, days)
    last = (end - timedelta(microseconds=1)).astimezone(zone).date()
    assert known.is_working(last)
    assert end > moment
    assert known.end_after(moment, days + 1) > end
    first = moment.astimezone(zone).date()
    passed = [first + timedelta(days=one) for one in range(1, (last - first).days + 1)]
    assert sum(map(known.is_working, passed)) == days


def test_the_settings_name_zone_and_holidays(settings: Settings) -> None:
    settings.WORKING_ZONE, settings.HOLIDAYS = "Europe/Berlin", ["2026-12-25"]
    assert calendar() == WorkingCalendar(BERLIN, frozenset({date(2026, 12, 25)}))
    assert checks.working_days_known() == []


@pytest.mark.parametrize(("zone", "holidays"), [("Mars/Olympus", []), ("UTC", ["25.12.2026"])])
def test_settings_that_are_none_are_named_at_the_start(
    settings: Settings, zone: str, holidays: list[str]
) -> None:
    settings.WORKING_ZONE, settings.HOLIDAYS = zone, holidays
    (error,) = checks.working_days_known()
    assert error.id == "registry.E012"
