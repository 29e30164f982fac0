"""Catalogue records by API."""

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from evidence import records
from evidence.digests import sha256_bytes
from evidence.models import LedgerEntry, Record
from registry.models import MetricDefinition
from tests.cast import Cast
from tests.registry.api.bodies import CRITERIA, FAMILIES, METRIC, MODEL_VERSION, NAMED, SIGNAL, VERSIONS, P
from tests.registry.api.conftest import As, pointers, problem

WHERE = {
    **{kind: f"{P}/{kind}" for kind in NAMED},
    **{kind: f"{P}/{kind}/{FAMILIES[kind]['name']}/versions" for kind in VERSIONS},
}
BODIES: dict[str, dict[str, Any]] = {**NAMED, **VERSIONS}


def _prepare(client: Any, kind: str) -> None:
    if kind in FAMILIES:
        assert client.post(f"{P}/{kind}", FAMILIES[kind], format="json").status_code == 201


@pytest.mark.parametrize("kind", sorted(BODIES))
def test_a_record_is_created_read_revised_and_withdrawn(signed_in: As, kind: str) -> None:
    ines, where, body = signed_in("ines"), WHERE[kind], BODIES[kind]
    _prepare(ines, kind)

    made = ines.post(where, body, format="json")

    assert made.status_code == 201, made.content
    first = made.json()
    assert first["digest"] == sha256_bytes(records.load_bytes(first["digest"]))
    assert first["created_by"]["account"] == "ines"
    assert first["channel"] == "api"
    assert first["revision"] == 1
    label = body.get("name", body.get("version"))
    assert ines.get(f"{where}/{label}").json() == first
    assert ines.get(f"{where}/{first['id']}").json() == first

    revised = ines.post(f"{where}/{label}/revisions", {"reason": "Nothing but a test"}, format="json")

    assert revised.status_code == 201, revised.content
    second = revised.json()
    assert second["supersedes"] == first["digest"]
    assert second["revision"] == 2
    unchanged = {"revision", "supersedes", "id", "created_at", "digest", "superseded_by"}
    assert {k: v for k, v in second.items() if k not in unchanged} == {
        k: v for k, v in first.items() if k not in unchanged
    }
    assert ines.get(f"{where}/{label}").json()["id"] == second["id"]
    assert ines.get(f"{where}/{first['id']}").json()["superseded_by"] == second["id"]
    assert [item["id"] for item in ines.get(where).json()["items"]] == [second["id"]]
    assert len(ines.get(f"{where}?history=true").json()["items"]) == 2
    assert len(ines.get(f"{where}/{label}/revisions").json()["items"]) == 2
    problem(
        ines.post(f"{where}/{first['id']}/revisions", {"reason": "Too late by one"}, format="json"),
        409,
        "record_superseded",
    )

    ended = ines.post(f"{where}/{label}/withdraw", {"reason": "Not used any more"}, format="json")

    assert ended.status_code == 200
    assert ended.json()["withdraw_reason"] == "Not used any more"
    assert ended.json()["digest"] == second["digest"]
    problem(
        ines.post(f"{where}/{label}/withdraw", {"reason": "Not used any more"}, format="json"),
        409,
        "conflict",
    )
    kinds = LedgerEntry.objects.filter(subject__endswith=second["id"]).values_list("kind", flat=True)
    assert sorted(kinds) == ["catalogue.recorded", "catalogue.withdrawn"]


@pytest.mark.parametrize("kind", sorted(FAMILIES))
def test_a_family_is_named_once_and_read_by_name_or_id(signed_in: As, kind: str) -> None:
    ines = signed_in("ines")
    first = ines.post(f"{P}/{kind}", FAMILIES[kind], format="json").json()
    again = ines.post(f"{P}/{kind}", FAMILIES[kind], format="json").json()
    assert again == first
    assert ines.get(f"{P}/{kind}/{first['id']}").json() == first
    assert ines.get(f"{P}/{kind}/{first['name']}").json() == first
    assert ines.get(f"{P}/{kind}").json() == {"items": [first], "next": None}
    problem(ines.get(f"{P}/{kind}/other"), 404, "not_found")


