"""Parse untrusted JSON within bounds; never guess, never lose the text of a number."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import IO, Final, Literal, TypeAlias

NonFinitePolicy = Literal["refuse", "state"]
StateName = Literal["nan", "inf", "-inf"]

DEFAULT_MAX_DEPTH: Final = 64
DEFAULT_MAX_VALUES: Final = 1_000_000
DEFAULT_MAX_LINE_BYTES: Final = 16 * 1024 * 1024

_STATES: Final[dict[str, StateName]] = {"NaN": "nan", "Infinity": "inf", "-Infinity": "-inf"}
# Possessive, and an unterminated string still matches to the end: one pass over any text.
_STRING: Final = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_BRACKETS: Final = re.compile(_STRING + r"|[\[\]{},]", re.DOTALL)
_KEYS: Final = re.compile(_STRING + r"|[\[\]{}:,]", re.DOTALL)
_CONSTANTS: Final = re.compile(_STRING + r"|-?Infinity|NaN", re.DOTALL)
_STRINGS: Final = re.compile(_STRING, re.DOTALL)
_ESCAPES: Final = re.compile(r"\\(?:u([0-9a-fA-F]{4})|.)", re.DOTALL)
_SURROGATE_HINT: Final = re.compile(r"\\u[dD][89a-fA-F]")
_INTEGER: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,15})")
_LITERALS: Final = ("true", "false", "null", "NaN", "Infinity", "-Infinity")
_CUT_NUMBER: Final = re.compile(r"\.|[eE][+-]?")
_MAX_EXPONENT: Final = 400
_MAX_SHOWN_KEY: Final = 80
# UTF-16 code units that are characters only as a pair (RFC 8259, section 8.2).
_HIGH: Final = range(0xD800, 0xDC00)
_LOW: Final = range(0xDC00, 0xE000)


class JsonRefused(Exception):
    """The bytes are not JSON this parser accepts; says which rule, and where (from 1)."""

    def __init__(self, code: str, message: str, line: int, column: int) -> None:
        super().__init__(f"{message} (line {line}, column {column})")
        self.code = code
        self.message = message
        self.line = line
        self.column = column


@dataclass(frozen=True, slots=True)
class Number:
    """A JSON number as its source wrote it."""

    lexeme: str

    def integer(self) -> int | None:
        """Return the value if it is written as an integer of at most 16 digits, else None."""
        return int(self.lexeme) if _INTEGER.fullmatch(self.lexeme) else None

    def decimal(self) -> Decimal | None:
        """Return the exact value, or None where its exponent is beyond any measurement."""
        return decimal_of(self.lexeme)


@dataclass(frozen=True, slots=True)
class NonFinite:
    """A bare NaN, Infinity or -Infinity, which RFC 8259 does not allow but tools write."""

    state: StateName


JsonValue: TypeAlias = "bool | str | Number | NonFinite | list[JsonValue] | dict[str, JsonValue] | None"


class _DuplicateKey(Exception):
    pass


class _NonFiniteFound(Exception):
    pass


def decimal_of(lexeme: str) -> Decimal | None:
    """Return the finite decimal a lexeme writes, or None if there is none within bounds."""
    try:
        value = Decimal(lexeme)
    except InvalidOperation:
        return None
    bounded = value.is_finite() and abs(value.adjusted()) <= _MAX_EXPONENT
    return value if bounded and len(lexeme) <= _MAX_EXPONENT else None


def parse(
    data: bytes,
    *,
    max_bytes: int,
    max_depth: int = DEFAULT_MAX_DEPTH,
    max_values: int = DEFAULT_MAX_VALUES,
    non_finite: NonFinitePolicy = "refuse",
) -> JsonValue:
    """Return the value of one JSON text (RFC 8259); numbers keep their lexeme.

    ``max_bytes`` bounds the text, ``max_depth`` its nesting and ``max_values`` the
    commas outside strings, all before anything is built. Raises JsonRefused.
    """
    if len(data) > max_bytes:
        raise JsonRefused("json_too_large", f"The JSON is larger than {max_bytes} bytes", 1, 1)
    text = _decode(data)
    _check_shape(text, max_depth, max_values)
    value = _load(text, non_finite)
    _check_surrogates(text)
    return value


def parse_lines(
    stream: IO[bytes],
    *,
    max_line_bytes: int = DEFAULT_MAX_LINE_BYTES,
    max_depth: int = DEFAULT_MAX_DEPTH,
    non_finite: NonFinitePolicy = "refuse",
) -> Iterator[tuple[int, JsonValue]]:
    """Yield (line number from 1, value) of a JSON Lines stream; blank lines are skipped.

    Holds one line at a time. Raises JsonRefused with the line's number in the stream.
    """
    lines = iter(partial(stream.readline, max_line_bytes + 1), b"")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            yield (
                number,
                parse(line, max_bytes=max_line_bytes, max_depth=max_depth, non_finite=non_finite),
            )
        except JsonRefused as refused:
            raise JsonRefused(refused.code, refused.message, number, refused.column) from None


def _decode(data: bytes) -> str:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise JsonRefused("json_not_utf8", "The bytes are not UTF-8", line, column) from None
    if text.startswith("\ufeff"):
        raise JsonRefused("json_not_utf8", "The text starts with a byte order mark", 1, 1)
    return text


def _check_shape(text: str, max_depth: int, max_values: int) -> None:
    # json.loads recurses for each bracket: depth is counted before it sees the text.
    depth = commas = 0
    for token in _BRACKETS.finditer(text):
        match token.group()[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth -= 1
            case ",":
                commas += 1
        if depth > max_depth:
            message = f"The JSON is nested deeper than {max_depth} levels"
            raise _refused("json_too_deep", message, text, token.start())
        if commas >= max_values:
            message = f"The JSON holds more than {max_values} values"
            raise _refused("json_too_large", message, text, token.start())


def _load(text: str, non_finite: NonFinitePolicy) -> JsonValue:
    constant = _refuse_constant if non_finite == "refuse" else _constant
    try:
        value: JsonValue = json.loads(
            text,
            parse_int=Number,
            parse_float=Number,
            parse_constant=constant,
            object_pairs_hook=_object,
        )
    except json.JSONDecodeError as error:
        raise _syntax(text, error) from None
    except _DuplicateKey as error:
        message = f"The key {_shown(str(error))} occurs twice in one object"
        raise _refused("json_duplicate_key", message, text, _second_key(text)) from None
    except _NonFiniteFound as error:
        message = f"{error} is not a JSON number"
        raise _refused("json_non_finite", message, text, _first_constant(text)) from None
    return value


def _constant(name: str) -> NonFinite:
    return NonFinite(_STATES[name])


def _refuse_constant(name: str) -> NonFinite:
    raise _NonFiniteFound(name)


def _object(pairs: list[tuple[str, JsonValue]]) -> dict[str, JsonValue]:
    result = dict(pairs)
    if len(result) == len(pairs):
        return result
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise _DuplicateKey(key)
        seen.add(key)
    raise AssertionError("unreachable: fewer keys than pairs means one occurs twice")


def _syntax(text: str, error: json.JSONDecodeError) -> JsonRefused:
    rest = text[error.pos :].strip()
    is_cut = any(word.startswith(rest) and word != rest for word in _LITERALS)
    is_cut = is_cut or _CUT_NUMBER.fullmatch(rest) is not None
    if is_cut or error.msg.startswith("Unterminated string"):
        return JsonRefused("json_truncated", "The JSON ends too early", error.lineno, error.colno)
    return JsonRefused("json_syntax", f"Not JSON: {error.msg}", error.lineno, error.colno)


def _second_key(text: str) -> int:
    # The hook that finds a duplicate knows no position, so the text is walked once more.
    open_objects: list[set[str] | None] = []
    previous: re.Match[str] | None = None
    for token in _KEYS.finditer(text):
        match token.group()[0]:
            case "{":
                open_objects.append(set())
            case "[":
                open_objects.append(None)
            case "]" | "}" if open_objects:
                open_objects.pop()
            case ":" if previous is not None and open_objects:
                keys = open_objects[-1]
                key = str(json.loads(previous.group()))
                if keys is not None and key in keys:
                    return previous.start()
                if keys is not None:
                    keys.add(key)
        previous = token
    return 0


def _first_constant(text: str) -> int:
    hits = (token for token in _CONSTANTS.finditer(text) if not token.group().startswith('"'))
    return next((token.start() for token in hits), 0)


def _check_surrogates(text: str) -> None:
    if not _SURROGATE_HINT.search(text):
        return
    for token in _STRINGS.finditer(text):
        place = _lone_surrogate(token.group())
        if place is not None:
            message = "The text holds half of a surrogate pair, which is not a character"
            raise _refused("json_not_utf8", message, text, token.start() + place)


def _lone_surrogate(literal: str) -> int | None:
    high: re.Match[str] | None = None
    for escape in _ESCAPES.finditer(literal):
        unit = int(escape.group(1), 16) if escape.group(1) else 0
        follows = high is not None and high.end() == escape.start()
        if unit in _LOW and follows:
            high = None
            continue
        if high is not None or unit in _LOW:
            return (high or escape).start()
        high = escape if unit in _HIGH else None
    return high.start() if high is not None else None


def _refused(code: str, message: str, text: str, position: int) -> JsonRefused:
    line = text.count("\n", 0, position) + 1
    return JsonRefused(code, message, line, position - text.rfind("\n", 0, position))


def _shown(key: str) -> str:
    # Keys come from strangers: bounded, and printable whatever they hold.
    return ascii(key if len(key) <= _MAX_SHOWN_KEY else key[:_MAX_SHOWN_KEY] + "...")
