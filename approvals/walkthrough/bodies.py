"""What people send in the walkthrough: catalogue records, a submission document, a release."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from approvals.demonstration import evaluation
from approvals.demonstration.evaluation import Candidate, File
from evidence.digests import sha256_bytes

MODEL: Final = {"name": "Brig-M", "version": "2026-02"}
OTHER: Final = {"name": "Argo-L", "version": "2025-11"}
BENCHMARK: Final = {"name": "Claims notes", "version": "1"}
DATASET: Final = {"name": "claims-notes", "version": "v1"}
METRIC: Final = "factual-summary pass"
CRITERIA: Final = "Claims notes 2026"
ROLLBACK: Final = "argo-l-2025-11"
SIGNAL: Final = "refusals"
CANDIDATE: Final = Candidate("brig/brig-m", "4f1c0bb1b1d0a5d4b0f5f7f7a9a1c6d3b2e8a070", 12)
PASSED: Final = 348
MADE: Final = "Made data."


def catalogue() -> list[tuple[str, dict[str, Any]]]:
    """Addresses below the project and the bodies to post there, in order."""
    return [
        ("models", {"name": MODEL["name"], "supplier": "Brig"}),
        (f"models/{MODEL['name']}/versions", _model(MODEL["version"], "brig/brig-m", CANDIDATE.commit)),
        ("models", {"name": OTHER["name"], "supplier": "Argo"}),
        (f"models/{OTHER['name']}/versions", _model(OTHER["version"], "argo/argo-l", "b968826d" * 5)),
        ("metrics", _metric()),
        ("datasets", {"name": DATASET["name"]}),
        (f"datasets/{DATASET['name']}/versions", _dataset()),
        ("benchmarks", {"name": BENCHMARK["name"]}),
        (f"benchmarks/{BENCHMARK['name']}/versions", _benchmark()),
        ("criteria-sets", {"name": CRITERIA, "criteria": [_criterion()]}),
        ("rollback-artifacts", _rollback()),
        ("signals", _signal()),
    ]


def private_files() -> list[File]:
    """Results and samples with 348 of 400 notes passed."""
    return evaluation.private_files(CANDIDATE, evaluation.outcomes(PASSED, evaluation.NOTES, CANDIDATE.seed))


def document(external_id: str, files: list[File], *, model: dict[str, str] = MODEL) -> dict[str, Any]:
    """A submission document for files that were uploaded."""
    return {
        "type": "https://benchseal.dev/ns/submission/v1",
        "external_id": external_id,
        "reader": "lm-eval",
        "owner": "tobias",
        "model": model,
        "benchmark": BENCHMARK,
        "dataset": DATASET,
        "stage": "selection",
        "origin_kind": "own",
        "artifacts": [
            {"digest": sha256_bytes(f.body), "name": f.name, "role": f.role, "media_type": f.media_type}
            for f in files
        ],
        "task_metrics": {"acc": METRIC},
        "environment": {"hardware": "Provider's endpoint", "region": "eu-central-1"},
        "conditions": {"decoding": {"temperature": 0}, "n_shot": 0},
        "not_covered": "Handwritten notes; other languages than English.",
    }


def release() -> dict[str, Any]:
    """A draft release in the deployment `claims-assistant/production`."""
    return {
        "deployment": "claims-assistant/production",
        "model_version": f"{MODEL['name']}/{MODEL['version']}",
        "title": "Brig-M for claims notes",
        "intended_use": "Summaries of claims notes that an adjuster reads before deciding.",
        "out_of_scope": "Decisions without an adjuster.",
        "owner": "tobias",
        "criteria": CRITERIA,
        "tier_answers": {
            "reach": "customers",
            "domain": "insurance",
            "personal_data": False,
            "external_vendor": False,
            "cost_driven": False,
        },
    }


def _model(version: str, tool_name: str, commit: str) -> dict[str, Any]:
    return {
        "version": version,
        "provider_snapshot": f"{tool_name}@{commit}",
        "aliases": [tool_name],
        "training_cutoff": "2025-08-31",
        "training_cutoff_source": "Supplier's model card (made)",
        "licence": "Commercial terms (made)",
        "notes": MADE,
    }


def _metric() -> dict[str, Any]:
    return {
        "name": METRIC,
        "formula": "notes whose summary states no false fact / all notes",
        "unit": "share",
        "direction": "higher_is_better",
        "aggregation": "mean",
        "is_proportion": True,
    }


def _dataset() -> dict[str, Any]:
    return {
        "version": DATASET["version"],
        "content_digest": sha256_bytes(evaluation.notes()),
        "source": "Claims archive (made data)",
        "collection_method": f"{MADE} It stands for a random sample of closed claims.",
        "owner": "tobias",
        "licence": "Internal",
        "privacy_class": "anonymised",
        "anonymisation_method": "Names, dates and policy numbers replaced by placeholders",
        "privacy_attested_by": "olu",
        "exposure": "never_published",
        "item_count": evaluation.NOTES,
        "split": "held_out_private",
        "languages": ["en"],
        "annotators": ["adjuster-1", "adjuster-2"],
        "annotation_guideline": "Claims guideline 3",
        "relevance": "The notes that adjusters read before a decision.",
    }


def _benchmark() -> dict[str, Any]:
    return {
        "version": BENCHMARK["version"],
        "kind": "private",
        "task": evaluation.PRIVATE_TASK,
        "licence": "Internal",
        "item_count": evaluation.NOTES,
    }


def _criterion() -> dict[str, str]:
    return {"metric": METRIC, "statistic": "wilson_lower", "operator": ">=", "threshold": "0.8"}


def _rollback() -> dict[str, Any]:
    tested = datetime.now(UTC) - timedelta(days=9)
    return {
        "name": ROLLBACK,
        "kind": "deployment_manifest",
        "location": f"registry.harborsure.example/claims/{ROLLBACK}",
        "digest": sha256_bytes(ROLLBACK.encode()),
        "restores": "Argo-L 2025-11",
        "procedure": "Apply the manifest, then run the smoke tests.",
        "last_tested_at": tested.isoformat(),
        "tested_by": "olu",
        "recovery_seconds": 420,
    }


def _signal() -> dict[str, Any]:
    return {
        "name": SIGNAL,
        "metric": "share of notes without a summary",
        "statistic": "mean",
        "unit": "share",
        "source": "Gateway metrics",
        "threshold": "0.05",
        "direction": "lower_is_better",
        "window_minutes": 60,
        "owner": "pia",
        "action": "suspend",
        "runbook": "https://runbooks.harborsure.example/refusals",
    }
