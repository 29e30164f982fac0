"""Read files of lm-evaluation-harness 0.3 to 0.4.13 into a draft; never trust or judge them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import IO, Final, TypeAlias

from evidence.canonical import utc_text
from registry.findings import Finding
from registry.formats.draft import Found, RunDraft, SampleSummary, TaskDraft
from registry.formats.lm_eval_results import Results, has_filters, read_results
from registry.formats.lm_eval_samples import SamplesRefused, summarise
from registry.formats.nodes import Node
from registry.formats.strict_json import JsonRefused, Number, parse

READER: Final = "lm-eval"
READER_VERSION: Final = "1"
MAX_RESULTS_BYTES: Final = 32 * 1024 * 1024

Source: TypeAlias = IO[bytes] | Callable[[], IO[bytes]]

_SEEDS: Final = ("random", "numpy", "torch", "fewshot")
_MODEL_ARGS: Final = ("pretrained", "model", "engine", "path")
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PLAUSIBLE_SECONDS: Final = range(946_684_800, 4_102_444_800)  # the years 2000 to 2099
_ENVIRONMENT_LINES: Final = {
    "PyTorch version": "pytorch",
    "OS": "os",
    "Python version": "python",
    "CUDA runtime version": "cuda",
    "Nvidia driver version": "driver",
    "Model name": "cpu",
}
_GPU: Final = re.compile(r"GPU [0-9]+: ([^\n]{1,200})")
_SETTING: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_MAX_ENVIRONMENT: Final = 200_000


def read(files: Mapping[str, Source]) -> RunDraft:
    """Return what the harness's files state; problems are findings, never exceptions.

    ``files`` maps original names to binary streams or functions that open one:
    exactly one results file (``*.json``) and any number of samples files
    (``samples_<task>_<time>.jsonl``). Shapes: the harness's own output,
    versions 0.3 and 0.4.0 to 0.4.13.
    """
    samples = {name: source for name, source in files.items() if name.endswith(".jsonl")}
    results = [name for name in files if name not in samples]
    if len(results) != 1:
        return _unread(_results_count(results))
    root = _root(results[0], files[results[0]])
    if isinstance(root, Finding):
        return _unread(root)
    found = read_results(root)
    summaries, problems = _samples(samples, found)
    return _draft(root, found, summaries, (*found.problems, *problems))


def _draft(
    root: Node,
    found: Results,
    summaries: tuple[SampleSummary, ...],
    problems: tuple[Finding, ...],
) -> RunDraft:
    measured = [task for task in found.tasks if not task.is_group]
    return RunDraft(
        reader=READER,
        reader_version=READER_VERSION,
        format_version="0.4" if has_filters(root) else "0.3",
        fields=_fields(root, measured, summaries),
        environment=_environment(root),
        seeds=_present({name: root.at("config", f"{name}_seed").text() for name in _SEEDS}),
        decoding=_decoding(root, measured),
        tasks=found.tasks,
        metrics=found.metrics,
        samples=summaries,
        problems=problems,
    )


def _root(name: str, source: Source) -> Node | Finding:
    try:
        data = _open(source).read(MAX_RESULTS_BYTES + 1)
        value = parse(data, max_bytes=MAX_RESULTS_BYTES, non_finite="state")
    except JsonRefused as refused:
        step = "Send the file as the harness wrote it, complete"
        return Finding(refused.code.upper(), "refuse", f"{name}: {refused}", name, "", step)
    root = Node(name, value)
    if isinstance(root.at("results").value, dict):
        return root
    message = f"{name} has no object /results: it is no results file of the harness"
    step = "Name the reader that fits the file, or send the harness's results_*.json"
    return Finding("RESULTS_NOT_LM_EVAL", "refuse", message, name, "/results", step)


def _open(source: Source) -> IO[bytes]:
    return source() if callable(source) else source


def _unread(problem: Finding) -> RunDraft:
    return RunDraft(READER, READER_VERSION, "unknown", problems=(problem,))


def _results_count(names: list[str]) -> Finding:
    code = "RESULTS_SEVERAL" if names else "RESULTS_MISSING"
    message = f"A run has exactly one results file; {len(names)} were sent: {', '.join(names[:5])}"
    step = "Send one results_*.json for each run, with its samples_*.jsonl files"
    return Finding(code, "refuse", message[:400], "", "/artifacts", step)


def _samples(
    files: Mapping[str, Source], results: Results
) -> tuple[tuple[SampleSummary, ...], tuple[Finding, ...]]:
    summaries: list[SampleSummary] = []
    problems: list[Finding] = []
    for name, source in sorted(files.items()):
        task = _task_of(name, [task.name for task in results.tasks if not task.is_group])
        if task is None or any(summary.task == task for summary in summaries):
            problems.append(_no_task(name))
            continue
        metrics = {metric.name for metric in results.metrics if metric.slice == task}
        try:
            summaries.append(summarise(name, _open(source), task=task, metrics=metrics))
        except SamplesRefused as refused:
            problems.append(refused.finding)
    return tuple(summaries), tuple(problems)


def _task_of(file: str, tasks: Iterable[str]) -> str | None:
    # The harness writes samples_<task>_<time>; a task's name may be the start of another's.
    named = [task for task in tasks if file.startswith(f"samples_{_in_file_name(task)}_")]
    exact = [task for task in tasks if file == f"samples_{_in_file_name(task)}.jsonl"]
    return max(exact or named, key=len, default=None)


def _in_file_name(task: str) -> str:
    return task.replace("/", "__")


def _no_task(name: str) -> Finding:
    message = f"{name} names no task of the results file, or a task that has a samples file already"
    step = "Keep the name the harness gave: samples_<task>_<time>.jsonl"
    return Finding("SAMPLES_TASK_UNKNOWN", "refuse", message[:400], name, "", step)


def _fields(root: Node, tasks: list[TaskDraft], summaries: tuple[SampleSummary, ...]) -> Mapping[str, Found]:
    config = root.at("config")
    return _present(
        {
            "model": _model(root),
            "revision": _revision(root),
            "commit": root.at("git_hash").text(),
            "upper_commit": root.at("upper_git_hash").text(),
            "harness_version": root.at("lm_eval_version").text(),
            "config": Found("included", config.where) if config.value else None,
            "limit": config.at("limit").text(),
            "n_shot": _joined(task.n_shot for task in tasks),
            "dataset": _joined(task.dataset for task in tasks),
            "dataset_revision": _joined(task.dataset_revision for task in tasks),
            "started_at": _started_at(root.at("date")),
            "duration_seconds": root.at("total_evaluation_time_seconds").text(),
            "chat_template_sha": root.at("chat_template_sha").text(),
            "system_instruction_sha": root.at("system_instruction_sha").text(),
            "raw_outputs": _raw_outputs(summaries),
        }
    )


def _model(root: Node) -> Found | None:
    # 0.4.9 wrote an empty model_name for vLLM; the arguments still name the model.
    arguments = _arguments(root.at("config", "model_args"))
    named = (arguments[key] for key in _MODEL_ARGS if key in arguments)
    return root.at("model_name").text() or next(named, None)


def _revision(root: Node) -> Found | None:
    config = root.at("config")
    stated = _arguments(config.at("model_args")).get("revision")
    return config.at("model_sha").text() or stated or config.at("model_revision").text()


def _arguments(node: Node) -> Mapping[str, Found]:
    # A string "a=1,b=2" up to 0.4.8, a string or an object in 0.4.9, an object later.
    if isinstance(node.value, str):
        pairs = (part.partition("=") for part in node.value.split(","))
        return {key.strip(): Found(value.strip(), node.where) for key, _, value in pairs if value}
    return _present({key: inner.text() for key, inner in node.items()})


def _joined(found: Iterable[Found | None]) -> Found | None:
    first: dict[str, Found] = {}
    for one in found:
        if one is not None:
            first.setdefault(one.value, one)
    if not first:
        return None
    return Found(", ".join(sorted(first))[:1000], next(iter(first.values())).where)


def _started_at(node: Node) -> Found | None:
    value = node.value.decimal() if isinstance(node.value, Number) else None
    if value is None or int(value) not in _PLAUSIBLE_SECONDS:
        return None
    moment = _EPOCH + timedelta(microseconds=int(value * Decimal(1_000_000)))
    return Found(utc_text(moment), node.where)


def _raw_outputs(summaries: tuple[SampleSummary, ...]) -> Found | None:
    if not summaries:
        return None
    files = "1 samples file" if len(summaries) == 1 else f"{len(summaries)} samples files"
    return Found(files, Node(summaries[0].file, None).where)


def _environment(root: Node) -> Mapping[str, Found]:
    config = root.at("config")
    stated = {
        "device": config.at("device").text(),
        "batch_size": config.at("batch_size").text(),
        "model_dtype": config.at("model_dtype").text(),
        "model_parameters": config.at("model_num_parameters").text(),
        "backend": root.at("model_source").text() or config.at("model").text(),
        "transformers": root.at("transformers_version").text(),
    }
    return {**_described(root.at("pretty_env_info")), **_present(stated)}


def _described(node: Node) -> Mapping[str, Found]:
    if not isinstance(node.value, str) or len(node.value) > _MAX_ENVIRONMENT:
        return {}
    found: dict[str, Found] = {}
    for line in node.value.splitlines():
        label, _, value = line.partition(":")
        name, text = _ENVIRONMENT_LINES.get(label.strip()), Node(node.file, value.strip()).text()
        if name and text:
            found.setdefault(name, Found(text.value, node.where))
    gpus = _GPU.findall(node.value)
    if gpus:
        kinds = sorted({gpu.strip() for gpu in gpus})
        found["gpu"] = Found(f"{len(gpus)} x {', '.join(kinds)}"[:1000], node.where)
    return found


def _decoding(root: Node, tasks: list[TaskDraft]) -> Mapping[str, Found]:
    # The command line's gen_kwargs override what a task's file sets.
    found: dict[str, Found] = {}
    for task in tasks:
        stated = dict(root.at("configs", task.name, "generation_kwargs").items())
        settings = {key: node.text() for key, node in stated.items()}
        for key, value in {**settings, "output_type": task.output_type}.items():
            if value is not None and found.setdefault(key, value).value != value.value:
                found[key] = Found("differs between tasks", value.where)
    merged = {**found, **_arguments(root.at("config", "gen_kwargs"))}
    return {key: value for key, value in merged.items() if _SETTING.fullmatch(key)}


def _present(found: Mapping[str, Found | None]) -> Mapping[str, Found]:
    return {name: value for name, value in found.items() if value is not None}
