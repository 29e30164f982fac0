"""Check a submission document against its published schema; say what is wrong and what to do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from registry.findings import pointer_to
from registry.formats.strict_json import JsonValue, NonFinite, Number

SCHEMA_PATH: Final = Path(__file__).parent.parent / "schema" / "submission-v1.schema.json"
SCHEMA: Final[Mapping[str, object]] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
MAX_PROBLEMS: Final = 50

_VALIDATOR: Final = Draft202012Validator(SCHEMA)
_MAX_SHOWN: Final = 80
_DIGEST_FIELD: Final = re.compile(r"/artifacts/[0-9]+/digest")
_WORDS: Final = {
    "type": ("field_type", "has the wrong type; give a value of type {}"),
    "enum": ("field_not_allowed_value", "is not one of the allowed values; give one of: {}"),
    "const": ("field_not_allowed_value", "is not the allowed value; give {}"),
    "minLength": ("field_too_short", "is too short; give at least {} characters"),
    "maxLength": ("field_too_long", "is too long; give at most {} characters"),
    "minItems": ("list_too_short", "has too few entries; give at least {}"),
    "maxItems": ("list_too_long", "has too many entries; give at most {}"),
    "maxProperties": ("list_too_long", "has too many entries; give at most {}"),
    "minimum": ("number_out_of_range", "is too small; give at least {}"),
    "maximum": ("number_out_of_range", "is too large; give at most {}"),
    "pattern": ("field_format", "has the wrong form; give {}"),
}
_NOT_ALLOWED: Final = ("field_not_allowed", "is not allowed with this reader; remove it")
_BRANCHES: Final = ("anyOf", "oneOf")


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with a document: a stable code, a JSON Pointer, and a sentence."""

    code: str
    pointer: str
    message: str


def problems_of(document: JsonValue) -> list[Problem]:
    """Return what the schema refuses in a parsed document: one a field, at most 50."""
    errors: Iterator[ValidationError] = _VALIDATOR.iter_errors(plain(document))
    first: dict[str, Problem] = {}
    for problem in sorted((one for error in errors for one in _problems(error)), key=_rank):
        first.setdefault(problem.pointer, problem)
    return list(first.values())[:MAX_PROBLEMS]


def _rank(problem: Problem) -> tuple[str, bool]:
    # "too short" tells more than "wrong form" where both hold.
    return problem.pointer, problem.code == "field_format"


def plain(value: JsonValue) -> object:
    """Return the value with plain numbers, for the schema's eyes alone: digits may be lost."""
    match value:
        case Number():
            integer = value.integer()
            return float(value.lexeme) if integer is None else integer
        case NonFinite(state):
            return state
        case list():
            return [plain(inner) for inner in value]
        case dict():
            return {key: plain(inner) for key, inner in value.items()}
        case _:
            return value


def _problems(error: ValidationError) -> Iterator[Problem]:
    if error.validator in _BRANCHES and error.context:
        # Of several allowed forms, report against the one the value came nearest to.
        error = best_match(iter(error.context)) or error
    pointer = pointer_to(*error.absolute_path)
    match error.validator:
        case "required":
            yield from _missing(error, pointer)
        case "additionalProperties" if isinstance(error.instance, dict):
            yield from _unknown(error, pointer)
        case _:
            yield _one(error, pointer)


def _missing(error: ValidationError, pointer: str) -> Iterator[Problem]:
    names = error.validator_value if isinstance(error.validator_value, list) else []
    for name in names:
        if isinstance(error.instance, dict) and name not in error.instance:
            place = pointer + pointer_to(name)
            yield Problem("field_missing", place, f"{place} is missing; add it")


def _unknown(error: ValidationError, pointer: str) -> Iterator[Problem]:
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    for name in error.instance if isinstance(error.instance, dict) else ():
        if name not in known:
            place = pointer + pointer_to(_short(str(name)))
            step = "remove it or correct its name"
            yield Problem("field_unknown", place, f"{place} is no field of a submission; {step}")


def _one(error: ValidationError, pointer: str) -> Problem:
    if _DIGEST_FIELD.fullmatch(pointer):
        return Problem("artifact_digest_invalid", pointer, _digest_message(error, pointer))
    code, what = _described(error)
    return Problem(code, pointer, f"{pointer or 'The document'} {what}")


def _digest_message(error: ValidationError, pointer: str) -> str:
    step = "give sha256: and the 64 lower-case hex digits of the file's SHA-256"
    length = len(error.instance) if isinstance(error.instance, str) else 0
    return f"{pointer} is no digest (it has {length} characters of 71); {step}"


def _described(error: ValidationError) -> tuple[str, str]:
    code, words = _WORDS.get(str(error.validator), _NOT_ALLOWED)
    return code, words.format(_limit(error))


def _limit(error: ValidationError) -> str:
    limit = error.validator_value
    if error.validator == "pattern" and isinstance(error.schema, dict):
        return str(error.schema.get("$comment", "the form the schema gives"))
    return ", ".join(map(str, limit)) if isinstance(limit, list) else str(limit)


def _short(name: str) -> str:
    return name if len(name) <= _MAX_SHOWN else name[:_MAX_SHOWN] + "..."
