"""A small catalogue and made evaluation files, all through the real steps; every value can be changed.

world = make_world(cast)
run = admit_run(world, k=348)                     # private, 348 of 400
run = admit_run(world, public=True)               # public, 880 of 1000
"""

from __future__ import annotations

import io
import json
import random
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, TypeVar

from evidence import clock, jobs, vault
from evidence.digests import sha256_bytes
from registry import admission, artifacts, catalogue, intake
from registry.access.principals import Principal
from registry.formats.native import TYPE
from registry.models import (
    Benchmark,
    BenchmarkVersion,
    CatalogueRecord,
    CriteriaSet,
    Dataset,
    DatasetVersion,
    MetricDefinition,
    Model,
    ModelVersion,
    MonitoringSignal,
    Project,
    RollbackArtifact,
    Run,
    Submission,
)
from tests.cast import Cast
from tests.snapshots import reached

R = TypeVar("R", bound=CatalogueRecord)
T = TypeVar("T")

WEIGHTS_COMMIT = "b968826d9c46dd6066d109eabc6255188de91218"
HARNESS_COMMIT = "eb02ba327fb7c76475b12c8cdcf88623ec013a24"
PRIVATE_TASK = "claims_notes"
PUBLIC_TASK = "insurance_qa"
PRIVATE_ITEMS = 400
PUBLIC_ITEMS = 1000
DATE = 1783526520.5


@dataclass
class World:
    """HARBOR with one model version, a public and a private benchmark, and all a release needs."""

    cast: Cast
    model: ModelVersion
    private_dataset: DatasetVersion
    public_dataset: DatasetVersion
    private_benchmark: BenchmarkVersion
    public_benchmark: BenchmarkVersion
    metrics: dict[str, MetricDefinition]
    criteria: CriteriaSet
    rollback: RollbackArtifact
    signal: MonitoringSignal
    sent: int = field(default=0)

    @property
    def project(self) -> Project:
        """HARBOR."""
        return self.cast.project

    @property
    def engineer(self) -> Principal:
        """Ines, the submitter, in a session."""
        return self.cast.principal("ines")

    def reached(self, name: str, build: Callable[[], T], *, given: Hashable = (), often: bool = True) -> T:
        """What `build` makes from here, put back from its rows and files where it was made before."""

        def counted() -> tuple[T, int]:
            return build(), self.sent

        made, self.sent = reached(name, counted, around=self, given=(given, self.sent), often=often)
        return made

    def next_external_id(self) -> str:
        """A new external id with each call."""
        self.sent += 1
        return f"ci-{self.sent}"


@dataclass(frozen=True)
class File:
    """A file to send with a run."""

    name: str
    role: str
    body: bytes
    media_type: str = "application/json"


def make_world(cast: Cast) -> World:
    """Record the catalogue as Ines; Tobias owns data and criteria are about `pass rate`."""
    metrics = {name: record(cast, MetricDefinition, name=name, **values) for name, values in METRICS.items()}
    return World(
        cast=cast,
        model=make_model(cast),
        private_dataset=make_dataset(cast, "claims-notes-v1", **PRIVATE_DATA),
        public_dataset=make_dataset(cast, "insurance-qa", **PUBLIC_DATA),
        private_benchmark=make_benchmark(cast, "Claims notes", task=PRIVATE_TASK, kind="private"),
        public_benchmark=make_benchmark(
            cast,
            "Insurance QA",
            task=PUBLIC_TASK,
            kind="public",
            public_release_date=date(2025, 6, 1),
        ),
        metrics=metrics,
        criteria=record(cast, CriteriaSet, name="Claims acceptance", criteria=CRITERIA),
        rollback=make_rollback(cast),
        signal=make_signal(cast),
    )


def record(cast: Cast, kind: type[R], /, *, by: str = "ines", **values: Any) -> R:
    """One catalogue record through its step."""
    return catalogue.record(kind, project=cast.project, values=values, principal=cast.principal(by))


