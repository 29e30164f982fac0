"""Bodies of catalogue records as an engineer sends them."""

from typing import Any

from evidence.digests import sha256_bytes

P = "/api/v1/projects/HARBOR"

DIGEST = sha256_bytes(b"weights")

MODEL_VERSION: dict[str, Any] = {
    "version": "2026-03",
    "weights_digest": DIGEST,
    "licence": "Apache-2.0",
    "training_cutoff": "2025-06-30",
    "aliases": ["argo/large"],
}
DATASET_VERSION: dict[str, Any] = {
    "version": "3",
    "content_digest": sha256_bytes(b"items"),
    "source": "Claims desk",
    "collection_method": "Sampled",
    "owner": "tobias",
    "licence": "Internal",
    "privacy_class": "synthetic",
    "exposure": "never_published",
    "item_count": 400,
    "split": "held_out_private",
    "languages": ["en"],
    "annotators": ["maren"],
    "annotation_guideline": "Guide 4",
    "relevance": "The same claims the model will read.",
}
BENCHMARK_VERSION: dict[str, Any] = {
    "version": "1",
    "kind": "private",
    "task": "claims_notes",
    "licence": "Internal",
}
METRIC: dict[str, Any] = {
    "name": "pass rate",
    "formula": "k / n",
    "unit": "proportion",
    "direction": "higher_is_better",
    "range_low": 0,
    "range_high": 1,
    "aggregation": "mean over items",
    "is_proportion": True,
}
CRITERIA: dict[str, Any] = {
    "name": "Claims acceptance",
    "criteria": [
        {"metric": "pass rate", "statistic": "wilson_lower", "operator": ">=", "threshold": 0.80},
        {"metric": "latency", "statistic": "p95", "operator": "<", "threshold": "3000", "severity": "flag"},
    ],
}
ROLLBACK: dict[str, Any] = {
    "name": "P1.4 manifest",
    "kind": "deployment_manifest",
    "location": "registry.example/p1.4",
    "digest": DIGEST,
    "restores": "P1.4",
    "procedure": "Apply the manifest.",
    "last_tested_at": "2026-11-14T10:00:00Z",
    "tested_by": "pia",
    "recovery_seconds": 240,
}
SIGNAL: dict[str, Any] = {
    "name": "Override rate",
    "metric": "override rate",
    "statistic": "mean",
    "unit": "proportion",
    "source": "prometheus",
    "threshold": "0.10",
    "direction": "lower_is_better",
    "window_minutes": 60,
    "owner": "tobias",
    "action": "suspend",
}

FAMILIES = {
    "models": {"name": "Argo-L", "supplier": "Argo"},
    "datasets": {"name": "Claims notes"},
    "benchmarks": {"name": "Claims"},
}
VERSIONS = {"models": MODEL_VERSION, "datasets": DATASET_VERSION, "benchmarks": BENCHMARK_VERSION}
NAMED = {
    "metrics": METRIC,
    "criteria-sets": CRITERIA,
    "rollback-artifacts": ROLLBACK,
    "signals": SIGNAL,
}
