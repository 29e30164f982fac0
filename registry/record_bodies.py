"""The canonical body of a catalogue row: built once when stored, rebuilt by `verify_ledger`."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from evidence.canonical import utc_text
from evidence.names import record_type
from registry.models.access import User
from registry.models.catalogue import CatalogueRecord, Family


def body_of(row: CatalogueRecord) -> dict[str, Any]:
    """All fields of the record and what it supersedes; never usage, never approvals (docs/records.md, 2)."""
    body = {name: value_of(getattr(row, name)) for name in row.RECORD_FIELDS}
    body = {name: value for name, value in body.items() if value is not None or name not in row.LATER_FIELDS}
    return {
        "type": record_type(row.RECORD_TYPE),
        "id": str(row.pk),
        "project": row.project.key,
        "revision": row.revision,
        "supersedes": row.supersedes.record_id if row.supersedes else None,
        "created_at": utc_text(row.created_at),
        "created_by": person(row.created_by),
        **body,
    }


def person(user: User) -> dict[str, str]:
    """A person in a record: id and account name, which never change."""
    return {"id": str(user.pk), "account": user.username}


def value_of(value: Any) -> Any:
    """A field value in the canonical profile: no floats, dates and decimals as text."""
    match value:
        case User():
            return person(value)
        case CatalogueRecord():
            return {"id": str(value.pk), "digest": value.record_id}
        case Family():
            return value.name
        case datetime():
            return utc_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return format(value.normalize(), "f")
        case _:
            return value
