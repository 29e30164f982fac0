"""Turn figures into the words that pages and packs print; must never round one across its limit.

Every function is pure and takes exact numbers. A float is read as its shortest decimal text
(`repr`), so 0.95 means 95/100 and not the nearest binary fraction. Rounding is half up, away
from zero, as a reader does it by hand. Rates and interval bounds are fractions between 0 and 1.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

Figure: TypeAlias = int | float | Decimal | Fraction | str

NBSP: Final = "\u00a0"
NO_DATA: Final = "no data"
MOST_DIGITS: Final = 6
MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MINUTE_MS: Final = 60_000
HOUR_S: Final = 3_600


class NaiveTime(ValueError):
    """A time without a zone was given; which hour it means is not known."""


class NotAFigure(ValueError):
    """The value is no finite number, so it has no figure to print."""


def exact(value: Figure) -> Fraction:
    """Return `value` as a fraction; raises `NotAFigure` for NaN, infinity and words."""
    try:
        return Fraction(repr(value) if isinstance(value, float) else value)
    except (ValueError, OverflowError, ZeroDivisionError) as error:
        raise NotAFigure(repr(value)) from error


def _scaled(value: Fraction, digits: int) -> int:
    """Return `value` times ten to `digits`, rounded half away from zero."""
    scaled: Fraction = abs(value) * 10**digits
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return -whole if value < 0 else whole


def decimal(value: Figure, digits: int = 0) -> str:
    """Return `value` with exactly `digits` decimals and thousands separated by commas."""
    return _decimal_text(_scaled(exact(value), digits), digits)


def _decimal_text(scaled: int, digits: int) -> str:
    sign = "-" if scaled < 0 else ""
    whole, rest = divmod(abs(scaled), 10**digits)
    return f"{sign}{whole:,}" + (f".{rest:0{digits}d}" if digits else "")


def number(n: Figure) -> str:
    """Return a count in full: `4,811,982`; a value that is not whole keeps its decimals."""
    value = exact(n)
    return decimal(value) if value.denominator == 1 else f"{Decimal(str(n)):,f}"


def safe_digits(value: Figure, limit: Figure | None, least: int = 1, most: int = MOST_DIGITS) -> int:
    """Return the fewest decimals at which the printed `value` stays on its side of `limit`.

    `value` and `limit` have the same unit. A value equal to its limit is printed as the limit itself.
    """
    if limit is None:
        return least
    wanted = _side(exact(value), exact(limit))
    for digits in range(least, most):
        shown = Fraction(_scaled(exact(value), digits), 10**digits)
        if _side(shown, exact(limit)) == wanted:
            return digits
    return most


def _side(value: Fraction, limit: Fraction) -> int:
    return (value > limit) - (value < limit)


def held(value: Figure, limit: Figure | None, least: int = 0) -> str:
    """Return `value` with the fewest decimals that do not put it on the other side of `limit`.

    At `MOST_DIGITS` decimals a value still at the limit moves one last unit away from it.
    """
    if limit is None:
        return decimal(value, least)
    digits = safe_digits(value, limit, least)
    scaled, at = _scaled(exact(value), digits), exact(limit) * 10**digits
    if exact(value) > exact(limit):
        scaled = scaled + 1 if scaled <= at else scaled
    elif exact(value) < exact(limit):
        scaled = scaled - 1 if scaled >= at else scaled
    return _decimal_text(scaled, digits)


def _hundred(value: Figure | None) -> Fraction | None:
    return None if value is None else exact(value) * 100


def percent(value: Figure, limit: Figure | None = None, least: int = 1) -> str:
    """Return the rate `value` (0 to 1) as `88.0%`, with more decimals where its limit is near."""
    return held(exact(value) * 100, _hundred(limit), least) + "%"


def share(k: int, n: int, limit: Figure | None = None) -> str:
    """Return `264/300 = 88.0%`; without items there is `no data`."""
    if n == 0:
        return NO_DATA
    return f"{number(k)}/{number(n)} = {percent(Fraction(k, n), limit)}"


def interval(low: Figure, high: Figure, limit: Figure | None = None) -> str:
    """Return the 95% bounds of a rate as `[83.8, 91.2]`; each bound keeps its side of `limit`."""
    at = _hundred(limit)
    low_text, high_text = (held(exact(bound) * 100, at, 1) for bound in (low, high))
    return f"[{low_text}, {high_text}]"


def milliseconds(value: Figure, limit: Figure | None = None) -> str:
    """Return `2,450 ms`; from one minute on it is a `duration`."""
    if exact(value) >= MINUTE_MS and limit is None:
        return duration(exact(value) / 1000)
    return held(value, limit) + NBSP + "ms"


def duration(seconds: Figure) -> str:
    """Return seconds as `1.9 s`, `6 min 20 s` or `2 h 5 min`."""
    if exact(seconds) < 60:
        return decimal(seconds, 1).removesuffix(".0") + NBSP + "s"
    whole = _scaled(exact(seconds), 0)
    if whole < HOUR_S:
        return _two_parts(whole // 60, "min", whole % 60, "s")
    return _two_parts(whole // HOUR_S, "h", whole % HOUR_S // 60, "min")


def _two_parts(large: int, large_unit: str, small: int, small_unit: str) -> str:
    first = f"{number(large)}{NBSP}{large_unit}"
    return first if small == 0 else f"{first}{NBSP}{small}{NBSP}{small_unit}"


def money(amount: Figure, currency: str, limit: Figure | None = None, digits: int | None = None) -> str:
    """Return `37,990 USD` or `14.50 USD`: the code stands after, whole amounts carry no cents."""
    least = digits if digits is not None else (0 if exact(amount).denominator == 1 else 2)
    return held(amount, limit, least) + NBSP + currency


def tokens(n: int) -> str:
    """Return a count of tokens in millions from one million on (`2,620M`), in full below it."""
    if n < 1_000_000:
        return number(n)
    return decimal(Fraction(n, 1_000_000), 1).removesuffix(".0") + "M"


def bytes_exact(n: int) -> str:
    """Return a size in full: `4,811,982 bytes`."""
    return f"{number(n)}{NBSP}{'byte' if n == 1 else 'bytes'}"


def points_from(value: Figure, limit: Figure) -> str:
    """Return how far a rate is from its limit in words: `0.7 points above the limit`."""
    gap = (exact(value) - exact(limit)) * 100
    if gap == 0:
        return "at the limit"
    return f"{held(abs(gap), 0, 1)} points {'above' if gap > 0 else 'below'} the limit"


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise NaiveTime(moment.isoformat())
    return moment.astimezone(UTC)


def day(when: date) -> str:
    """Return `27 Nov 2026`; a moment is read in UTC, a day alone has no zone."""
    at = _utc(when) if isinstance(when, datetime) else when
    return f"{at.day} {MONTHS[at.month - 1]} {at.year}"


def days(since: datetime, until: datetime) -> str:
    """Return `1 Sep 2026 to 30 Sep 2026`: the days from `since` on and before `until`, in UTC."""
    return f"{day(since)} to {day(until - timedelta(microseconds=1))}"


def stamp(moment: datetime) -> str:
    """Return `27 Nov 2026, 17:00 UTC`; raises `NaiveTime` without a zone."""
    return f"{day(moment)}, {_utc(moment):%H:%M} UTC"


def stamp_seconds(moment: datetime) -> str:
    """Return `20 Nov 2026, 15:41:50 UTC`, for signatures and events."""
    return f"{day(moment)}, {_utc(moment):%H:%M:%S} UTC"


def machine_time(moment: date) -> str:
    """Return the value of a `datetime` attribute: `2026-11-27T17:00:00Z` or `2026-11-27`."""
    if isinstance(moment, datetime):
        return f"{_utc(moment).replace(tzinfo=None).isoformat(timespec='seconds')}Z"
    return moment.isoformat()
