"""The lm-evaluation-harness reader, on real files of three versions and on known traps."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from registry.formats import lm_eval
from registry.formats.draft import MetricDraft, Quantity, RunDraft, TaskDraft

DATA = Path(__file__).parents[1] / "data" / "lm-eval"
SAMPLES_NAME = "samples_negotiationtom_intention_2026-07-08T16-04-34.219874.jsonl"


def read_file(name: str, **extra: bytes) -> RunDraft:
    files: dict[str, lm_eval.Source] = {name: io.BytesIO((DATA / name).read_bytes())}
    return lm_eval.read(files | {key: io.BytesIO(data) for key, data in extra.items()})


def read_results(results: object, **samples: str) -> RunDraft:
    text = results if isinstance(results, str) else json.dumps(results)
    files: dict[str, lm_eval.Source] = {"results.json": io.BytesIO(text.encode())}
    for name, lines in samples.items():
        files[f"{name}.jsonl"] = io.BytesIO(lines.encode())
    return lm_eval.read(files)


def metric(draft: RunDraft, name: str, task: str) -> MetricDraft:
    return next(one for one in draft.metrics if (one.name, one.slice) == (name, task))


def task(draft: RunDraft, name: str) -> TaskDraft:
    return next(one for one in draft.tasks if one.name == name)


def codes(draft: RunDraft) -> list[str]:
    return [problem.code for problem in draft.problems]


def test_0_4_13_with_samples() -> None:
    samples = (DATA / "v0.4.13dev_samples_intention.jsonl").read_bytes()
    draft = read_file("v0.4.13dev_qwen3-8b.json", **{SAMPLES_NAME: samples})

    assert draft.problems == ()
    assert draft.fields["model"].value == "Qwen/Qwen3-8B"
    assert draft.fields["revision"].value == "b968826d9c46dd6066d109eabc6255188de91218"
    assert draft.fields["harness_version"].value == "0.4.13.dev0"
    assert draft.fields["started_at"].value == "2026-07-08T16:02:00.543339Z"
    assert draft.fields["duration_seconds"].value == "184.64356022595894"
    assert draft.fields["model"].where.pointer == "/model_name"
    assert draft.environment["gpu"].value == "1 x NVIDIA H100 80GB HBM3"
    assert {name: seed.value for name, seed in draft.seeds.items()} == {
        "random": "0",
        "numpy": "1234",
        "torch": "1234",
        "fewshot": "1234",
    }


def test_samples_are_counted_and_hashed_as_the_harness_does() -> None:
    samples = (DATA / "v0.4.13dev_samples_intention.jsonl").read_bytes()
    draft = read_file("v0.4.13dev_qwen3-8b.json", **{SAMPLES_NAME: samples})
    summary = draft.samples[0]
    stated = task(draft, "negotiationtom_intention").task_hash

    exact = next(one for one in summary.metrics if one.name == "exact_match")
    assert (summary.n, exact.n, exact.k, exact.filter) == (20, 20, 4, "none")
    assert stated is not None
    assert summary.task_hash == stated.value


def test_metrics_that_are_lists_per_item_have_no_k() -> None:
    samples = (DATA / "v0.4.13dev_samples_intention.jsonl").read_bytes()
    draft = read_file("v0.4.13dev_qwen3-8b.json", **{SAMPLES_NAME: samples})

    micro = next(one for one in draft.samples[0].metrics if one.name == "micro_f1")
    assert (micro.k, micro.mean) == (None, None)


def test_groups_limits_and_unavailable_errors() -> None:
    draft = read_file("v0.4.13dev_qwen3-8b.json")

    belief = task(draft, "negotiationtom_belief")
    assert (belief.n_original, belief.n_effective) == (13812, 20)
    assert task(draft, "negotiationtom").is_group
    assert metric(draft, "acc", "negotiationtom").is_group
    micro = metric(draft, "micro_f1", "negotiationtom_intention")
    assert micro.stderr == Quantity(None, "missing")
    assert (micro.aggregation, micro.filter) == ("custom", "none")
    assert draft.fields["limit"].value == "20.0"


def test_0_4_3_without_version_and_with_null_hashes() -> None:
    draft = read_file("v0.4.3_tinyllama_copa.json")

    assert draft.problems == ()
    assert "harness_version" not in draft.fields
    assert "upper_commit" not in draft.fields
    assert draft.fields["commit"].value == "38bd7350"
    acc = metric(draft, "acc", "leaderboard_arabic_copa_light")
    assert acc.value == Quantity("0.3333333333333333")
    assert acc.stderr == Quantity("0.16666666666666666")
    assert (acc.n, acc.aggregation, acc.higher_is_better) == (9, "mean", True)


def test_0_3_has_no_n() -> None:
    draft = read_file("v0.3_mpt-7b_arithmetic.json")

    assert (draft.format_version, draft.problems) == ("0.3", ())
    assert draft.fields["model"].value == "mosaicml/mpt-7b"
    assert draft.fields["n_shot"].value == "5"
    assert len(draft.metrics) == 10
    acc = metric(draft, "acc", "arithmetic_2da")
    assert (acc.value, acc.n, acc.filter) == (Quantity("0.918"), None, "")
    assert acc.stderr == Quantity("0.006136515983374211")


def test_bare_constants_are_typed_states() -> None:
    draft = read_results('{"results": {"t": {"acc,none": NaN, "acc_stderr,none": Infinity}}}')

    assert draft.metrics[0].value == Quantity(None, "nan")
    assert draft.metrics[0].stderr == Quantity(None, "inf")


@pytest.mark.parametrize(
    "arguments",
    ["pretrained=org/model,revision=abc1234", {"pretrained": "org/model", "revision": "abc1234"}],
)
def test_an_empty_model_name_falls_back_to_the_arguments(arguments: object) -> None:
    draft = read_results(
        {"results": {}, "model_name": "", "config": {"model": "vllm", "model_args": arguments}}
    )

    assert draft.fields["model"].value == "org/model"
    assert draft.fields["revision"].value == "abc1234"


def test_a_metric_that_is_text_is_a_problem_with_its_place() -> None:
    draft = read_results({"results": {"a/b": {"acc,none": "0.45", "f1,none": 0.5}}})

    assert [one.name for one in draft.metrics] == ["f1"]
    problem = draft.problems[0]
    assert (problem.code, problem.severity) == ("METRIC_NOT_A_NUMBER", "refuse")
    assert problem.pointer == "/results/a~1b/acc,none"


@pytest.mark.parametrize("value", [True, [1], {"a": 1}])
def test_a_metric_of_another_type_is_a_problem(value: object) -> None:
    assert codes(read_results({"results": {"t": {"acc,none": value}}})) == ["METRIC_NOT_A_NUMBER"]


def test_null_metrics_are_missing_and_filters_are_kept_apart() -> None:
    draft = read_results({"results": {"t": {"em,strict": None, "em,flexible": 0.5}}})

    assert [(one.filter, one.value) for one in draft.metrics] == [
        ("strict", Quantity(None, "missing")),
        ("flexible", Quantity("0.5")),
    ]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"results": {"t": {"acc,none": 0.', "JSON_TRUNCATED"),
        ('{"results": {"t": {"acc,none": 0.5}', "JSON_TRUNCATED"),
        ('{"results": {}, "results": {}}', "JSON_DUPLICATE_KEY"),
        ("[" * 1000, "JSON_TOO_DEEP"),
        ("[]", "RESULTS_NOT_LM_EVAL"),
        ('{"results": []}', "RESULTS_NOT_LM_EVAL"),
        ('{"eval": {}}', "RESULTS_NOT_LM_EVAL"),
        ('{"results": {"a\\u0000b": {"acc,none": 1}}}', "NAME_NOT_USABLE"),
        ('{"results": {"t": {"\\u0000,none": 1}}}', "NAME_NOT_USABLE"),
    ],
)
def test_unusable_results_are_findings(text: str, code: str) -> None:
    draft = read_results(text)

    assert codes(draft) == [code]
    assert draft.problems[0].severity == "refuse"
    assert draft.problems[0].next_step


def test_every_table_of_a_wrong_type_reads_as_absent() -> None:
    tables = ("configs", "versions", "n-shot", "n-samples", "higher_is_better", "config", "groups")
    wrongs: list[object] = [[], "x", 7, None, {"t": []}]
    for wrong in wrongs:
        draft = read_results(
            {"results": {"t": {"acc,none": 0.5}}, **dict.fromkeys(tables, wrong), "date": wrong}
        )
        assert draft.metrics[0].value == Quantity("0.5")


def test_no_and_several_results_files() -> None:
    assert codes(lm_eval.read({})) == ["RESULTS_MISSING"]
    two: dict[str, lm_eval.Source] = {"a.json": io.BytesIO(b"{}"), "b.json": io.BytesIO(b"{}")}
    assert codes(lm_eval.read(two)) == ["RESULTS_SEVERAL"]


RESULTS = {"results": {"t": {"acc,none": 0.5}, "t_long": {"acc,none": 1}}}


def test_binary_outcomes_may_be_logical_and_optional_fields_absent() -> None:
    lines = '{"doc_id": 0, "acc": true}\n{"doc_id": 1, "acc": 0.0}\n{"doc_id": 2, "acc": 1}\n'
    draft = read_results(RESULTS, samples_t_2026=lines)

    summary = draft.samples[0]
    assert (summary.n, summary.metrics[0].k, summary.task_hash) == (3, 2, None)


def test_the_longest_task_name_names_the_samples_file() -> None:
    draft = read_results(RESULTS, samples_t_long_2026='{"doc_id": 0, "acc": 1}\n')

    assert draft.samples[0].task == "t_long"


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ('{"doc_id": 0, "acc": 1}\n{"doc_id": 0, "acc": 1}\n', "SAMPLES_DUPLICATE"),
        ('{"doc_id": 0, "acc": 1}\n{"doc_id": 1, "ac', "JSON_TRUNCATED"),
        ("[1]\n", "SAMPLES_LINE_INVALID"),
        ('{"acc": 1}\n', "SAMPLES_LINE_INVALID"),
        ('{"doc_id": 0, "filter": 3}\n', "SAMPLES_LINE_INVALID"),
    ],
)
def test_unusable_samples_are_findings(lines: str, code: str) -> None:
    draft = read_results(RESULTS, samples_t_2026=lines)

    assert codes(draft) == [code]
    assert "ine " in draft.problems[0].message


def test_the_same_item_under_two_filters_is_no_duplicate() -> None:
    line = '{{"doc_id": 0, "filter": "{0}", "acc": {1}}}\n'
    draft = read_results(RESULTS, samples_t_2026=line.format("a", 1) + line.format("b", 0))

    assert draft.problems == ()
    assert [(one.filter, one.k, one.n) for one in draft.samples[0].metrics] == [
        ("a", 1, 1),
        ("b", 0, 1),
    ]


def test_samples_of_an_unknown_task_are_a_finding() -> None:
    assert codes(read_results(RESULTS, samples_other_2026="{}\n")) == ["SAMPLES_TASK_UNKNOWN"]
