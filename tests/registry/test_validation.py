"""Which runs are refused, which are flagged, and what numbers are stored."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from evidence.canonical import jcs
from registry.facts import MetricFacts
from registry.formats import lm_eval, native
from registry.validation import ValidationResult, split_of, validate
from tests.registry.evidence_made import FACTS, document, draft, override, samples, stated

DATA = Path(__file__).parents[1] / "data" / "lm-eval"


def check(samples_text: str | None = None, **changes: Any) -> ValidationResult:
    return validate(draft(samples_text, **changes), document(), FACTS)


def check_stated(metric: dict[str, Any], **changes: Any) -> ValidationResult:
    posted = stated(metric, **changes)
    return validate(native.read(posted), posted, FACTS)


def codes(result: ValidationResult) -> list[str]:
    return [finding.code for finding in result.findings]


def severity(result: ValidationResult, code: str) -> str:
    return next(finding.severity for finding in result.findings if finding.code == code)


def one_metric(value: object, **more: object) -> dict[str, Any]:
    return {"results": {"claims_notes": {"acc,none": value, **more}}}


def test_a_complete_run_has_counts_and_an_interval() -> None:
    result = check(samples(352, 400))

    assert codes(result) == []
    metric = result.metrics[0]
    assert (metric.k, metric.n, metric.k_source) == (352, 400, "samples")
    assert (metric.definition, metric.name, metric.slice) == ("pass rate", "acc", "claims_notes")
    assert metric.ci_method == "wilson"
    assert round(float(metric.ci_low or 0), 3) == 0.844
    assert jcs(metric.canonical())


def test_k_comes_from_the_value_when_it_is_a_share() -> None:
    metric = check().metrics[0]

    assert (metric.k, metric.k_source) == (352, "value")


def test_k_is_missing_when_the_value_is_no_share_of_n() -> None:
    result = check(**one_metric(0.8801))

    assert codes(result) == ["K_MISSING"]
    assert "acc" in result.findings[0].message
    assert (result.metrics[0].k, result.metrics[0].ci_low) == (None, None)


def test_scores_that_are_no_proportions_have_no_k_and_no_finding() -> None:
    result = check(results={"claims_notes": {"f1,none": 0.5}})

    assert codes(result) == []
    assert result.metrics[0].k is None


@pytest.mark.parametrize("field", ["model", "revision", "task", "dataset", "n", "seed", "commit"])
def test_conflicts_refuse_unless_a_reason_is_given(field: str) -> None:
    changes: dict[str, dict[str, Any]] = {
        "model": {"model_name": "other/model"},
        "revision": {"config": {"model_sha": "c" * 40}},
        "task": {
            "results": {"mmlu": {"acc,none": 0.5}},
            "n-samples": {"mmlu": {"original": 400, "effective": 400}},
        },
        "dataset": {"configs": {"claims_notes": {"dataset_path": "cais/mmlu"}}},
        "n": {
            **one_metric(0.5),
            "n-samples": {"claims_notes": {"original": 100, "effective": 100}},
        },
        "seed": {},
        "commit": {},
    }
    posted: dict[str, Any] = {
        "conditions": {"seeds": {"random": 1}} if field == "seed" else {},
        "harness": {"commit": "1234567"} if field == "commit" else {},
    }
    found = draft(**changes[field])
    refused = validate(found, document(**posted), FACTS)
    admitted = validate(found, document(**posted, overrides=override(field)), FACTS)

    assert codes(refused) == codes(admitted) == ["FIELD_CONFLICT"]
    assert (refused.is_refused, admitted.is_refused) == (True, False)
    assert field in admitted.flags[0].message
    assert "reason given" in admitted.flags[0].message


def test_a_conflict_in_another_field_is_a_flag() -> None:
    result = validate(draft(), document(conditions={"n_shot": 5}), FACTS)

    assert [finding.code for finding in result.flags] == ["FIELD_CONFLICT"]
    assert not result.is_refused


@pytest.mark.parametrize(
    ("metric", "code"),
    [
        ({"value": "0.5", "k": 5, "n": 4}, "K_ABOVE_N"),
        ({"value": "0.5", "n": 0}, "N_ZERO"),
        ({"value": "0.5", "n": -1}, "N_NEGATIVE"),
        ({"value": "0.5", "k": -1, "n": 2}, "K_NEGATIVE"),
        ({"value": "0.5", "k": 1}, "K_WITHOUT_N"),
        ({"value": "1.5", "n": 4}, "VALUE_OUT_OF_RANGE"),
        ({"value": "-0.1", "n": 4}, "VALUE_OUT_OF_RANGE"),
        ({"value": "0.6", "k": 1, "n": 2}, "VALUE_COUNTS_DIFFER"),
        ({"value": "0.5", "k": 1, "n": 2, "stderr": "-0.1"}, "STDERR_NEGATIVE"),
    ],
)
def test_impossible_numbers_refuse(metric: dict[str, Any], code: str) -> None:
    result = check_stated({"name": "pass rate", **metric})

    assert severity(result, code) == "refuse"
    assert result.is_refused


def test_a_rounded_value_is_its_counts() -> None:
    assert codes(check_stated({"name": "pass rate", "value": "0.728", "k": 291, "n": 400})) == []


def test_a_value_that_is_no_number_is_a_flagged_state() -> None:
    result = check_stated({"name": "pass rate", "value": {"state": "nan"}, "n": 400})

    assert codes(result) == ["VALUE_NOT_FINITE"]
    assert not result.is_refused
    assert result.metrics[0].value.canonical() == {"state": "nan"}


def test_text_metrics_and_empty_results_refuse() -> None:
    assert codes(check(**one_metric("0.5"))) == ["METRIC_NOT_A_NUMBER"]
    assert codes(check(results={"claims_notes": {}})) == ["NO_METRIC"]


def test_an_undefined_metric_is_a_flag_and_alone_it_refuses() -> None:
    beside = check(results={"claims_notes": {"acc,none": 0.88, "rouge,none": 0.5}})
    alone = check(results={"claims_notes": {"rouge,none": 0.5}})

    assert (codes(beside), beside.is_refused) == (["METRIC_UNDEFINED"], False)
    assert severity(alone, "NO_METRIC_DEFINED") == "refuse"


def test_a_document_maps_harness_metrics_to_definitions() -> None:
    found = draft(results={"claims_notes": {"em,strict": 0.5, "em,flexible": 0.25}})
    posted = document(task_metrics={"em,strict": "pass rate", "em": "F1"})
    metrics = validate(found, posted, FACTS).metrics

    assert [(one.name, one.definition) for one in metrics] == [
        ("em,strict", "pass rate"),
        ("em,flexible", "F1"),
    ]


def test_a_limit_is_flagged() -> None:
    counts: dict[str, Any] = {"claims_notes": {"original": 400, "effective": 20}}
    result = validate(draft(**(one_metric(0.5) | {"n-samples": counts})), document(), FACTS)

    assert codes(result) == ["LIMIT_USED"]
    assert result.findings[0].pointer == "/n-samples/claims_notes/effective"


@pytest.mark.parametrize(("k", "n"), [(351, 400), (352, 399)])
def test_samples_that_contradict_the_results_refuse(k: int, n: int) -> None:
    assert severity(check(samples(k, n)), "RESULTS_SAMPLES_DIFFER") == "refuse"


def test_samples_without_metrics_still_count_items() -> None:
    lines = "".join(f'{{"doc_id": {number}}}\n' for number in range(399))

    assert codes(check(lines)) == ["RESULTS_SAMPLES_DIFFER"]


def test_a_wrong_standard_error_is_flagged() -> None:
    right = check(**one_metric(0.88, **{"acc_stderr,none": 0.016268273}))
    wrong = check(**one_metric(0.88, **{"acc_stderr,none": 0.0162}))

    assert codes(right) == []
    assert codes(wrong) == ["STDERR_DIFFERS"]


def test_results_twice_under_one_name_refuse() -> None:
    posted = stated({"name": "F1", "value": 1}, {"name": "F1", "value": 2})

    assert codes(validate(native.read(posted), posted, FACTS)) == ["METRIC_TWICE"]


@pytest.mark.parametrize(
    ("metric", "expected"),
    [
        ({"name": "latency", "value": 1, "statistic": "p95", "n": 40}, []),
        ({"name": "latency", "value": 1}, ["LATENCY_STATISTIC"]),
        ({"name": "latency", "value": 1, "statistic": "mean"}, ["LATENCY_STATISTIC"]),
        ({"name": "latency", "value": 1, "statistic": "p99", "n": 99}, ["P99_TOO_FEW"]),
        ({"name": "latency", "value": 1, "statistic": "p99", "n": 999}, ["P99_FEW"]),
        ({"name": "latency", "value": 1, "statistic": "p99", "n": 1000}, []),
        ({"name": "throughput", "value": 1}, ["CONCURRENCY_MISSING"]),
    ],
)
def test_latency_and_throughput_name_their_conditions(metric: dict[str, Any], expected: list[str]) -> None:
    assert codes(check_stated(metric)) == expected


def test_small_private_sets_are_flagged() -> None:
    facts = replace(FACTS, dataset=replace(FACTS.dataset, item_count=199))
    posted = stated({"name": "F1", "value": 1})
    result = validate(native.read(posted), posted, facts)

    assert codes(result) == ["SMALL_PRIVATE_SET"]
    assert not result.is_refused


@pytest.mark.parametrize(
    ("released", "cutoff", "exposure", "expected"),
    [
        (date(2024, 1, 1), date(2024, 1, 2), "published", ["CONTAMINATION_RISK"]),
        (date(2024, 1, 1), date(2024, 1, 1), "published", ["CONTAMINATION_RISK"]),
        (date(2024, 1, 2), date(2024, 1, 1), "published", []),
        (None, date(2024, 1, 1), "published", ["CONTAMINATION_UNKNOWN"]),
        (date(2024, 1, 1), None, "published", ["CONTAMINATION_UNKNOWN"]),
        (None, None, "access_controlled", ["CONTAMINATION_UNKNOWN"]),
        (None, None, "never_published", []),
    ],
)
def test_contamination(
    released: date | None, cutoff: date | None, exposure: Any, expected: list[str]
) -> None:
    facts = replace(
        FACTS,
        model=replace(FACTS.model, training_cutoff_date=cutoff),
        benchmark=replace(FACTS.benchmark, public_release_date=released),
        dataset=replace(FACTS.dataset, exposure=exposure),
    )
    posted = stated({"name": "F1", "value": 1})

    assert codes(validate(native.read(posted), posted, facts)) == expected


def test_a_vendors_split_is_unknown_unless_stated() -> None:
    vendor = document(origin_kind="vendor")

    assert codes(validate(draft(), vendor, FACTS)) == ["SPLIT_UNKNOWN"]
    assert split_of(vendor, FACTS) == "split_unknown"
    assert split_of(document(), FACTS) == "held_out_private"
    assert codes(validate(draft(), document(split="test"), FACTS)) == ["SPLIT_DIFFERS"]


def test_a_real_run_of_several_tasks() -> None:
    name = "samples_negotiationtom_intention_2026-07-08T16-04-34.219874.jsonl"
    files: dict[str, lm_eval.Source] = {
        "results.json": io.BytesIO((DATA / "v0.4.13dev_qwen3-8b.json").read_bytes()),
        name: io.BytesIO((DATA / "v0.4.13dev_samples_intention.jsonl").read_bytes()),
    }
    share = MetricFacts("exact match", "share", "higher_is_better", True, aliases=("exact_match",))
    facts = replace(
        FACTS,
        benchmark=replace(FACTS.benchmark, task="negotiationtom"),
        dataset=replace(FACTS.dataset, item_count=32242),
        metrics={**FACTS.metrics, "exact match": share},
    )
    result = validate(lm_eval.read(files), document(), facts)

    assert not result.is_refused
    assert codes(result).count("LIMIT_USED") == 3
    assert not {"STDERR_DIFFERS", "SAMPLES_HASH_DIFFERS", "FIELD_CONFLICT"} & set(codes(result))
    exact = next(one for one in result.metrics if one.name == "exact_match" and not one.is_group)
    assert (exact.k, exact.n, exact.k_source) == (4, 20, "samples")
    group = next(one for one in result.metrics if one.is_group and one.name == "exact_match")
    assert (group.k, group.ci_low) == (None, None)


def test_a_run_of_version_0_3_has_no_n_and_says_so() -> None:
    content = (DATA / "v0.3_mpt-7b_arithmetic.json").read_bytes()
    facts = replace(
        FACTS,
        model=replace(FACTS.model, aliases=("mosaicml/mpt-7b",)),
        benchmark=replace(FACTS.benchmark, aliases=("arithmetic_1dc",)),
    )
    result = validate(lm_eval.read({"results.json": io.BytesIO(content)}), document(), facts)

    assert set(codes(result)) == {"K_MISSING"}
    assert result.origins["n"].state == "missing"


def test_every_finding_names_its_next_step() -> None:
    result = check(samples(351, 400), model_name="other", date=None)

    assert result.findings
    for finding in result.findings:
        assert finding.as_dict()["next_step"]
        assert finding.message
