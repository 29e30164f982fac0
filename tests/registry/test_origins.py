"""Where each field of a run comes from, and what counts as the same thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from registry.agreement import commit_relation, same_name
from registry.origins import REPRODUCIBILITY, completeness, merge
from tests.registry.evidence_made import (
    COMMIT,
    FACTS,
    REASON,
    SHA,
    document,
    draft,
    override,
    results,
    samples,
    stated,
)

DIGEST = "sha256:" + "e" * 64


def states(found: Any, posted: Any) -> dict[str, str]:
    return {name: origin.state for name, origin in merge(found, posted, FACTS).items()}


def test_file_and_uploader_side_by_side() -> None:
    posted = document(
        harness={"version": "0.4.12", "commit": COMMIT},
        conditions={"seeds": {"random": 0}, "n_shot": 0, "load": {"concurrency": 20}},
        environment={"hardware": "1 x H100"},
        started_at="2026-07-08T16:00:00Z",
    )

    assert states(draft(), posted) == {
        "model": "both",
        "revision": "both",
        "task": "both",
        "dataset": "uploader",
        "n": "both",
        "seed": "both",
        "commit": "both",
        "harness_version": "both",
        "config": "file",
        "n_shot": "both",
        "prompt_digest": "file",
        "decoding": "file",
        "container_digest": "missing",
        "raw_outputs": "missing",
        "environment": "file",
        "conditions": "uploader",
        "not_covered": "uploader",
        "started_at": "both",
        "finished_at": "missing",
    }


def test_an_origin_names_both_values_and_the_place_in_the_file() -> None:
    posted = document(overrides=override("model"))
    origin = merge(draft(model_name="other/model"), posted, FACTS)["model"]

    assert origin.as_dict() == {
        "field": "model",
        "state": "conflict",
        "value": "Qwen3-8B",
        "file_value": "other/model",
        "uploader_value": "Qwen3-8B",
        "file": "results.json",
        "pointer": "/model_name",
        "override_reason": REASON,
    }


@pytest.mark.parametrize(
    ("field", "changes", "posted"),
    [
        ("model", {"model_name": "Qwen3-8B-Instruct"}, {}),
        ("revision", {"config": {"model_sha": "c" * 40}}, {}),
        ("revision", {"config": {"model_args": "pretrained=Qwen/Qwen3-8B,revision=v9"}}, {}),
        ("task", {"results": {"mmlu": {"acc,none": 0.5}}}, {}),
        ("dataset", {"configs": {"claims_notes": {"dataset_path": "cais/mmlu"}}}, {}),
        ("n", {"n-samples": {"claims_notes": {"original": 399, "effective": 399}}}, {}),
        ("seed", {}, {"conditions": {"seeds": {"numpy": 1}}}),
        ("commit", {}, {"harness": {"commit": "1234567"}}),
        ("n_shot", {}, {"conditions": {"n_shot": 5}}),
        ("harness_version", {}, {"harness": {"version": "0.4.11"}}),
        ("decoding", {}, {"conditions": {"decoding": {"temperature": 0.7}}}),
        ("started_at", {}, {"started_at": "2026-07-09T16:00:00Z"}),
    ],
)
def test_differences_are_conflicts(field: str, changes: dict[str, Any], posted: dict[str, Any]) -> None:
    found = merge(draft(**changes), document(**posted), FACTS)

    assert {name for name, origin in found.items() if origin.state == "conflict"} == {field}


@pytest.mark.parametrize(
    "changes",
    [
        {"model_name": " qwen3-8b "},
        {"config": {"model_revision": "main"}},
        {"config": {"model_sha": SHA[:12]}},
        {"results": {"Claims_Notes": {"acc,none": 0.5}}, "n-samples": {}, "configs": {}},
        {"configs": {"claims_notes": {"dataset_path": "claims-notes-v1"}}},
        {"git_hash": None, "upper_git_hash": COMMIT},
    ],
)
def test_what_counts_as_the_same(changes: dict[str, Any]) -> None:
    found = states(draft(**changes), document(harness={"commit": COMMIT[:7]}))

    assert "conflict" not in found.values()


def test_a_commit_without_a_recorded_one_is_the_files_word() -> None:
    facts = replace(FACTS, model=replace(FACTS.model, provider_snapshot="qwen3-8b-2025-04"))
    origin = merge(draft(), document(), facts)["revision"]

    assert (origin.state, origin.value, origin.uploader_value) == ("file", SHA, "2025-04")


def test_each_task_may_hold_all_items_or_a_declared_slice() -> None:
    sixty = {"original": 60, "effective": 60}
    changes: dict[str, Any] = {
        "results": {"a": {"acc,none": 1}, "b": {"acc,none": 1}},
        "n-samples": {"a": sixty, "b": sixty},
    }
    found = draft(**changes)
    dataset = FACTS.dataset

    def state(**changes: Any) -> str:
        facts = replace(FACTS, dataset=replace(dataset, **changes))
        return merge(found, document(), facts)["n"].state

    assert state(item_count=120) == "both"
    assert state(item_count=60) == "both"
    assert state(item_count=300, slice_counts={"a": 60, "b": 60}) == "both"
    assert state(item_count=300) == "conflict"


def test_completeness_counts_the_bundle_and_names_what_is_missing() -> None:
    posted = document(environment={"container_digest": DIGEST})
    whole = completeness(merge(draft(samples(352, 400)), posted, FACTS))
    bare = completeness(merge(draft(), document(), FACTS))

    assert (whole.present, whole.total, whole.missing) == (9, 9, ())
    assert bare.as_dict() == {
        "present": 7,
        "total": 9,
        "missing": ["container_digest", "raw_outputs"],
    }


def test_a_document_of_its_own_is_the_uploaders_word_throughout() -> None:
    found = draft().__class__("native", "1", "1")
    posted = stated({"name": "pass rate", "value": "0.88", "n": 400})

    assert set(states(found, posted).values()) == {"uploader", "missing"}
    assert completeness(merge(found, posted, FACTS)).missing == REPRODUCIBILITY


def test_short_commits_agree_with_what_they_begin() -> None:
    assert commit_relation([COMMIT[:7]], [COMMIT]) == "agree"
    assert commit_relation([COMMIT], [COMMIT[:7]]) == "agree"
    assert commit_relation([COMMIT[:6]], [COMMIT]) == "differ"


def test_an_empty_name_equals_nothing() -> None:
    assert not same_name("", ("", " "))


def test_the_made_results_are_a_harness_file() -> None:
    assert draft().problems == ()
    assert results()["git_hash"] == COMMIT[:8]
