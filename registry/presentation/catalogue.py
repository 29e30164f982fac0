"""A catalogue record as facts, and two of its revisions side by side; never touches a row."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from evidence.digests import DIGEST_RE
from registry import figures
from registry.models import CatalogueRecord, DatasetVersion, User
from registry.models.catalogue import Family
from registry.presentation.catalogue_kinds import BY_MODEL, Kind
from registry.presentation.catalogue_words import label
from registry.presentation.words import plain

NOT_GIVEN = "not given"
SIDES = {">=": "at least", ">": "above", "<=": "at most", "<": "below"}


@dataclass(frozen=True, slots=True)
class Fact:
    """One field: its label and its value as text, as a digest, or as a list."""

    label: str
    text: str = ""
    digest: str = ""
    items: tuple[str, ...] = ()

    @property
    def is_missing(self) -> bool:
        """Whether nobody gave a value."""
        return not (self.text or self.digest or self.items)

    @property
    def compared(self) -> str:
        """The whole value as one text."""
        return self.text or self.digest or "; ".join(self.items) or NOT_GIVEN


@dataclass(frozen=True, slots=True)
class Change:
    """A field of two revisions."""

    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Line:
    """A record in a list: its name, what tells it apart, and its state."""

    row: CatalogueRecord
    kind: Kind
    name: str
    note: str

    @property
    def state(self) -> tuple[str, str]:
        """Kind and word of the state."""
        return ("voided", "Withdrawn") if self.row.withdrawn_at else ("pass", "In use")


def facts(row: CatalogueRecord) -> list[Fact]:
    """Every field of the record, in the order of the record."""
    return [fact(row, name) for name in row.RECORD_FIELDS]


def fact(row: CatalogueRecord, name: str) -> Fact:
    """One field with its label."""
    value = getattr(row, name)
    words = label(name)
    if name == "criteria":
        return Fact(words, items=tuple(criterion(one) for one in value))
    if isinstance(value, list):
        return Fact(words, items=tuple(str(one) for one in value))
    text = _choice(row, name) or text_of(value)
    return Fact(words, digest=text) if DIGEST_RE.match(text) else Fact(words, text=text)


def text_of(value: object) -> str:
    """A value in words; empty where nobody gave one."""
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return figures.stamp(value)
        case date():
            return figures.day(value)
        case Decimal():
            return format(value.normalize(), "f")
        case int():
            return figures.number(value)
        case User() | Family() | CatalogueRecord():
            return str(value)
        case _:
            return str(value)


def criterion(one: Mapping[str, str]) -> str:
    """A criterion as a sentence: `pass rate, wilson lower, at least 0.8`."""
    limit = f"{SIDES.get(one.get('operator', ''), one.get('operator', ''))} {one.get('threshold', '')}"
    parts = [one.get("metric", ""), plain(one.get("statistic", "")), limit]
    parts += [f"slice {one['slice']}"] if one.get("slice") else []
    return ", ".join(parts) + (" (flag only)" if one.get("severity") == "flag" else "")


def changes(before: CatalogueRecord, after: CatalogueRecord) -> list[Change]:
    """Fields that differ between two revisions, in the order of the record."""
    pairs = ((fact(before, name), fact(after, name)) for name in after.RECORD_FIELDS)
    return [
        Change(old.label, old.compared, new.compared) for old, new in pairs if old.compared != new.compared
    ]


def lines(rows: Iterable[CatalogueRecord]) -> list[Line]:
    """Records as a list shows them."""
    return [Line(row=row, kind=BY_MODEL[type(row)], name=str(row), note=_note(row)) for row in rows]


def provenance(row: DatasetVersion) -> str:
    """Where a dataset stands, in a sentence: `400 items, anonymised, never published`."""
    count = f"{figures.number(row.item_count)} {'item' if row.item_count == 1 else 'items'}"
    return f"{count}, {plain(row.privacy_class)}, {plain(row.exposure)}"


def _choice(row: CatalogueRecord, name: str) -> str:
    choices = {field.name for field in row._meta.concrete_fields if field.choices}
    return plain(str(getattr(row, name))) if name in choices else ""


def _note(row: CatalogueRecord) -> str:
    """What tells a record apart in a list; the first of these fields that it has."""
    if isinstance(row, DatasetVersion):
        return provenance(row)
    for name in ("provider_snapshot", "task", "formula", "restores", "metric", "weights_digest"):
        if text := str(getattr(row, name, "")):
            return text
    found = getattr(row, "criteria", [])
    return "; ".join(criterion(one) for one in found)
