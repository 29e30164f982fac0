"""The submission document: what it accepts, and how it says what is wrong."""

from __future__ import annotations

import copy
import itertools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from evidence.canonical import jcs
from evidence.names import record_type
from registry.formats import native
from registry.formats.draft import Quantity
from registry.formats.submission_schema import SCHEMA, Problem

DIGEST = "sha256:" + "a" * 64
Document = dict[str, Any]


def lm_eval_document() -> Document:
    return {
        "type": "https://benchseal.dev/ns/submission/v1",
        "external_id": "ci-4711",
        "reader": "lm-eval",
        "owner": "ines",
        "model": {"name": "Qwen3-8B", "version": "2025-04"},
        "benchmark": {"name": "claims-notes", "version": "1"},
        "dataset": {"name": "claims-notes-v1", "version": "1"},
        "stage": "selection",
        "origin_kind": "own",
        "artifacts": [
            {
                "digest": DIGEST,
                "name": "results.json",
                "role": "results",
                "media_type": "application/json",
            }
        ],
        "environment": {"hardware": "1 x H100", "software": {"vllm": "0.11"}},
        "conditions": {
            "load": {"concurrency": 20, "requests_per_second": 2.5},
            "seeds": {"random": 0},
            "decoding": {"temperature": 0.0, "do_sample": False},
            "n_shot": 0,
        },
        "not_covered": "Handwritten notes.",
        "started_at": "2026-07-08T18:02:00+02:00",
        "finished_at": "2026-07-08T16:05:00.5Z",
    }


def native_document() -> Document:
    document = lm_eval_document() | {"reader": "native"}
    document["metrics"] = [
        {"name": "pass rate", "value": "0.880", "k": 352, "n": 400},
        {"name": "latency", "value": 2310, "statistic": "p95", "unit": "ms", "n": 400},
        {"name": "broken", "value": {"state": "nan"}},
    ]
    return document


def parsed(document: Document) -> native.SubmissionDocument:
    return native.parse_submission(json.dumps(document).encode())


def problems(document: object) -> list[Problem]:
    with pytest.raises(native.DocumentRefused) as caught:
        native.parse_submission(json.dumps(document).encode())
    return caught.value.problems


def test_a_complete_document() -> None:
    document = parsed(lm_eval_document())

    assert document.model == native.NamedVersion("Qwen3-8B", "2025-04")
    assert document.conditions.concurrency == 20
    assert document.conditions.requests_per_second == "2.5"
    assert document.conditions.decoding == {"temperature": "0.0", "do_sample": "false"}
    assert document.conditions.seeds == {"random": 0}
    assert document.started_at == datetime(2026, 7, 8, 16, 2, tzinfo=UTC)
    assert document.artifacts[0].role == "results"
    assert document.harness == native.Harness(None, None, None)


def test_canonical_keeps_what_was_posted_without_floats() -> None:
    content = parsed(lm_eval_document()).canonical()

    assert content["conditions"] == {
        "load": {"concurrency": 20, "requests_per_second": "2.5"},
        "seeds": {"random": 0},
        "decoding": {"temperature": "0.0", "do_sample": False},
        "n_shot": 0,
    }
    assert json.loads(jcs(content)) == content


def test_native_metrics_become_a_draft_with_their_places() -> None:
    draft = native.read(parsed(native_document()))

    assert [metric.value for metric in draft.metrics] == [
        Quantity("0.880"),
        Quantity("2310"),
        Quantity(None, "nan"),
    ]
    assert (draft.metrics[0].k, draft.metrics[0].n) == (352, 400)
    assert draft.metrics[1].where.pointer == "/metrics/1/value"


def test_the_schema_is_valid_and_names_the_type_of_the_namespace() -> None:
    Draft202012Validator.check_schema(dict(SCHEMA))

    assert SCHEMA["$id"] == native.TYPE == record_type("submission")


def without(path: str) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        del document[path]

    return change


def having(value: object, *path: str | int) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        place: Any = document
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = value

    return change


OVERRIDE = {"field": "n", "reason": "The last forty notes were withdrawn."}
TOO_FEW = ("number_out_of_range", "/conditions/load/concurrency")
FIRST_DIGEST = "/artifacts/0/digest"
ARTIFACT = lm_eval_document()["artifacts"][0]