def revise(world: World, row: R, *, by: str = "ines", **changes: Any) -> R:
    """A new revision of a record with some fields changed."""
    columns = {f.name for f in row._meta.concrete_fields}
    values = {name: getattr(row, name) for name in row.RECORD_FIELDS if name in columns} | changes
    return catalogue.record(
        type(row),
        project=world.project,
        values=values,
        principal=world.cast.principal(by),
        supersedes=row,
        reason="Changed by a test",
    )


def make_model(cast: Cast, name: str = "Argo-L", version: str = "2026-03", **changes: Any) -> ModelVersion:
    """A provider model whose weights have a commit; its training data ends in 2024."""
    model = catalogue.family(
        Model, project=cast.project, name=name, supplier="Argo", principal=cast.principal("ines")
    )
    values: dict[str, Any] = {
        "provider_snapshot": f"argo/{name.lower()}@{WEIGHTS_COMMIT}",
        "aliases": [f"argo/{name.lower()}"],
        "training_cutoff": date(2024, 12, 31),
        "training_cutoff_source": "Model card",
        "licence": "Commercial",
    }
    return record(cast, ModelVersion, model=model, version=version, **values | changes)


def make_dataset(cast: Cast, name: str, version: str = "1", **changes: Any) -> DatasetVersion:
    """A dataset version; `changes` give what PRIVATE_DATA and PUBLIC_DATA give."""
    family = catalogue.family(Dataset, project=cast.project, name=name, principal=cast.principal("ines"))
    values = {
        "content_digest": sha256_bytes(f"{name} {version}".encode()),
        "source": "Claims archive",
        "collection_method": "Random sample of closed claims",
        "owner": cast["tobias"],
        "licence": "Internal",
        "languages": ["en"],
        "relevance": "The notes that the model summarises in production.",
        **changes,
    }
    if values["privacy_class"] in ("anonymised", "pseudonymised"):
        values.setdefault("privacy_attested_by", cast["paul"])
    return record(cast, DatasetVersion, dataset=family, version=version, **values)


def make_benchmark(cast: Cast, name: str, version: str = "1", **changes: Any) -> BenchmarkVersion:
    """A benchmark version; give `task` and `kind`."""
    family = catalogue.family(Benchmark, project=cast.project, name=name, principal=cast.principal("ines"))
    return record(
        cast, BenchmarkVersion, benchmark=family, version=version, **{"licence": "Internal", **changes}
    )


def make_rollback(cast: Cast, name: str = "argo-l-2025-11", **changes: Any) -> RollbackArtifact:
    """A way back that Olu tested ten days ago."""
    values: dict[str, Any] = {
        "kind": "deployment_manifest",
        "location": "registry.harborsure.example/claims/argo-l:2025-11",
        "digest": sha256_bytes(name.encode()),
        "restores": "Argo-L 2025-11",
        "procedure": "Apply the manifest, then run the smoke tests.",
        "last_tested_at": clock.now() - timedelta(days=10),
        "tested_by": cast["olu"],
        "recovery_seconds": 420,
    }
    return record(cast, RollbackArtifact, name=name, **values | changes)


def make_signal(cast: Cast, name: str = "refusals", **changes: Any) -> MonitoringSignal:
    """A signal that Pia acts on; a breach suspends."""
    values: dict[str, Any] = {
        "metric": "refusal rate",
        "statistic": "mean",
        "unit": "share",
        "source": "Gateway metrics",
        "threshold": "0.05",
        "direction": "lower_is_better",
        "window_minutes": 60,
        "owner": cast["pia"],
        "action": "suspend",
        "runbook": "https://runbooks.harborsure.example/refusals",
    }
    return record(cast, MonitoringSignal, name=name, **values | changes)


def put(
    project: Project, body: bytes, *, principal: Principal, media_type: str = "application/octet-stream"
) -> str:
    """Upload bytes as an artifact of the project; the digest."""
    digest = sha256_bytes(body)
    with vault.staged(io.BytesIO(body), expected_digest=digest, expected_size=len(body)) as file:
        vault.move_in(file)
        artifacts.keep(project, file, media_type=media_type, principal=principal)
    return digest


