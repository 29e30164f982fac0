"""A run as pages show it: its line in a list, its boundary, its files and its chain; changes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse

from registry.models import MetricResult, Project, Run, RunArtifact, User
from registry.presentation.paging import id_of
from registry.presentation.results import Headline, headline
from registry.presentation.words import plain, run_state

LONGEST_CHAIN = 20
ROLES = {
    "results": "results",
    "samples": "item outcomes",
    "outputs": "raw outputs",
    "config": "settings",
    "log": "log, not read",
    "other": "kept, not read",
}
BUNDLE = {
    "harness_version": "harness version",
    "commit": "commit of the harness",
    "config": "configuration",
    "seed": "seeds",
    "n_shot": "number of examples",
    "prompt_digest": "prompt digest",
    "decoding": "decoding settings",
    "container_digest": "container digest",
    "raw_outputs": "raw outputs",
}


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run in a list."""

    run: Run
    url: str
    state: tuple[str, str]
    headline: Headline | None
    flags: int
    bundle: str


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file of a run."""

    row: RunArtifact
    read_as: str
    preview_url: str
    download_url: str


@dataclass(frozen=True, slots=True)
class Reproducibility:
    """How much of the bundle is there."""

    fact: str
    present: tuple[str, ...]
    missing: tuple[str, ...]


def listed(user: User, project: Project | None) -> QuerySet[Run]:
    """Runs the reader sees, with what a line shows."""
    rows = Run.objects.visible_to(user).with_correction()
    rows = rows.filter(project=project) if project else rows
    return rows.select_related(
        "project", "owner", "model_version__model", "benchmark_version__benchmark", "dataset_version__dataset"
    )


def filtered(rows: QuerySet[Run], query: Mapping[str, str]) -> QuerySet[Run]:
    """Rows that match the filters; an empty or unknown filter filters nothing."""
    columns = {
        "project": "project__key",
        "model": "model_version__model__name__icontains",
        "benchmark": "benchmark_version__benchmark__name__icontains",
        "stage": "stage",
    }
    wanted = {column: query[name] for name, column in columns.items() if query.get(name)}
    rows = rows.filter(**wanted)
    if status := query.get("status"):
        corrected = {"admitted": {"is_corrected": False}, "corrected": {"is_corrected": True}}
        rows = rows.filter(status="void" if status == "void" else "admitted", **corrected.get(status, {}))
    if query.get("flagged"):
        rows = rows.exclude(findings=[])
    return _found(rows, query.get("id", "").strip())


def lines(runs: Sequence[Run]) -> list[RunLine]:
    """Lines of a page; two queries for any number of runs."""
    first = MetricResult.objects.filter(run=OuterRef("pk"), k__isnull=False).order_by("position")
    ids = dict(
        Run.objects.filter(pk__in=[run.pk for run in runs])
        .annotate(headline=Subquery(first.values("pk")[:1]))
        .values_list("pk", "headline")
    )
    results = MetricResult.objects.select_related("metric").in_bulk([pk for pk in ids.values() if pk])
    return [_line(run, results.get(ids.get(run.pk))) for run in runs]


def run_url(run: Run) -> str:
    """The page of a run."""
    return reverse("run", args=[run.project.key, run.human_id])


def files(run: Run, rows: Iterable[RunArtifact]) -> list[FileLine]:
    """Files of a run with their addresses."""
    at = [run.project.key, run.human_id]
    return [
        FileLine(
            row=row,
            read_as=ROLES.get(row.role, row.role),
            preview_url=reverse("run_file", args=[*at, row.position]),
            download_url=reverse("api-artifact", args=[run.project.key, row.artifact.blob_id]),
        )
        for row in rows
    ]


def reproducibility(run: Run) -> Reproducibility:
    """The bundle of R-034: what is there, what is missing."""
    gone = [str(name) for name in run.completeness.get("missing", [])]
    present = tuple(words for name, words in BUNDLE.items() if name not in gone)
    missing = tuple(BUNDLE.get(name, plain(name)) for name in gone)
    return Reproducibility(f"{len(present)} of {len(BUNDLE)}", present, missing)


def earlier(run: Run) -> Iterator[Run]:
    """Runs this one corrects, the nearest first."""
    before = run.corrects
    for _ in range(LONGEST_CHAIN):
        if before is None:
            return
        yield before
        before = before.corrects


def later(run: Run) -> list[Run]:
    """Runs that correct this one."""
    return list(run.corrections.select_related("project").order_by("pk")[:LONGEST_CHAIN])


def _found(rows: QuerySet[Run], text: str) -> QuerySet[Run]:
    if not text:
        return rows
    if identifier := id_of(text):
        return rows.filter(pk=identifier)
    return rows.filter(human_id__iexact=text) | rows.filter(external_id=text)


def _line(run: Run, result: MetricResult | None) -> RunLine:
    bundle = run.completeness
    return RunLine(
        run=run,
        url=run_url(run),
        state=run_state(run.status, is_corrected=getattr(run, "is_corrected", False)),
        headline=headline(result),
        flags=sum(1 for one in run.findings if one.get("severity") == "flag"),
        bundle=f"{bundle.get('present', 0)} of {bundle.get('total', len(BUNDLE))}",
    )
