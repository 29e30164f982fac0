"""Statements are published: each has its page, its schema and an example that fits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest
from django.test import Client
from jsonschema import Draft202012Validator

from evidence.digests import sha256_bytes
from evidence.schemas import schema_paths
from tests.test_schemas import PREDICATES, SCHEMAS

DOCS: Final = Path(__file__).resolve().parent.parent / "docs"
EXAMPLES: Final = sorted((DOCS / "examples").glob("statement-*.json"))


def schema_of(statement: dict[str, Any]) -> dict[str, Any]:
    return SCHEMAS[PREDICATES[statement["predicateType"]]]


@pytest.mark.parametrize("kind", sorted(PREDICATES))
def test_every_predicate_and_every_field_of_it_is_described(kind: str) -> None:
    page = (DOCS / "predicates.md").read_text("utf-8")
    _, _, section = page.partition(f"## `{kind}`")
    told = section.partition("\n## ")[0]
    fields = SCHEMAS[PREDICATES[kind]]["properties"]
    assert [name for name in fields if f"`{name}`" not in told] == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_fits_its_schema(path: Path) -> None:
    statement = json.loads(path.read_text("utf-8"))
    if statement["predicateType"] in PREDICATES:
        assert list(Draft202012Validator(schema_of(statement)).iter_errors(statement["predicate"])) == []
    else:
        assert statement["predicateType"] == "https://slsa.dev/verification_summary/v1"
        assert statement["predicate"]["verificationResult"] == "PASSED"


def test_every_predicate_has_an_example() -> None:
    shown = {json.loads(path.read_text("utf-8"))["predicateType"] for path in EXAMPLES}
    assert PREDICATES.keys() <= shown


def test_everybody_reads_the_schemas_as_packs_carry_them(db: None) -> None:
    listed = Client().get("/schemas/").json()
    assert [row["name"] for row in listed] == [path.name for path in schema_paths()]
    for row, path in zip(listed, schema_paths(), strict=True):
        answer = Client().get(row["url"])
        assert answer["Content-Type"] == "application/schema+json"
        assert sha256_bytes(answer.content) == row["digest"] == sha256_bytes(path.read_bytes())
    assert Client().get("/schemas/../manage.py").status_code == 404
    assert Client().get("/schemas/nothing.json").status_code == 404