@pytest.mark.parametrize(
    ("change", "code", "pointer"),
    [
        (without("model"), "field_missing", "/model"),
        (without("not_covered"), "field_missing", "/not_covered"),
        (having("", "model", "name"), "field_too_short", "/model/name"),
        (having("  ", "model", "name"), "field_format", "/model/name"),
        (having("a\n", "model", "name"), "field_format", "/model/name"),
        (having("x" * 101, "model", "name"), "field_too_long", "/model/name"),
        (having("", "not_covered"), "field_too_short", "/not_covered"),
        (having("a\x00b", "not_covered"), "field_format", "/not_covered"),
        (having(DIGEST[:-1], "artifacts", 0, "digest"), "artifact_digest_invalid", FIRST_DIGEST),
        (having(DIGEST + "\n", "artifacts", 0, "digest"), "artifact_digest_invalid", FIRST_DIGEST),
        (having(DIGEST.upper(), "artifacts", 0, "digest"), "artifact_digest_invalid", FIRST_DIGEST),
        (having([], "artifacts"), "list_too_short", "/artifacts"),
        (having([ARTIFACT, ARTIFACT], "artifacts"), "artifact_name_twice", "/artifacts/1/name"),
        (having("v2", "type"), "field_not_allowed_value", "/type"),
        (having("final", "stage"), "field_not_allowed_value", "/stage"),
        (having(1, "surprise"), "field_unknown", "/surprise"),
        (having("7", "conditions", "n_shot"), "field_type", "/conditions/n_shot"),
        (having(0, "conditions", "load"), "field_type", "/conditions/load"),
        (having({"concurrency": 0}, "conditions", "load"), *TOO_FEW),
        (having({"a": 10**30}, "conditions", "seeds"), "number_out_of_range", "/conditions/seeds/a"),
        (having({"k\u00e9": 1}, "conditions", "seeds"), "field_format", "/conditions/seeds"),
        (having("2026-02-30T00:00:00Z", "started_at"), "time_invalid", "/started_at"),
        (having("2026-07-08", "started_at"), "field_format", "/started_at"),
        (having("2020-01-01T00:00:00Z", "finished_at"), "time_order", "/finished_at"),
        (
            having([{**OVERRIDE, "reason": "too short"}], "overrides"),
            "field_too_short",
            "/overrides/0/reason",
        ),
        (
            having([{**OVERRIDE, "field": "mood"}], "overrides"),
            "field_not_allowed_value",
            "/overrides/0/field",
        ),
        (having([OVERRIDE, OVERRIDE], "overrides"), "override_field_twice", "/overrides/1/field"),
        (having("RUN-2026-0001", "corrects"), "field_missing", "/correction_reason"),
        (having([{"name": "a", "value": 1}], "metrics"), "field_not_allowed", "/metrics"),
        (having("native", "reader"), "field_missing", "/metrics"),
    ],
    ids=itertools.count(),
)
def test_refusals_name_the_field(change: Callable[[Document], None], code: str, pointer: str) -> None:
    document = copy.deepcopy(lm_eval_document())
    change(document)

    found = problems(document)
    assert [(problem.code, problem.pointer) for problem in found] == [(code, pointer)]
    assert pointer in found[0].message
    assert ";" in found[0].message


@pytest.mark.parametrize("value", ["abc", "NaN", "0x1", "", " 1", "1" * 61])
def test_a_metric_value_is_a_number(value: str) -> None:
    document = native_document()
    document["metrics"][0]["value"] = value

    assert [problem.pointer for problem in problems(document)] == ["/metrics/0/value"]


def test_a_number_beyond_any_measurement_is_refused() -> None:
    text = json.dumps(native_document()).replace("2310", "1e999")
    with pytest.raises(native.DocumentRefused) as caught:
        native.parse_submission(text.encode())

    assert caught.value.problems[0].code == "number_out_of_range"


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"{", "json_truncated"),
        (b'{"a": NaN}', "json_non_finite"),
        (b'{"a": 1, "a": 2}', "json_duplicate_key"),
        (b"[" * 70, "json_too_deep"),
        (b" " * (1024 * 1024 + 1), "json_too_large"),
        (b"[]", "field_type"),
        (b"null", "field_type"),
    ],
)
def test_bytes_that_are_no_document(data: bytes, code: str) -> None:
    with pytest.raises(native.DocumentRefused) as caught:
        native.parse_submission(data)

    assert caught.value.problems[0].code == code


def test_many_problems_are_bounded() -> None:
    document = lm_eval_document() | {f"extra{number}": 1 for number in range(200)}

    assert len(problems(document)) == 50


def test_null_corrects_nothing() -> None:
    assert parsed(lm_eval_document() | {"corrects": None}).corrects is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.sampled_from(sorted(native_document())), json_values)
def test_any_value_in_any_field_is_accepted_or_refused(field: str, value: object) -> None:
    try:
        document = native.parse_submission(
            json.dumps(native_document() | {field: value}).encode("utf-8", "surrogatepass")
        )
    except native.DocumentRefused as refused:
        assert refused.problems  # noqa: PT017 -- both outcomes are allowed, an empty refusal is not
        return
    jcs(document.canonical())