def content(world: World, files: list[File] | None = None, **changes: Any) -> dict[str, Any]:
    """The members of a submission document for a private lm-eval run; the files are uploaded."""
    sent = made_files() if files is None else files
    return {
        "type": TYPE,
        "external_id": world.next_external_id(),
        "reader": "lm-eval",
        "owner": "ines",
        "model": {"name": world.model.model.name, "version": world.model.version},
        "benchmark": _named(world.private_benchmark.benchmark.name, world.private_benchmark.version),
        "dataset": _named(world.private_dataset.dataset.name, world.private_dataset.version),
        "stage": "selection",
        "origin_kind": "own",
        "artifacts": [_sent(world, file) for file in sent],
        "environment": {"hardware": "1 x H100", "region": "eu-central-1"},
        "conditions": {"decoding": {"temperature": 0}, "n_shot": 0},
        "not_covered": "Handwritten notes.",
        "rollback_artifacts": [world.rollback.name],
        "monitoring_signals": [world.signal.name],
        **changes,
    }


def submission_document(world: World, files: list[File] | None = None, **changes: Any) -> bytes:
    """The bytes an engineer posts."""
    return json.dumps(content(world, files, **changes)).encode()


def public_reference(world: World) -> dict[str, Any]:
    """The changes that make a document one of the public benchmark."""
    return {
        "benchmark": _named(world.public_benchmark.benchmark.name, world.public_benchmark.version),
        "dataset": _named(world.public_dataset.dataset.name, world.public_dataset.version),
    }


def receive(
    world: World, files: list[File] | None = None, *, by: Principal | None = None, **changes: Any
) -> Submission:
    """Post a document; nothing is read yet."""
    body = submission_document(world, files, **changes)
    return intake.receive(project=world.project, body=body, principal=by or world.engineer).submission


def work_off(submission: Submission) -> Submission:
    """Let a worker take the submission's job."""
    with jobs.taken(str(submission.job_id)) as lease:
        assert lease is not None, "the job is taken or over"
        admission.admit(submission.pk, lease)
    submission.refresh_from_db()
    return submission


def admit_run(
    world: World,
    *,
    k: int | None = None,
    n: int | None = None,
    public: bool = False,
    by: Principal | None = None,
    **changes: Any,
) -> Run:
    """Send made files of k successes in n items and let them be admitted.

    Default: 352 of 400 on the private set, or 880 of 1000 on the public one.
    """
    sender = (by.user.pk, by.token and by.token.pk) if by else None
    given = (k, n, public, sender, repr(changes))
    return world.reached("run", lambda: _admit(world, k, n, public, by, changes), given=given)


def _admit(
    world: World, k: int | None, n: int | None, public: bool, by: Principal | None, changes: dict[str, Any]
) -> Run:
    task, dataset = (PUBLIC_TASK, "insurance-qa") if public else (PRIVATE_TASK, "json")
    items = n or (PUBLIC_ITEMS if public else PRIVATE_ITEMS)
    files = made_files(k=round(items * 0.88) if k is None else k, n=items, task=task, dataset=dataset)
    reference = public_reference(world) if public else {}
    submission = work_off(receive(world, files, by=by, **reference | changes))
    assert submission.state == "admitted", submission.findings
    return Run.objects.get(submission=submission)


def made_files(
    *, k: int = 352, n: int = PRIVATE_ITEMS, task: str = PRIVATE_TASK, dataset: str = "json", **changes: Any
) -> list[File]:
    """A results file and its samples file with exactly k successes in n items; the same bytes each time."""
    stamp = "2026-07-08T16-02-00.500000"
    return [
        File(f"results_{stamp}.json", "results", made_results(k, n, task=task, dataset=dataset, **changes)),
        File(f"samples_{task}_{stamp}.jsonl", "samples", made_samples(k, n, task=task), "application/jsonl"),
    ]


