"""Read tasks and metrics of an lm-evaluation-harness results object; never compute one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from registry.findings import Finding
from registry.formats.draft import MISSING, MetricDraft, Quantity, TaskDraft, quantity_of
from registry.formats.nodes import Node, is_printable_name
from registry.formats.strict_json import JsonValue

MAX_METRICS: Final = 5000
NOT_AVAILABLE: Final = "N/A"
_STDERR: Final = "_stderr"
# Members of a task's results that describe the task and measure nothing.
_DESCRIPTIVE: Final = frozenset({"alias", "name", "sample_len", "sample_count", "samples", " "})


@dataclass(frozen=True, slots=True)
class Results:
    """The tasks and metrics of one results file, and what could not be read."""

    tasks: tuple[TaskDraft, ...]
    metrics: tuple[MetricDraft, ...]
    problems: tuple[Finding, ...]


def has_filters(root: Node) -> bool:
    """Say whether metric keys are written ``metric,filter`` (0.4) rather than ``metric`` (0.3)."""
    return any("," in key for _, task in root.at("results").items() for key, _ in task.items())


def read_results(root: Node) -> Results:
    """Return the tasks and metrics below ``/results`` and the tables beside it."""
    tasks: list[TaskDraft] = []
    metrics: list[MetricDraft] = []
    problems: list[Finding] = []
    filters = has_filters(root)
    for name, node in root.at("results").items():
        if not is_printable_name(name):
            problems.append(_unusable_name(node))
            continue
        task = _task(root, name, node)
        tasks.append(task)
        for entry in _entries(node, filters=filters):
            metric = _metric(root, task, entry)
            if isinstance(metric, Finding):
                problems.append(metric)
            else:
                metrics.append(metric)
    return Results(tuple(tasks), tuple(metrics[:MAX_METRICS]), (*problems, *_too_many(metrics)))


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    filter: str
    node: Node
    stderr: Node


def _entries(task: Node, *, filters: bool) -> Iterator[_Entry]:
    for key, node in task.items():
        name, _, chosen = key.partition(",")
        if key in _DESCRIPTIVE or name.endswith(_STDERR) or (filters and "," not in key):
            continue
        suffix = f",{chosen}" if "," in key else ""
        yield _Entry(name, chosen, node, task.at(f"{name}{_STDERR}{suffix}"))


def _task(root: Node, name: str, node: Node) -> TaskDraft:
    config = root.at("configs", name)
    counts = root.at("n-samples", name)
    effective = counts.at("effective").integer()
    shots = (root.at("n-shot", name), config.at("num_fewshot"), root.at("config", "num_fewshot"))
    return TaskDraft(
        name=name,
        where=node.where,
        is_group=_is_group(root, name),
        version=root.at("versions", name).text() or config.at("metadata", "version").text(),
        dataset=config.at("dataset_path").text(),
        dataset_revision=config.at("dataset_kwargs", "revision").text(),
        split=config.at("test_split").text() or config.at("validation_split").text(),
        output_type=config.at("output_type").text(),
        n_original=counts.at("original").integer(),
        n_effective=effective if effective is not None else node.at("sample_len").integer(),
        n_shot=next((found for shot in shots if (found := shot.text())), None),
        task_hash=root.at("task_hashes", name).text(),
    )


def _is_group(root: Node, name: str) -> bool:
    named = root.at("groups", name).value is not None
    return named or bool(root.at("group_subtasks", name).value)


def _metric(root: Node, task: TaskDraft, entry: _Entry) -> MetricDraft | Finding:
    value = quantity_of(entry.node.value)
    if value is None:
        return _not_a_number(task.name, entry)
    if not is_printable_name(f"{entry.name},{entry.filter}"):
        return _unusable_name(entry.node)
    direction = root.at("higher_is_better", task.name, entry.name).value
    return MetricDraft(
        name=entry.name,
        slice=task.name,
        value=value,
        where=entry.node.where,
        filter=entry.filter,
        stderr=_stderr(entry.stderr.value),
        n=None if task.is_group else task.n_effective,
        aggregation=_aggregation(root, task.name, entry.name),
        higher_is_better=direction if isinstance(direction, bool) else None,
        is_group=task.is_group,
    )


def _stderr(value: JsonValue) -> Quantity | None:
    if value is None:
        return None
    return MISSING if value == NOT_AVAILABLE else quantity_of(value) or MISSING


def _aggregation(root: Node, task: str, metric: str) -> str | None:
    for entry in root.at("configs", task, "metric_list").elements():
        if entry.at("metric").value == metric:
            found = entry.at("aggregation").text()
            return found.value if found else "custom" if entry.at("aggregation").value else None
    return None


def _not_a_number(task: str, entry: _Entry) -> Finding:
    return Finding(
        "METRIC_NOT_A_NUMBER",
        "refuse",
        f"The metric {entry.name} of task {task} is not a number",
        entry.node.file,
        entry.node.where.pointer,
        "Send the results file as the harness wrote it; a metric is a number, NaN or Infinity",
    )


def _unusable_name(node: Node) -> Finding:
    return Finding(
        "NAME_NOT_USABLE",
        "refuse",
        "A task or metric name is empty, longer than 200 characters or holds control characters",
        node.file,
        node.where.pointer[:400],
        "Rename the task and run the evaluation again",
    )


def _too_many(metrics: list[MetricDraft]) -> tuple[Finding, ...]:
    if len(metrics) <= MAX_METRICS:
        return ()
    place = metrics[MAX_METRICS].where
    message = f"The file holds {len(metrics)} metrics; a run holds at most {MAX_METRICS}"
    step = "Split the evaluation into several runs"
    return (Finding("METRICS_TOO_MANY", "refuse", message, place.file, place.pointer, step),)
