"""Made submissions and catalogue entries for the tests of pure rules."""

from __future__ import annotations

import io
import json
from datetime import date
from typing import Any

from registry.facts import BenchmarkFacts, CatalogueFacts, DatasetFacts, MetricFacts, ModelFacts
from registry.formats import lm_eval, native
from registry.formats.draft import RunDraft

SHA = "b968826d9c46dd6066d109eabc6255188de91218"
COMMIT = "eb02ba327fb7c76475b12c8cdcf88623ec013a24"
REASON = "The catalogue is being corrected this week."

FACTS = CatalogueFacts(
    model=ModelFacts(
        name="Qwen3-8B",
        version="2025-04",
        vendor="Qwen",
        provider_snapshot=f"Qwen/Qwen3-8B@{SHA}",
        training_cutoff_date=date(2024, 12, 31),
    ),
    benchmark=BenchmarkFacts(
        name="Claims notes",
        version="1",
        kind="private",
        task="claims_notes",
        public_release_date=date(2026, 1, 1),
    ),
    dataset=DatasetFacts(
        name="claims-notes-v1",
        version="1",
        item_count=400,
        split="held_out_private",
        exposure="never_published",
        digest="sha256:" + "d" * 64,
    ),
    metrics={
        "pass rate": MetricFacts(
            "pass rate", "share", "higher_is_better", is_proportion=True, aliases=("acc",)
        ),
        "F1": MetricFacts("F1", "score", "higher_is_better", aliases=("f1",)),
        "latency": MetricFacts("latency", "ms", "lower_is_better"),
        "throughput": MetricFacts("throughput", "tokens/s", "higher_is_better"),
    },
)


def document(**changes: Any) -> native.SubmissionDocument:
    content: dict[str, Any] = {
        "type": native.TYPE,
        "external_id": "ci-1",
        "reader": "lm-eval",
        "owner": "ines",
        "model": {"name": "Qwen3-8B", "version": "2025-04"},
        "benchmark": {"name": "Claims notes", "version": "1"},
        "dataset": {"name": "claims-notes-v1", "version": "1"},
        "stage": "selection",
        "origin_kind": "own",
        "artifacts": [
            {
                "digest": "sha256:" + "a" * 64,
                "name": "results.json",
                "role": "results",
                "media_type": "application/json",
            }
        ],
        "environment": {},
        "conditions": {},
        "not_covered": "Handwritten notes.",
    }
    return native.parse_submission(json.dumps(content | changes).encode())


def stated(*metrics: dict[str, Any], **changes: Any) -> native.SubmissionDocument:
    return document(reader="native", metrics=list(metrics), **changes)


def override(field: str) -> list[dict[str, str]]:
    return [{"field": field, "reason": REASON}]


def results(**changes: Any) -> dict[str, Any]:
    base: dict[str, Any] = {
        "results": {"claims_notes": {"acc,none": 0.88}},
        "configs": {"claims_notes": {"dataset_path": "json", "output_type": "generate_until"}},
        "n-samples": {"claims_notes": {"original": 400, "effective": 400}},
        "n-shot": {"claims_notes": 0},
        "config": {
            "model": "vllm",
            "model_args": {"pretrained": "Qwen/Qwen3-8B"},
            "model_sha": SHA,
            "random_seed": 0,
            "numpy_seed": 1234,
            "gen_kwargs": {"temperature": 0.0},
        },
        "model_name": "Qwen/Qwen3-8B",
        "git_hash": COMMIT[:8],
        "lm_eval_version": "0.4.12",
        "date": 1783526520.5433393,
        "chat_template_sha": "c" * 64,
        "pretty_env_info": "OS: Ubuntu\nGPU 0: NVIDIA H100",
    }
    return base | changes


def draft(samples: str | None = None, **changes: Any) -> RunDraft:
    text = json.dumps(results(**changes))
    files: dict[str, lm_eval.Source] = {"results.json": io.BytesIO(text.encode())}
    if samples is not None:
        files["samples_claims_notes_2026.jsonl"] = io.BytesIO(samples.encode())
    return lm_eval.read(files)


def samples(k: int, n: int) -> str:
    return "".join(f'{{"doc_id": {i}, "acc": {int(i < k)}}}\n' for i in range(n))