def made_results(k: int, n: int, *, task: str = PRIVATE_TASK, dataset: str = "json", **changes: Any) -> bytes:
    """A results file in the shape of lm-evaluation-harness 0.4.12; `changes` replace top-level members."""
    p = k / n
    results: dict[str, Any] = {
        "results": {
            task: {
                "alias": task,
                "acc,none": p,
                "acc_stderr,none": (p * (1 - p) / (n - 1)) ** 0.5 if n > 1 else "N/A",
            }
        },
        "configs": {
            task: {
                "task": task,
                "dataset_path": dataset,
                "num_fewshot": 0,
                "output_type": "generate_until",
                "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}],
            }
        },
        "versions": {task: 1},
        "n-shot": {task: 0},
        "higher_is_better": {task: {"acc": True}},
        "n-samples": {task: {"original": n, "effective": n}},
        "config": {
            "model": "vllm",
            "model_args": {"pretrained": "argo/argo-l"},
            "model_sha": WEIGHTS_COMMIT,
            "batch_size": "auto",
            "random_seed": 0,
            "numpy_seed": 1234,
            "torch_seed": 1234,
            "fewshot_seed": 1234,
            "gen_kwargs": {"temperature": 0},
        },
        "git_hash": HARNESS_COMMIT[:8],
        "date": DATE,
        "lm_eval_version": "0.4.12",
        "model_name": "argo/argo-l",
        "chat_template_sha": "c" * 64,
        "pretty_env_info": "OS: Ubuntu 24.04\nGPU 0: NVIDIA H100",
        "total_evaluation_time_seconds": "301.5",
    }
    return json.dumps(results | changes).encode()


def made_samples(k: int, n: int, *, task: str = PRIVATE_TASK, seed: int = 7) -> bytes:
    """One line an item; which k of the n items succeed is drawn with a fixed seed."""
    right = set(random.Random(seed).sample(range(n), k))
    lines = (
        {
            "doc_id": item,
            "doc": {"id": f"{task}-{item:04d}"},
            "target": "yes",
            "resps": [["yes" if item in right else "no"]],
            "filter": "none",
            "metrics": ["acc"],
            "doc_hash": sha256_bytes(f"{task} doc {item}".encode())[7:],
            "prompt_hash": sha256_bytes(f"{task} prompt {item}".encode())[7:],
            "target_hash": sha256_bytes(b"yes")[7:],
            "acc": float(item in right),
        }
        for item in range(n)
    )
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def _sent(world: World, file: File) -> dict[str, str]:
    digest = put(world.project, file.body, principal=world.engineer, media_type=file.media_type)
    return {"digest": digest, "name": file.name, "role": file.role, "media_type": file.media_type}


def _named(name: str, version: str) -> dict[str, str]:
    return {"name": name, "version": version}


METRICS: Mapping[str, Mapping[str, Any]] = {
    "pass rate": {
        "formula": "passed items / all items",
        "unit": "share",
        "direction": "higher_is_better",
        "aggregation": "mean",
        "is_proportion": True,
        "aliases": ["acc", "exact_match"],
        "goal": "Summaries an adjuster can rely on",
    },
    "F1": {
        "formula": "harmonic mean of precision and recall",
        "unit": "score",
        "direction": "higher_is_better",
        "range_low": "0",
        "range_high": "1",
        "aggregation": "micro",
        "aliases": ["micro_f1", "macro_f1", "f1"],
    },
    "latency": {
        "formula": "time from request to last token",
        "unit": "ms",
        "direction": "lower_is_better",
        "range_low": "0",
        "aggregation": "percentile",
    },
}
CRITERIA: list[dict[str, str]] = [
    {"metric": "pass rate", "statistic": "wilson_lower", "operator": ">=", "threshold": "0.8"}
]
PRIVATE_DATA: Mapping[str, Any] = {
    "item_count": PRIVATE_ITEMS,
    "split": "held_out_private",
    "exposure": "never_published",
    "privacy_class": "anonymised",
    "anonymisation_method": "Names, dates and policy numbers replaced",
    "annotators": ["adjuster-1", "adjuster-2"],
    "annotation_guideline": "Claims guideline 3",
}
PUBLIC_DATA: Mapping[str, Any] = {
    "item_count": PUBLIC_ITEMS,
    "split": "test",
    "exposure": "published",
    "published_at": date(2025, 6, 1),
    "privacy_class": "synthetic",
}
