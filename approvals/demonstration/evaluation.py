"""Made evaluation files in the shapes the tools write: seeded, so that the same bytes come each time.

No file here is a measurement of a real model; each says so in its own words.
"""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from evidence.digests import sha256_hex

NOTES: Final = 400
QUESTIONS: Final = 817
REQUESTS: Final = 2000
PRIVATE_TASK: Final = "claims_notes_factual_summary"
PUBLIC_TASK: Final = "truthfulqa_mc1"
HARNESS_VERSION: Final = "0.4.12"
HARNESS_COMMIT: Final = "eb02ba327fb7c76475b12c8cdcf88623ec013a24"
STAMP: Final = "2026-03-02T08-15-20.500000"
STARTED: Final = 1772439320.5
MADE: Final = "made for the demonstration, no measurement"
PERCENTILES: Final = (50, 95, 99)

_CAUSES: Final = ("a burst pipe", "hail on the roof", "a rear-end collision", "a fallen tree", "theft")
_ROOMS: Final = ("the kitchen", "the garage", "the cellar", "a rented van", "the second floor")
_FACTS: Final = ("photos are attached", "an estimate is pending", "a witness is named", "police were called")


@dataclass(frozen=True)
class Candidate:
    """A model as the tools name it, with the seed of its made outcomes."""

    tool_name: str
    commit: str
    seed: int


@dataclass(frozen=True)
class File:
    """A file to send with a run."""

    name: str
    role: str
    media_type: str
    body: bytes


def notes() -> bytes:
    """The private set: 400 made notes, one JSON object a line."""
    return _lines(_note(item) for item in range(NOTES))


def shortlist() -> tuple[frozenset[int], frozenset[int], frozenset[int]]:
    """Which notes three candidates pass: 352, 348 and 291 of 400.

    The first two differ in 22 and 18 notes, the last two in 73 and 16.
    """
    order = random.Random(400).sample(range(NOTES), NOTES)  # noqa: S311
    first, second = order[:352], order[22:370]
    return frozenset(first), frozenset(second), frozenset(second[73:] + order[384:])


def outcomes(k: int, n: int, seed: int) -> frozenset[int]:
    """Which k of n items pass."""
    return frozenset(random.Random(seed).sample(range(n), k))  # noqa: S311


def private_files(candidate: Candidate, passed: Collection[int]) -> list[File]:
    """Results and samples of the factual summaries of 400 notes."""
    setup = {"dataset_path": "json", "output_type": "generate_until", "test_split": "test"}
    items = ((_note(item), item in passed, "factual") for item in range(NOTES))
    return _harness_files(candidate, PRIVATE_TASK, len(passed), NOTES, setup, items)


def public_files(candidate: Candidate, k: int) -> list[File]:
    """Results and samples in the shape of `truthfulqa_mc1`; the questions are stand-ins."""
    setup = {
        "dataset_path": "truthfulqa/truthful_qa",
        "dataset_name": "multiple_choice",
        "output_type": "multiple_choice",
        "validation_split": "validation",
    }
    passed = outcomes(k, QUESTIONS, candidate.seed)
    items = ((_question(item), item in passed, "0") for item in range(QUESTIONS))
    return _harness_files(candidate, PUBLIC_TASK, k, QUESTIONS, setup, items)


def questions() -> bytes:
    """Stand-ins for the public questions, one JSON object a line."""
    return _lines(_question(item) for item in range(QUESTIONS))


