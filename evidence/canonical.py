"""Canonical JSON (RFC 8785) of a strict profile; it never repairs a value, it refuses it."""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Literal, NoReturn, TypeAlias, TypeVar

import rfc8785

from evidence.errors import NotCanonical

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
Item = TypeVar("Item")
State: TypeAlias = Literal["nan", "inf", "-inf", "missing"]

MAX_INTEGER = 2**53 - 1
# Far above any record of ours, far below the depth at which parser and serialiser give up.
MAX_DEPTH = 64


def jcs(value: object) -> bytes:
    """Canonical bytes of a value (RFC 8785).

    Takes None, bool, int from -(2^53-1) to 2^53-1, str, list, tuple and dict with ASCII keys,
    nested at most MAX_DEPTH deep. Anything else raises NotCanonical with a JSON pointer.
    """
    _check(value)
    return rfc8785.dumps(value)  # type: ignore[arg-type]  # _check has narrowed it


def parse_canonical(data: bytes) -> Json:
    """The value of canonical bytes; raises NotCanonical unless `jcs` of it gives the same bytes."""
    try:
        value: Json = json.loads(
            data.decode("utf-8"),
            object_pairs_hook=_unique,
            parse_float=_refuse_number,
            parse_constant=_refuse_number,
        )
    except RecursionError:
        raise NotCanonical(f"The JSON is nested deeper than {MAX_DEPTH}.") from None
    except ValueError as fault:
        raise NotCanonical(f"The bytes are not JSON: {fault}.") from fault
    if jcs(value) != data:
        raise NotCanonical(
            "The bytes are JSON, but not in canonical form.",
            next_step="Write it with an RFC 8785 implementation.",
        )
    return value


def parse_record(data: bytes) -> dict[str, Json]:
    """The object of canonical bytes; raises NotCanonical if they hold anything else."""
    value = parse_canonical(data)
    if not isinstance(value, dict):
        raise NotCanonical("The canonical JSON is not an object.", pointer="")
    return value


def utc_text(moment: datetime) -> str:
    """`2026-11-22T07:00:00.000000Z`; raises NotCanonical for a time without zone."""
    if moment.utcoffset() is None:
        raise NotCanonical("The time has no zone.")
    return moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def as_set(members: Iterable[Item]) -> list[Item]:
    """The members once each, ordered by their canonical bytes."""
    by_bytes = {jcs(member): member for member in members}
    return [by_bytes[key] for key in sorted(by_bytes)]


def state_value(state: State) -> dict[str, str]:
    """How a record states a number that is none: `{"state": "nan"}`."""
    return {"state": state}


def base64_text(data: bytes) -> str:
    """Standard base64 with padding (RFC 4648, section 4)."""
    return b64encode(data).decode("ascii")


def from_base64(text: str) -> bytes:
    """Bytes of standard base64; raises NotCanonical for any other spelling of the same bytes."""
    try:
        data = b64decode(text, validate=True)
    except ValueError as fault:
        raise NotCanonical(f"{text[:40]!r} is not base64.") from fault
    if base64_text(data) != text:
        raise NotCanonical(f"{text[:40]!r} is not the one base64 form of its bytes.")
    return data


def _check(value: object) -> None:
    waiting: list[tuple[str, int, object]] = [("", 0, value)]
    while waiting:
        pointer, depth, item = waiting.pop()
        if isinstance(item, (dict, list, tuple)):
            if depth == MAX_DEPTH:
                raise NotCanonical(f"The value is nested deeper than {MAX_DEPTH}.", pointer=pointer[:200])
            waiting.extend((f"{pointer}/{step}", depth + 1, part) for step, part in _parts(item, pointer))
        else:
            _check_leaf(item, pointer)


def _parts(
    item: dict[object, object] | list[object] | tuple[object, ...], pointer: str
) -> Iterator[tuple[str, object]]:
    if not isinstance(item, dict):
        yield from ((str(place), part) for place, part in enumerate(item))
        return
    for key, part in item.items():
        if not isinstance(key, str) or not key.isascii():
            raise NotCanonical(f"The key {key!r} is not ASCII text.", pointer=pointer)
        yield key.replace("~", "~0").replace("/", "~1"), part


def _check_leaf(item: object, pointer: str) -> None:
    match item:
        case None | bool():
            return
        case int():
            if abs(item) > MAX_INTEGER:
                raise NotCanonical("The integer lies outside ±9007199254740991.", pointer=pointer)
        case str():
            if not _is_unicode(item):
                raise NotCanonical("The text holds a lone surrogate.", pointer=pointer)
        case float():
            raise NotCanonical(
                "A floating-point number has no place in a record.",
                pointer=pointer,
                next_step="Give the number as a string.",
            )
        case _:
            raise NotCanonical(f"{type(item).__name__} is not a JSON type.", pointer=pointer)


def _is_unicode(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _unique(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotCanonical("An object holds the same key twice.")
    return found


def _refuse_number(lexeme: str) -> NoReturn:
    raise NotCanonical(f"{lexeme[:40]} is not an integer.")
