"""Commands that send a first run, filled from the project's own catalogue; they work as they are pasted."""

import json
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Model, QuerySet

from evidence.ids import uuid7
from registry.formats.native import READER, TYPE
from registry.models import (
    BenchmarkVersion,
    DatasetVersion,
    MetricDefinition,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    User,
)
from registry.presentation.words import QUICK_START, SCOPES

M = TypeVar("M", bound=Model)

SHARE = 88


@dataclass(frozen=True, slots=True)
class QuickStart:
    """The commands step by step; without what is `missing` or the scopes `lacking`, steps are refused."""

    setting: str
    ask: str
    send_file: str
    submit: str
    missing: tuple[str, ...]
    lacking: tuple[str, ...]


def quick_start(
    project: Project, *, token: str, scopes: Iterable[str], user: User, base_url: str
) -> QuickStart:
    """The commands for a token of `user`; a service account sends for the person who answers for it."""
    owner = user if user.is_person else user.answerable
    parts = _parts(project)
    missing = tuple(words for words, part in parts.items() if part is None)
    at = f"{base_url.rstrip('/')}/api/v1/projects"
    return QuickStart(
        setting=f"export BENCHSEAL_TOKEN={shlex.quote(token)}\nexport BENCHSEAL_URL={shlex.quote(at)}",
        ask=_curl('"$BENCHSEAL_URL"'),
        send_file=_send_file(project),
        submit="" if missing else _submit(project, owner.username if owner else "", parts),
        missing=missing,
        lacking=tuple(SCOPES[scope][0].lower() for scope in sorted(QUICK_START - set(scopes))),
    )


def _curl(rest: str) -> str:
    return f'curl -fsS -H "Authorization: Bearer $BENCHSEAL_TOKEN" {rest}'


def _send_file(project: Project) -> str:
    put = f'-X PUT -H "Content-Type: text/plain" --data-binary @first-run.log "$BENCHSEAL_URL/{project.key}'
    return "\n".join(
        (
            f"echo 'first run of {project.key}' > first-run.log",
            "DIGEST=$(sha256sum first-run.log | cut -d' ' -f1)",
            _curl(f'{put}/artifacts/sha256:$DIGEST"'),
        )
    )


def _submit(project: Project, owner: str, parts: "dict[str, object]") -> str:
    body = json.dumps(_document(owner, parts), indent=2, ensure_ascii=True)
    header = '-X POST -H "Content-Type: application/json"'
    post = f'{header} --data-binary @first-run.json "$BENCHSEAL_URL/{project.key}'
    # The document is in a here-document that expands nothing; the digest is put in by sed.
    return "\n".join(
        (
            "sed \"s/THE_DIGEST/$DIGEST/\" > first-run.json <<'DOCUMENT'",
            body,
            "DOCUMENT",
            _curl(f'{post}/submissions"'),
        )
    )


def _parts(project: Project) -> "dict[str, object]":
    return {
        "a model version": _newest(
            ModelVersion.objects.heads().filter(project=project).select_related("model")
        ),
        "a benchmark version": _newest(
            BenchmarkVersion.objects.heads().filter(project=project).select_related("benchmark")
        ),
        "a dataset version": _newest(
            DatasetVersion.objects.heads().filter(project=project).select_related("dataset")
        ),
        "a metric that is a share of items": _newest(
            MetricDefinition.objects.heads().filter(project=project, is_proportion=True)
        ),
        "a rollback artifact": _newest(RollbackArtifact.objects.heads().filter(project=project)),
        "a monitoring signal": _newest(MonitoringSignal.objects.heads().filter(project=project)),
    }


def _newest(rows: "QuerySet[M]") -> M | None:
    return rows.filter(withdrawn_at__isnull=True).order_by("pk").first()


def _document(owner: str, parts: "dict[str, object]") -> dict[str, object]:
    model, benchmark, dataset, metric, rollback, signal = parts.values()
    assert isinstance(model, ModelVersion)
    assert isinstance(benchmark, BenchmarkVersion)
    assert isinstance(dataset, DatasetVersion)
    assert isinstance(metric, MetricDefinition)
    n = dataset.item_count
    return {
        "type": TYPE,
        "external_id": f"first-run-{uuid7().hex[-6:]}",
        "reader": READER,
        "owner": owner,
        "model": {"name": model.model.name, "version": model.version},
        "benchmark": {"name": benchmark.benchmark.name, "version": benchmark.version},
        "dataset": {"name": dataset.dataset.name, "version": dataset.version},
        "stage": "shortlist",
        "origin_kind": "own",
        "artifacts": [
            {
                "digest": "sha256:THE_DIGEST",
                "name": "first-run.log",
                "role": "log",
                "media_type": "text/plain",
            }
        ],
        "metrics": [_measured(metric, n)],
        "environment": {},
        "conditions": {},
        "not_covered": "Everything: these are the made figures of the quick start.",
        "rollback_artifacts": [str(rollback)],
        "monitoring_signals": [str(signal)],
    }


def _measured(metric: MetricDefinition, n: int) -> dict[str, object]:
    k = n * SHARE // 100
    return {"name": metric.name, "value": f"{k / n:.6f}", "k": k, "n": n}
