"""One reading as it is sent: its shape and bounds, and its canonical line (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.utils.dateparse import parse_datetime

from evidence.canonical import jcs, utc_text
from registry.formats.strict_json import JsonValue, Number

FUTURE: Final = timedelta(minutes=5)
OLDEST: Final = timedelta(days=366)
LONGEST: Final = 120
BOUND: Final = Decimal(10) ** 18
PLACES: Final = Decimal(10) ** -12
FIELDS: Final = frozenset({"at", "value", "unit", "source", "label"})


class ReadingRefused(Exception):
    """Why one reading is not stored; `code` is stable."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


@dataclass(frozen=True, slots=True)
class ReadingLine:
    """A reading that may be stored."""

    at: datetime
    source: str
    label: str
    value: str

    @property
    def key(self) -> tuple[datetime, str, str]:
        """What makes it this reading of its signal."""
        return self.at, self.source, self.label

    @property
    def line(self) -> bytes:
        """Its canonical line, of which a batch's digest is made."""
        body = {"at": utc_text(self.at), "label": self.label, "source": self.source, "value": self.value}
        return jcs(body) + b"\n"


def read(body: JsonValue, *, unit: str, now: datetime) -> ReadingLine:
    """The reading in a JSON object; raises `ReadingRefused`."""
    if not isinstance(body, dict) or set(body) - FIELDS:
        raise ReadingRefused(
            "reading_malformed", f"A reading is an object with {', '.join(sorted(FIELDS))} and no more."
        )
    if body.get("unit", unit) != unit:
        raise ReadingRefused("reading_unit", f"The unit of this signal is {unit}.")
    return ReadingLine(
        at=_time(body.get("at"), now),
        source=_word(body, "source"),
        label=_word(body, "label") if body.get("label") else "",
        value=_value(body.get("value")),
    )


def _word(body: Mapping[str, Any], name: str) -> str:
    text = body.get(name)
    if not isinstance(text, str) or not text.strip() or len(text) > LONGEST or not text.isprintable():
        raise ReadingRefused("reading_malformed", f"{name} is a printable text of 1 to {LONGEST} characters.")
    return text.strip()


def _time(text: JsonValue, now: datetime) -> datetime:
    try:
        at = parse_datetime(text) if isinstance(text, str) else None
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        raise ReadingRefused("reading_malformed", "at is a time with its zone, as 2026-11-27T12:00:00Z.")
    if at > now + FUTURE:
        raise ReadingRefused("reading_in_future", "at lies more than 5 minutes ahead of the server's clock.")
    if at < now - OLDEST:
        raise ReadingRefused("reading_too_old", f"at lies more than {OLDEST.days} days back.")
    return at


def _value(value: JsonValue) -> str:
    number = value.decimal() if isinstance(value, Number) else None
    if number is None:
        raise ReadingRefused("reading_not_finite", "value is a finite JSON number.")
    if abs(number) >= BOUND:
        raise ReadingRefused("reading_out_of_bounds", "value is smaller than 10^18.")
    exact = number.quantize(PLACES).normalize()
    return format(exact + 0 if exact else Decimal(0), "f")