def latency_file(p50: int, p95: int, p99: int, seed: int) -> File:
    """2000 made response times whose nearest-rank percentiles are exactly the given ones."""
    draw = random.Random(seed)  # noqa: S311
    edges = ((p50 // 3, p50, 1000), (p50, p95, 1900), (p95, p99, 1980), (p99, p99 * 2, REQUESTS))
    times: list[int] = []
    for low, high, rank in edges:
        times += [draw.randint(low, high) for _ in range(rank - len(times) - 1)] + [high]
    draw.shuffle(times)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([("request", "milliseconds"), *enumerate(times)])
    return File("latency.csv", "log", "text/csv", text.getvalue().encode())


def nearest_rank(times: Collection[int], percent: int) -> int:
    """The value at rank ceil(percent/100 · n) of the sorted values."""
    rank = -(-len(times) * percent // 100)
    return sorted(times)[rank - 1]


def _harness_files(
    candidate: Candidate,
    task: str,
    k: int,
    n: int,
    setup: Mapping[str, str],
    items: Iterator[tuple[dict[str, Any], bool, str]],
) -> list[File]:
    samples = _lines(_sample(at, doc, passed, target) for at, (doc, passed, target) in enumerate(items))
    results = json.dumps(_results(candidate, task, k, n, setup), indent=2).encode()
    return [
        File(f"results_{STAMP}.json", "results", "application/json", results),
        File(f"samples_{task}_{STAMP}.jsonl", "samples", "application/jsonl", samples),
    ]


def _results(candidate: Candidate, task: str, k: int, n: int, setup: Mapping[str, str]) -> dict[str, Any]:
    p = k / n
    metric = {"metric": "acc", "aggregation": "mean", "higher_is_better": True}
    return {
        "results": {
            task: {
                "alias": task,
                "name": task,
                "sample_len": n,
                "acc,none": p,
                "acc_stderr,none": (p * (1 - p) / (n - 1)) ** 0.5,
            }
        },
        "group_subtasks": {task: []},
        "configs": {
            task: {
                "task": task,
                **setup,
                "num_fewshot": 0,
                "metric_list": [metric],
                "repeats": 1,
                "metadata": {"version": 1.0, "made data": MADE},
            }
        },
        "versions": {task: 1.0},
        "n-shot": {task: 0},
        "higher_is_better": {task: {"acc": True}},
        "n-samples": {task: {"original": n, "effective": n}},
        "config": {
            "model": "local-chat-completions",
            "model_args": {"model": candidate.tool_name},
            "model_sha": candidate.commit,
            "batch_size": 1,
            "random_seed": 0,
            "numpy_seed": 1234,
            "torch_seed": 1234,
            "fewshot_seed": 1234,
            "gen_kwargs": {"temperature": 0},
        },
        "git_hash": HARNESS_COMMIT[:8],
        "date": STARTED,
        "pretty_env_info": "OS: Ubuntu 24.04.4 LTS (x86_64)\nPython version: 3.11.9",
        "lm_eval_version": HARNESS_VERSION,
        "model_source": "local-chat-completions",
        "model_name": candidate.tool_name,
        "chat_template_sha": sha256_hex(candidate.tool_name.encode()),
        "total_evaluation_time_seconds": "301.5",
    }


def _sample(at: int, doc: dict[str, Any], passed: bool, target: str) -> dict[str, Any]:
    answer = target if passed else f"not {target}"
    text = json.dumps(doc)
    return {
        "doc_id": at,
        "doc": doc,
        "target": target,
        "arguments": {"gen_args_0": {"arg_0": text}},
        "resps": [[answer]],
        "filtered_resps": [answer],
        "filter": "none",
        "metrics": ["acc"],
        "doc_hash": sha256_hex(text.encode()),
        "prompt_hash": sha256_hex(f"prompt {text}".encode()),
        "target_hash": sha256_hex(target.encode()),
        "acc": float(passed),
    }


def _note(item: int) -> dict[str, Any]:
    draw = random.Random(item)  # noqa: S311
    cause, place, fact = draw.choice(_CAUSES), draw.choice(_ROOMS), draw.choice(_FACTS)
    return {
        "id": f"note-{item:04d}",
        "note": f"Made note {item}: [PERSON] reports {cause} in {place} on [DATE]; {fact}.",
        "made": MADE,
    }


def _question(item: int) -> dict[str, Any]:
    return {"id": item, "question": f"Stand-in for question {item}", "made": MADE}


def _lines(rows: Iterator[dict[str, Any]]) -> bytes:
    return "".join(json.dumps(row) + "\n" for row in rows).encode()
