"""JSON bodies, parsed strictly and within bounds."""

from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from registry.formats import strict_json


class StrictJSONParser(JSONParser):
    """Refuses truncated JSON, duplicate keys, NaN, deep nesting and large bodies with a place."""

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(settings.MAX_DOCUMENT_BYTES + 1)
        try:
            return plain(strict_json.parse(body, max_bytes=settings.MAX_DOCUMENT_BYTES))
        except strict_json.JsonRefused as error:
            raise ParseError(
                f"{error.message} (line {error.line}, column {error.column})", code=error.code
            ) from error


def plain(value: strict_json.JsonValue) -> Any:
    """Python values for serializers: whole numbers as int, others as Decimal, never float."""
    match value:
        case strict_json.Number():
            return _number(value)
        case dict():
            return {key: plain(item) for key, item in value.items()}
        case list():
            return [plain(item) for item in value]
        case _:
            return value


def _number(value: strict_json.Number) -> int | Decimal:
    number = value.integer()
    if number is not None:
        return number
    decimal = value.decimal()
    if decimal is None:
        raise ParseError(f"The number {value.lexeme[:40]} is out of bounds", code="json_number_out_of_bounds")
    return decimal
