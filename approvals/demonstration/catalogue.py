"""What the demonstration records: three candidates, their data, benchmarks, metrics, criteria, ways back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, TypeVar

from approvals.demonstration import evaluation
from approvals.demonstration.evaluation import Candidate
from approvals.demonstration.people import House
from evidence import clock
from evidence.digests import sha256_bytes
from registry import catalogue
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
    RollbackArtifact,
)

R = TypeVar("R", bound=CatalogueRecord)

MADE_DATA: Final = "Made data of the demonstration."
PASS: Final = "factual-summary pass"  # noqa: S105  # reason: the name of a metric
LATENCY: Final = "response time"
ACCURACY: Final = "multiple-choice accuracy"


@dataclass(frozen=True)
class Entry:
    """One candidate: its supplier, what a note costs, and what is known of its training."""

    name: str
    version: str
    supplier: str
    price_in: str
    price_out: str
    cost: str
    cutoff: date | None
    candidate: Candidate

    @property
    def notes(self) -> str:
        """Prices and tokens, from which the cost of 1000 notes is computed."""
        return (
            f"{MADE_DATA} Prices of 1 February 2026 in USD for a million tokens: {self.price_in} in, "
            f"{self.price_out} out. A note takes 1850 tokens in and 260 out: "
            f"{self.cost} USD for 1000 notes attempted."
        )


ARGO: Final = Entry(
    "Argo-L",
    "2025-11",
    "Argo",
    "2.00",
    "8.00",
    "5.78",
    date(2025, 4, 30),
    Candidate("argo/argo-l", "b968826d9c46dd6066d109eabc6255188de91218", 11),
)
BRIG: Final = Entry(
    "Brig-M",
    "2026-02",
    "Brig",
    "1.56",
    "6.24",
    "4.51",
    date(2025, 8, 31),
    Candidate("brig/brig-m", "4f1c0bb1b1d0a5d4b0f5f7f7a9a1c6d3b2e8a070", 12),
)
CUTTER: Final = Entry(
    "Cutter-S",
    "2026-01",
    "Cutter",
    "0.40",
    "1.60",
    "1.16",
    None,
    Candidate("cutter/cutter-s", "c07e5e1d9ab14d6f9f2f8a2f6a4d1b3c5e7f9012", 13),
)
BRIG_BEFORE: Final = Entry(
    "Brig-M",
    "2025-12",
    "Brig",
    "1.56",
    "6.24",
    "4.51",
    date(2025, 8, 31),
    Candidate("brig/brig-m", "9a31c2d47be05f6689ab12cd34ef56ab78cd90ef", 14),
)


@dataclass(frozen=True)
class Shelf:
    """Everything recorded, by what it is for."""

    models: Mapping[tuple[str, str], ModelVersion]
    notes: DatasetVersion
    questions: DatasetVersion
    summaries: BenchmarkVersion
    load: BenchmarkVersion
    truthful: BenchmarkVersion
    criteria: CriteriaSet
    first_criteria: CriteriaSet
    rollback: RollbackArtifact
    first_rollback: RollbackArtifact
    signals: tuple[MonitoringSignal, ...]

    def model(self, entry: Entry) -> ModelVersion:
        """The recorded version of a candidate."""
        return self.models[entry.name, entry.version]


def fill(house: House) -> Shelf:
    """Record what is missing; what is recorded stays as it is."""
    for name, values in METRICS.items():
        _record(house, MetricDefinition, by="tobias", name=name, **values)
    return Shelf(
        models={(one.name, one.version): _model(house, one) for one in (ARGO, BRIG, CUTTER, BRIG_BEFORE)},
        notes=_dataset(house, "claims-notes", "v1", content=evaluation.notes(), **_notes(house)),
        questions=_dataset(
            house, "truthfulqa/truthful_qa", "1", content=evaluation.questions(), **_questions(house)
        ),
        summaries=_benchmark(house, "Claims notes: factual summary", **SUMMARIES),
        load=_benchmark(house, "Claims notes: 20 at a time", **LOAD),
        truthful=_benchmark(house, "TruthfulQA", **TRUTHFUL),
        criteria=_record(
            house, CriteriaSet, by="tobias", name="Claims notes 2026", criteria=CRITERIA, goal=GOAL
        ),
        first_criteria=_record(
            house, CriteriaSet, by="tobias", name="Claims notes 2025", criteria=CRITERIA[:1], goal=GOAL
        ),
        rollback=_rollback(house, "argo-l-2025-11", "Argo-L 2025-11", days=9),
        first_rollback=_rollback(house, "adjusters-without-summary", "Work without summaries", days=20),
        signals=(_signal(house, "review time", REVIEW_TIME), _signal(house, "refusals", REFUSALS)),
    )


def _record(house: House, table: type[R], /, *, by: str = "ines", **values: Any) -> R:
    same = {name: values[name] for name in table.IDENTITY}
    found = catalogue.rows(table).heads().filter(project=house.project, **same).first()
    if found is not None:
        return found
    return catalogue.record(table, project=house.project, values=values, principal=house.principal(by))


def _model(house: House, entry: Entry) -> ModelVersion:
    family = catalogue.family(
        Model,
        project=house.project,
        name=entry.name,
        supplier=entry.supplier,
        principal=house.principal("ines"),
    )
    known = entry.cutoff is not None
    return _record(
        house,
        ModelVersion,
        model=family,
        version=entry.version,
        provider_snapshot=f"{entry.candidate.tool_name}@{entry.candidate.commit}",
        aliases=[entry.candidate.tool_name],
        training_cutoff=entry.cutoff,
        training_cutoff_source="Supplier's model card (made)" if known else "",
        licence="Commercial terms (made)",
        notes=entry.notes,
    )


def _dataset(house: House, name: str, version: str, *, content: bytes, **values: Any) -> DatasetVersion:
    family = catalogue.family(Dataset, project=house.project, name=name, principal=house.principal("tobias"))
    digest = sha256_bytes(content)
    return _record(
        house,
        DatasetVersion,
        by="tobias",
        dataset=family,
        version=version,
        content_digest=digest,
        owner=house.people["tobias"],
        languages=["en"],
        **values,
    )


def _benchmark(house: House, name: str, **values: Any) -> BenchmarkVersion:
    family = catalogue.family(Benchmark, project=house.project, name=name, principal=house.principal("ines"))
    return _record(house, BenchmarkVersion, benchmark=family, version="1", **values)


def _rollback(house: House, name: str, restores: str, *, days: int) -> RollbackArtifact:
    return _record(
        house,
        RollbackArtifact,
        by="pia",
        name=name,
        kind="deployment_manifest",
        location=f"registry.harborsure.example/claims/{name}",
        digest=sha256_bytes(f"{MADE_DATA} {name}".encode()),
        restores=restores,
        procedure="Apply the manifest, then run the smoke tests.",
        last_tested_at=clock.now() - timedelta(days=days),
        tested_by=house.people["olu"],
        recovery_seconds=420,
    )


def _signal(house: House, name: str, values: Mapping[str, Any]) -> MonitoringSignal:
    return _record(house, MonitoringSignal, by="pia", name=name, owner=house.people["pia"], **values)


def _notes(house: House) -> dict[str, Any]:
    return {
        "source": "Claims archive (made data)",
        "collection_method": f"{MADE_DATA} It stands for a random sample of closed claims.",
        "collected_from": date(2025, 9, 1),
        "collected_to": date(2025, 12, 31),
        "licence": "Internal",
        "privacy_class": "anonymised",
        "anonymisation_method": "Names, dates and policy numbers replaced by placeholders",
        "privacy_attested_by": house.people["paul"],
        "exposure": "never_published",
        "item_count": evaluation.NOTES,
        "split": "held_out_private",
        "annotators": ["adjuster-1", "adjuster-2"],
        "annotation_guideline": "Claims guideline 3",
        "relevance": f"{MADE_DATA} It stands for the notes that adjusters read before a decision.",
    }


def _questions(house: House) -> dict[str, Any]:
    return {
        "source": "https://huggingface.co/datasets/truthfulqa/truthful_qa",
        "collection_method": f"{MADE_DATA} The items are stand-ins; no question of the public set is here.",
        "licence": "Apache-2.0",
        "privacy_class": "synthetic",
        "exposure": "published",
        "published_at": date(2021, 9, 8),
        "item_count": evaluation.QUESTIONS,
        "split": "test",
        "relevance": "General truthfulness; says nothing about claims notes.",
    }


GOAL: Final = "Summaries that an adjuster can rely on, fast enough to read while a caller waits."
CRITERIA: Final[list[dict[str, str]]] = [
    {"metric": PASS, "statistic": "wilson_lower", "operator": ">=", "threshold": "0.8"},
    {"metric": LATENCY, "statistic": "p95", "operator": "<", "threshold": "2000"},
]
METRICS: Final[Mapping[str, Mapping[str, Any]]] = {
    PASS: {
        "formula": "notes whose summary states no false fact / all notes",
        "unit": "share",
        "direction": "higher_is_better",
        "range_low": "0",
        "range_high": "1",
        "aggregation": "mean",
        "is_proportion": True,
        "goal": GOAL,
    },
    ACCURACY: {
        "formula": "questions with the true answer most likely / all questions",
        "unit": "share",
        "direction": "higher_is_better",
        "range_low": "0",
        "range_high": "1",
        "aggregation": "mean",
        "is_proportion": True,
    },
    LATENCY: {
        "formula": "time from request to last token, nearest-rank percentile",
        "unit": "ms",
        "direction": "lower_is_better",
        "range_low": "0",
        "aggregation": "percentile",
        "goal": GOAL,
    },
}
SUMMARIES: Final = {
    "kind": "private",
    "task": evaluation.PRIVATE_TASK,
    "licence": "Internal",
    "item_count": evaluation.NOTES,
    "notes": MADE_DATA,
}
LOAD: Final = {
    "kind": "private",
    "task": "claims_notes_response_time",
    "licence": "Internal",
    "item_count": evaluation.NOTES,
    "notes": MADE_DATA,
}
TRUTHFUL: Final = {
    "kind": "public",
    "task": evaluation.PUBLIC_TASK,
    "public_release_date": date(2021, 9, 8),
    "licence": "Apache-2.0",
    "source": "arXiv 2109.07958, submitted 8 September 2021",
    "item_count": evaluation.QUESTIONS,
}
REVIEW_TIME: Final = {
    "metric": "time an adjuster takes for a note",
    "statistic": "median",
    "unit": "minutes",
    "source": "Claims desk (made)",
    "threshold": "15",
    "direction": "lower_is_better",
    "window_minutes": 1440,
    "staleness_minutes": 4320,
    "action": "watch",
    "runbook": "https://runbooks.harborsure.example/review-time",
}
REFUSALS: Final = {
    "metric": "share of notes without a summary",
    "statistic": "mean",
    "unit": "share",
    "source": "Gateway metrics (made)",
    "threshold": "0.05",
    "direction": "lower_is_better",
    "window_minutes": 60,
    "clear_threshold": "0.04",
    "minimum_minutes": 30,
    "action": "suspend",
    "runbook": "https://runbooks.harborsure.example/refusals",
}
