"""Every record and statement that is hashed or signed validates against its published schema."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from approvals.models import Policy, Release, Waiver
from approvals.snapshot import record_of
from approvals.waivers import reread
from evidence import ledger
from evidence.canonical import jcs, parse_canonical, parse_record
from evidence.models import LedgerEntry, LedgerPayload, Record, Statement
from evidence.names import predicate_type
from evidence.schemas import schema_paths
from evidence.signing import published_keys
from evidence.statements import payload_of
from registry.models import (
    BenchmarkVersion,
    CatalogueRecord,
    CriteriaSet,
    DatasetVersion,
    MetricDefinition,
    ModelVersion,
    MonitoringSignal,
    RollbackArtifact,
)
from tests.conditions import settle, sign_with, terms
from tests.releases import HIGH, approved, go_live, sign, submitted
from tests.releases import reread as reread_release
from tests.waivers import approved_with_waiver, decided, renewal
from tests.world import World, admit_run

SCHEMAS: dict[str, dict[str, Any]] = {
    path.name.removesuffix("-v1.schema.json"): json.loads(path.read_text()) for path in schema_paths()
}
BY_TYPE = {
    (of["type"]["const"], of.get("scope", {}).get("const")): Draft202012Validator(schema)
    for schema in SCHEMAS.values()
    if "const" in (of := schema.get("properties", {})).get("type", {})
}
"""Type and, for the records of packs, scope → what checks it."""
PREDICATES = {
    predicate_type("run"): "run-statement",
    predicate_type("approval"): "approval",
    predicate_type("decision"): "decision",
    predicate_type("waiver-decision"): "waiver-decision",
}


def wrong(body: Any) -> list[str]:
    schema = BY_TYPE.get((body["type"], None)) or BY_TYPE[body["type"], body["scope"]]
    return [f"{error.json_path}: {error.message}" for error in schema.iter_errors(body)]


@pytest.mark.parametrize("name", sorted(SCHEMAS))
def test_each_schema_is_a_schema(name: str) -> None:
    Draft202012Validator.check_schema(SCHEMAS[name])


@pytest.mark.parametrize(
    "kind",
    [
        ModelVersion,
        DatasetVersion,
        BenchmarkVersion,
        MetricDefinition,
        CriteriaSet,
        RollbackArtifact,
        MonitoringSignal,
        Policy,
        Waiver,
    ],
)
def test_a_catalogue_schema_names_exactly_the_fields_of_its_record(kind: type[CatalogueRecord]) -> None:
    common = {"type", "id", "project", "revision", "supersedes", "created_at", "created_by"}
    assert set(SCHEMAS[kind.RECORD_TYPE]["properties"]) == common | set(kind.RECORD_FIELDS)


@pytest.mark.django_db
def test_everything_written_on_the_way_to_a_release_fits_its_schema(world: World) -> None:
    release = approved(world, answers=HIGH)
    go_live(world, release)
    excepted, waiver = approved_with_waiver(world, answers=HIGH, deployment=release.deployment)
    decided(world, renewal(world, reread(waiver)))
    admit_run(world, public=True)
    bound = _conditional(world, release)
    stored = [parse_canonical(bytes(body)) for body in Record.objects.values_list("body", flat=True)]
    leaves = [parse_canonical(jcs(ledger.leaf(entry))) for entry in LedgerEntry.objects.all()]
    payloads = [parse_canonical(bytes(body)) for body in LedgerPayload.objects.values_list("body", flat=True)]
    records = [record_of(one.pk, include_private=False) for one in (release, excepted, bound)]
    whole = [*records, published_keys()]
    found = [problem for body in (*stored, *leaves, *payloads, *whole) for problem in wrong(body)]
    assert found == []


def _conditional(world: World, release: Release) -> Release:
    """Approved under two conditions, of which one is met."""
    bound = submitted(world, deployment=release.deployment)
    for stage in ("1", "2"):
        sign(world, bound, stage)
    settle(world, sign_with(world, bound, "3", terms(world), terms(world)).conditions.all()[0], by="maren")
    for stage in ("4b", "5"):
        sign(world, bound, stage)
    assert reread_release(bound).state == "approved_conditional"
    return bound


@pytest.mark.django_db
def test_every_statement_fits_the_schema_of_its_predicate(world: World) -> None:
    go_live(world, release := approved(world))
    approved_with_waiver(world, deployment=release.deployment)
    _conditional(world, release)
    kinds = set()
    for row in Statement.objects.all():
        statement: Any = parse_record(payload_of(bytes(row.envelope)))
        kinds.add(row.predicate_type)
        if row.predicate_type in PREDICATES:
            schema = Draft202012Validator(SCHEMAS[PREDICATES[row.predicate_type]])
            assert [e.message for e in schema.iter_errors(statement["predicate"])] == []
    assert kinds == {*PREDICATES, "https://slsa.dev/verification_summary/v1"}