def test_a_family_with_another_supplier_is_a_conflict(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/models", FAMILIES["models"], format="json")
    body = problem(
        ines.post(f"{P}/models", {"name": "Argo-L", "supplier": "Brig"}, format="json"), 409, "conflict"
    )
    assert pointers(body) == ["/supplier"]


def test_a_bad_field_is_named_and_nothing_is_stored(signed_in: As) -> None:
    cases: list[tuple[str, dict[str, Any], list[str] | None]] = [
        ("metrics", {"name": ""}, ["/name"]),
        ("metrics", {"name": "<script>"}, ["/name"]),
        ("metrics", {"name": "a\x00b"}, ["/name"]),
        ("metrics", {"direction": "up"}, ["/direction"]),
        ("metrics", {"range_low": "NaN"}, ["/range_low"]),
        ("metrics", {"range_low": 1e30}, ["/range_low"]),
        ("metrics", {"aliases": "one"}, ["/aliases"]),
        ("metrics", {"aliases": [{}]}, ["/aliases/0"]),
        ("metrics", {"drection": "x", "formula": "y"}, ["/drection"]),
        ("criteria-sets", {"criteria": []}, ["/criteria"]),
        ("criteria-sets", {"criteria": [{"metric": "m"}]}, None),
        ("criteria-sets", {"criteria": [{**CRITERIA["criteria"][0], "operator": "=="}]}, None),
        ("criteria-sets", {"criteria": [{**CRITERIA["criteria"][0], "threshold": "much"}]}, None),
        ("criteria-sets", {"criteria": [7]}, None),
        ("signals", {"owner": "mallory"}, ["/owner"]),
        ("signals", {"owner": 7}, ["/owner"]),
        ("signals", {"owner": None}, ["/owner"]),
        ("signals", {"window_minutes": 0}, ["/window_minutes"]),
        ("signals", {"window_minutes": 10**40}, ["/window_minutes"]),
        ("signals", {"staleness_minutes": 0}, ["/staleness_minutes"]),
        ("signals", {"clear_threshold": "0.11"}, None),
        ("signals", {"direction": "higher_is_better", "clear_threshold": "0.09"}, None),
        ("signals", {"minimum_minutes": 61}, None),
        ("rollback-artifacts", {"digest": "sha256:AB"}, ["/digest"]),
        ("rollback-artifacts", {"tested_by": None}, None),
        ("rollback-artifacts", {"last_tested_at": "yesterday"}, ["/last_tested_at"]),
        ("models", {"weights_digest": ""}, None),
        ("models", {"parent": "7b6b1b0e-0000-7000-8000-000000000000"}, ["/parent"]),
        ("models", {"parent": 7}, ["/parent"]),
        ("models", {"parameters": 2**60}, None),
        ("models", {"training_cutoff": "2025-02-30"}, ["/training_cutoff"]),
        ("datasets", {"item_count": 0}, ["/item_count"]),
        ("datasets", {"languages": []}, ["/languages"]),
        ("datasets", {"annotation_guideline": ""}, None),
        ("datasets", {"privacy_class": "anonymised"}, None),
        ("benchmarks", {"kind": "secret"}, ["/kind"]),
    ]
    for kind, changes, where in cases:
        ines = signed_in("ines")
        _prepare(ines, kind)
        before = Record.objects.count()
        response = ines.post(WHERE[kind], {**BODIES[kind], **changes}, format="json")
        assert response.status_code == 422, response.content
        body = response.json()
        assert body["code"] in {"fields_invalid", "not_canonical"}
        if where is not None:
            assert pointers(body) == where
        assert Record.objects.count() == before


def test_a_revision_says_why(signed_in: As) -> None:
    cases: list[Any] = [None, "", "too short", 7, "x" * 501]
    for reason in cases:
        ines = signed_in("ines")
        ines.post(f"{P}/metrics", METRIC, format="json")
        given = {} if reason is None else {"reason": reason}
        body = problem(
            ines.post(f"{P}/metrics/pass rate/revisions", given, format="json"), 422, "fields_invalid"
        )
        assert pointers(body) == ["/reason"]


def test_a_revision_keeps_the_identity(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/metrics", METRIC, format="json")
    change = {"name": "other", "reason": "A new name for it"}
    body = problem(
        ines.post(f"{P}/metrics/pass rate/revisions", change, format="json"), 422, "fields_invalid"
    )
    assert pointers(body) == ["/name"]


def test_a_revision_of_criteria_needs_whole_criteria(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/criteria-sets", CRITERIA, format="json")
    change = {"criteria": [{"metric": "pass rate"}], "reason": "Half of a criterion"}
    response = ines.post(f"{P}/criteria-sets/{CRITERIA['name']}/revisions", change, format="json")
    problem(response, 422, "fields_invalid")


def test_the_same_name_twice_is_a_conflict(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/signals", SIGNAL, format="json")
    problem(ines.post(f"{P}/signals", SIGNAL, format="json"), 409, "conflict")


def test_a_threshold_is_kept_as_the_text_of_the_number(signed_in: As) -> None:
    made = signed_in("ines").post(f"{P}/criteria-sets", CRITERIA, format="json").json()
    assert [criterion["threshold"] for criterion in made["criteria"]] == ["0.8", "3000"]


def test_versions_of_a_metric_are_its_revisions(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/metrics", METRIC, format="json")
    change = {"goal": "Fewer wrong claims", "reason": "The goal was missing"}
    assert ines.post(f"{P}/metrics/pass rate/versions", change, format="json").status_code == 201
    goals = [item["goal"] for item in ines.get(f"{P}/metrics/pass rate/versions").json()["items"]]
    assert goals == ["Fewer wrong claims", ""]


def test_a_reviewer_reads_but_may_not_write(signed_in: As) -> None:
    maren = signed_in("maren")
    assert maren.get(f"{P}/metrics").status_code == 200
    body = problem(maren.post(f"{P}/metrics", METRIC, format="json"), 403, "permission_missing")
    assert body["permission"] == "catalogue:write"
    assert body["scope"] == "project HARBOR"
    assert "Submitter" in body["roles"]


def test_a_name_of_another_kind_or_project_is_not_found(signed_in: As, cast: Cast) -> None:
    ines, mallory = signed_in("ines"), signed_in("mallory")
    made = ines.post(f"{P}/metrics", METRIC, format="json").json()
    problem(mallory.get(f"/api/v1/projects/ELSEWHERE/metrics/{made['id']}"), 404, "not_found")
    problem(ines.get(f"{P}/criteria-sets/{made['id']}"), 404, "not_found")


def test_lists_are_the_same_bytes_for_the_same_state(signed_in: As) -> None:
    ines = signed_in("ines")
    for number in range(3):
        ines.post(f"{P}/metrics", {**METRIC, "name": f"metric {number}"}, format="json")
    first, second = ines.get(f"{P}/metrics").content, ines.get(f"{P}/metrics").content
    assert first == second
    assert first.startswith(b'{"items":[{"aggregation":')


def test_a_list_as_tsv_has_one_line_a_row(signed_in: As) -> None:
    ines = signed_in("ines")
    ines.post(f"{P}/metrics", {**METRIC, "formula": "k\tover\nn"}, format="json")
    response = ines.get(f"{P}/metrics?format=tsv")
    assert response["Content-Type"] == "text/tab-separated-values; charset=utf-8"
    head, line, end = response.content.decode().split("\n")
    row = dict(zip(head.split("\t"), line.split("\t"), strict=True))
    assert end == ""
    assert row["name"] == "pass rate"
    assert row["formula"] == "k\\tover\\nn"
    assert row["range_low"] == "0"
    assert head.split("\t") == sorted(head.split("\t"))


def test_pages_follow_each_other_without_gap_or_repeat(signed_in: As) -> None:
    ines = signed_in("ines")
    for number in range(7):
        ines.post(f"{P}/metrics", {**METRIC, "name": f"metric {number}"}, format="json")
    seen: list[str] = []
    link: str | None = f"{P}/metrics?limit=3"
    while link:
        response = ines.get(link)
        assert (response.get("Link") is None) == (response.json()["next"] is None)
        seen += [item["name"] for item in response.json()["items"]]
        link = response.json()["next"]
    assert seen == [f"metric {number}" for number in reversed(range(7))]


def test_a_wrong_parameter_is_named(signed_in: As) -> None:
    for query in ["limit=0", "limit=201", "limit=x", "after=1", "history=maybe", "limit=9" * 40]:
        body = problem(signed_in("ines").get(f"{P}/metrics?{query}"), 422, "fields_invalid")
        assert body["errors"][0]["parameter"] == query.partition("=")[0]


@pytest.mark.parametrize("rows", [1, 30])
def test_a_list_takes_the_same_few_queries_for_any_number_of_rows(signed_in: As, rows: int) -> None:
    ines = signed_in("ines")
    for number in range(rows):
        ines.post(f"{P}/metrics", {**METRIC, "name": f"metric {number}"}, format="json")
    assert MetricDefinition.objects.count() == rows
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert len(ines.get(f"{P}/metrics").json()["items"]) == rows
    assert len(queries) <= 8
    assert not any("COUNT(" in query["sql"] for query in queries)


def test_a_version_of_an_unknown_family_is_not_found(signed_in: As) -> None:
    problem(
        signed_in("ines").post(f"{P}/models/nobody/versions", MODEL_VERSION, format="json"), 404, "not_found"
    )
