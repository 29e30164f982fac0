"""Read canonical JSON (RFC 8785, without floats) of unknown origin; it repairs nothing."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Final, NoReturn, TypeAlias

import rfc8785

from benchseal.verify.report import Flaw

Json: TypeAlias = "bool | int | str | list[Json] | dict[str, Json] | None"
Object: TypeAlias = dict[str, Json]

LARGEST_INTEGER: Final = 2**53 - 1
DEEPEST: Final = 64


def digest(data: bytes) -> str:
    """``sha256:`` and 64 hex digits."""
    return f"sha256:{sha256(data).hexdigest()}"


def canonical(value: Json) -> bytes:
    """The canonical bytes of a value read by ``parse``."""
    return rfc8785.dumps(value)


def parse(data: bytes, name: str) -> Object:
    """The object of canonical bytes; ``name`` is how a ``Flaw`` calls it."""
    try:
        value: Json = json.loads(
            data.decode("utf-8"), object_pairs_hook=_unique, parse_float=_no_float, parse_constant=_no_float
        )
        _bounded(value)
        return _refuse_other_form(value, data)
    except Flaw as flaw:
        raise Flaw(f"{name}: {flaw}.") from None
    except (ValueError, RecursionError) as fault:
        raise Flaw(f"{name} is not canonical JSON: {str(fault)[:200] or 'nested too deep'}.") from fault


def text(holder: Object, key: str, name: str) -> str:
    """The text at ``key``; raises ``Flaw`` for anything else."""
    value = holder.get(key)
    if not isinstance(value, str):
        raise Flaw(f"{name}: {key} is not a text.")
    return value


def whole(holder: Object, key: str, name: str) -> int:
    """The integer at ``key``; raises ``Flaw`` for anything else."""
    value = holder.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise Flaw(f"{name}: {key} is not an integer.")
    return value


def inner(holder: Object, key: str, name: str) -> Object:
    """The object at ``key``; raises ``Flaw`` for anything else."""
    value = holder.get(key)
    if not isinstance(value, dict):
        raise Flaw(f"{name}: {key} is not an object.")
    return value


def objects(holder: Object, key: str, name: str) -> list[Object]:
    """The list of objects at ``key``; raises ``Flaw`` for anything else."""
    value = holder.get(key)
    found = [item for item in value if isinstance(item, dict)] if isinstance(value, list) else None
    if not isinstance(value, list) or found is None or len(found) != len(value):
        raise Flaw(f"{name}: {key} is not a list of objects.")
    return found


def _refuse_other_form(value: Json, data: bytes) -> Object:
    if not isinstance(value, dict):
        raise Flaw("it is not an object")
    if canonical(value) != data:
        raise Flaw("it is not in canonical form (RFC 8785)")
    return value


def _bounded(value: Json) -> None:
    waiting: list[tuple[int, Json]] = [(0, value)]
    while waiting:
        depth, item = waiting.pop()
        if depth == DEEPEST and isinstance(item, (dict, list)):
            raise Flaw(f"it is nested deeper than {DEEPEST}")
        if isinstance(item, int) and abs(item) > LARGEST_INTEGER:
            raise Flaw("an integer lies outside ±9007199254740991")
        waiting.extend((depth + 1, part) for part in _parts(item))


def _parts(item: Json) -> Iterator[Json]:
    match item:
        case dict():
            if not all(key.isascii() for key in item):
                raise Flaw("a key is not ASCII text")
            yield from item.values()
        case list():
            yield from item


def _unique(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Flaw("an object holds the same key twice")
    return found


def _no_float(lexeme: str) -> NoReturn:
    raise Flaw(f"{lexeme[:40]} is not an integer")
