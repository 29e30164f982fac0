"""Every property of every published schema says what it means."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from evidence.schemas import schema_paths

IN_PLACE_LISTS = ("allOf", "anyOf", "oneOf")
IN_PLACE = ("if", "then", "else", "not")
BELOW = ("items", "contains", "additionalProperties", "unevaluatedProperties", "propertyNames")
NAMED = ("$defs", "patternProperties", "dependentSchemas")
SHORTEST = 8

Schema = dict[str, Any]
PATHS = schema_paths()


def undescribed(schema: Any, pointer: str = "", known: frozenset[str] = frozenset()) -> Iterator[str]:
    """JSON Pointers of the properties without a description.

    A condition on a property that the same object describes is no property of its own; `known` are those.
    """
    if not isinstance(schema, dict):
        return
    properties: Schema = schema.get("properties", {})
    for name, one in properties.items():
        at = f"{pointer}/properties/{escaped(name)}"
        if name not in known and not says_something(one, name):
            yield at
        yield from undescribed(one, at)
    for name, one in schema.get("patternProperties", {}).items():
        if not says_something(one, name):
            yield f"{pointer}/patternProperties/{escaped(name)}"
    here = known | properties.keys()
    for at, one, names in parts(schema, here):
        yield from undescribed(one, f"{pointer}/{at}", names)


def parts(schema: Schema, here: frozenset[str]) -> Iterator[tuple[str, Any, frozenset[str]]]:
    """The schemas inside one, and which properties of the object they speak of are described already."""
    for key in IN_PLACE_LISTS:
        yield from ((f"{key}/{number}", one, here) for number, one in enumerate(schema.get(key, [])))
    yield from ((key, schema[key], here) for key in IN_PLACE if key in schema)
    yield from ((key, schema[key], frozenset()) for key in BELOW if key in schema)
    for number, one in enumerate(schema.get("prefixItems", [])):
        yield f"prefixItems/{number}", one, frozenset()
    for key in NAMED:
        for name, one in schema.get(key, {}).items():
            yield f"{key}/{escaped(name)}", one, frozenset()


def says_something(schema: Any, name: str) -> bool:
    """Whether there is a sentence, and it is more than the name again."""
    text = schema.get("description", "") if isinstance(schema, dict) else ""
    words = "".join(text.lower().split()).rstrip(".")
    return len(text.strip()) >= SHORTEST and text.endswith(".") and words != name.lower().replace("_", "")


def escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.name.removesuffix("-v1.schema.json"))
def test_every_property_is_described(path: Path) -> None:
    found = [f"{path.name}#{pointer}" for pointer in undescribed(json.loads(path.read_text("utf-8")))]
    assert found == []


DESCRIBED: Schema = {"type": "string", "description": "Where it lies."}
BARE: Schema = {"type": "string"}


@pytest.mark.parametrize(
    ("schema", "pointers"),
    [
        ({"properties": {"place": DESCRIBED}}, []),
        ({"properties": {"place": BARE}}, ["/properties/place"]),
        ({"properties": {"place": {"description": "  "}}}, ["/properties/place"]),
        ({"properties": {"made_at_time": {"description": "Made at time."}}}, ["/properties/made_at_time"]),
        ({"properties": {"a/b~": BARE}}, ["/properties/a~1b~0"]),
        ({"properties": {"properties": BARE}}, ["/properties/properties"]),
        ({"items": {"properties": {"place": BARE}}}, ["/items/properties/place"]),
        (
            {"properties": {"rows": {**DESCRIBED, "items": {"properties": {"place": BARE}}}}},
            ["/properties/rows/items/properties/place"],
        ),
        ({"$defs": {"person": {"properties": {"id": BARE}}}}, ["/$defs/person/properties/id"]),
        ({"additionalProperties": {"properties": {"id": BARE}}}, ["/additionalProperties/properties/id"]),
        ({"patternProperties": {"^x": BARE}}, ["/patternProperties/^x"]),
        ({"prefixItems": [{"properties": {"id": BARE}}]}, ["/prefixItems/0/properties/id"]),
        ({"anyOf": [{"properties": {"id": BARE}}, {"type": "null"}]}, ["/anyOf/0/properties/id"]),
        ({"properties": {"place": DESCRIBED}, "if": {"properties": {"place": {"const": "x"}}}}, []),
        ({"properties": {"place": DESCRIBED}, "oneOf": [{"properties": {"place": {"const": "x"}}}]}, []),
        (
            {"properties": {"place": DESCRIBED}, "then": {"properties": {"other": {"const": "x"}}}},
            ["/then/properties/other"],
        ),
        (
            {"properties": {"place": {**DESCRIBED, "properties": {"place": BARE}}}},
            ["/properties/place/properties/place"],
        ),
    ],
)
def test_what_is_not_described_is_named_by_its_pointer(schema: Schema, pointers: list[str]) -> None:
    assert list(undescribed(schema)) == pointers
