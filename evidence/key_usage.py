"""How much each published key signed; counts are bounded, so that no page grows with the log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.db.models import QuerySet

from evidence.canonical import Json
from evidence.models import Checkpoint, Statement
from evidence.publickeys import KeyUse

MOST_COUNTED: Final = 1000


@dataclass(frozen=True, slots=True)
class Amount:
    """How many things were signed, at most MOST_COUNTED + 1, and from when to when where that is known."""

    count: int
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def is_more(self) -> bool:
        """Whether there are more than were counted."""
        return self.count > MOST_COUNTED


def signed_with(
    entry: Mapping[str, Json], entries: Sequence[Mapping[str, Json]], *, packs: QuerySet[Any]
) -> Amount | None:
    """What the key of one of the published entries signed; None for `ca`, whose certificates they hold.

    Statements name their key. The log signs with an older key until its end, packs and their time tokens
    are signed with the newest of the time; `packs` are rows with the time they were `issued_at`.
    """
    start = _time(entry["valid_from"])
    end = _time(entry["valid_to"]) if entry["valid_to"] else None
    match KeyUse(str(entry["use"])):
        case KeyUse.ATTEST:
            return Amount(_count(Statement.objects.filter(key_id=entry["key_id"])))
        case KeyUse.LOG:
            return _between(Checkpoint.objects.all(), "signed_at", start, end)
        case KeyUse.PACK | KeyUse.TSA:
            later = [_time(one["valid_from"]) for one in entries if one["use"] == entry["use"]]
            return _between(
                packs, "issued_at", start, min((one for one in later if one > start), default=end)
            )
    return None


def _time(value: Json) -> datetime:
    return datetime.fromisoformat(str(value))


def _between(rows: QuerySet[Any], column: str, start: datetime, end: datetime | None) -> Amount:
    rows = rows.filter(**{f"{column}__gte": start})
    rows = rows if end is None else rows.filter(**{f"{column}__lt": end})
    times = rows.order_by(column).values_list(column, flat=True)
    return Amount(_count(rows), times.first(), times.last())


def _count(rows: QuerySet[Any]) -> int:
    return rows[: MOST_COUNTED + 1].count()
