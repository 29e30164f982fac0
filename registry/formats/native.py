"""Parse the submission document an engineer posts; its content is judged elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, TypeAlias

from evidence.names import record_type
from registry.formats.draft import Found, MetricDraft, Quantity, RunDraft, Where, quantity_of
from registry.formats.strict_json import JsonRefused, JsonValue, Number, decimal_of, parse
from registry.formats.submission_schema import Problem, problems_of

TYPE: Final = record_type("submission")
READER: Final = "native"
READER_VERSION: Final = "1"
MAX_DOCUMENT_BYTES: Final = 1024 * 1024
_MAX_LEXEME: Final = 60
_MAX_EXACT: Final = 2**53 - 1

Canonical: TypeAlias = "bool | str | int | list[Canonical] | dict[str, Canonical] | None"
_Object: TypeAlias = dict[str, JsonValue]


class DocumentRefused(Exception):
    """A submission document is not accepted; ``problems`` names each field and the next step."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(problem.message for problem in problems[:5]))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class NamedVersion:
    """A catalogue entry as the document names it."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class ArtifactRef:
    """A file uploaded before: digest text, original name, role in the run, media type."""

    digest: str
    name: str
    role: str
    media_type: str


@dataclass(frozen=True, slots=True)
class Environment:
    """Where the run took place; ``details`` holds the further resource fields by name."""

    hardware: str | None
    region: str | None
    container_digest: str | None
    software: Mapping[str, str]
    tags: Mapping[str, str]
    details: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Conditions:
    """How the run was made; settings and rates are lexemes, seeds integers by generator."""

    concurrency: int | None
    requests_per_second: str | None
    prompt_set: str | None
    prompt_digest: str | None
    decoding: Mapping[str, str]
    n_shot: int | None
    seeds: Mapping[str, int]
    warm: bool | None
    repeats: int | None


@dataclass(frozen=True, slots=True)
class Harness:
    """The evaluation tool as the uploader states it."""

    name: str | None
    version: str | None
    commit: str | None


@dataclass(frozen=True, slots=True)
class Override:
    """A field where file and document may differ, and the uploader's reason."""

    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class StatedMetric:
    """One metric of a document for the reader native."""

    name: str
    slice: str
    value: Quantity
    k: int | None
    n: int | None
    stderr: Quantity | None
    statistic: str | None
    unit: str | None


@dataclass(frozen=True, slots=True)
class SubmissionDocument:
    """A submission document whose shape is checked; ``content`` is what was posted."""

    external_id: str
    reader: str
    owner: str
    model: NamedVersion
    benchmark: NamedVersion
    dataset: NamedVersion
    stage: str
    origin_kind: str
    artifacts: tuple[ArtifactRef, ...]
    environment: Environment
    conditions: Conditions
    not_covered: str
    harness: Harness
    config_digest: str | None
    started_at: datetime | None
    finished_at: datetime | None
    split: str | None
    rollback_artifacts: tuple[str, ...]
    monitoring_signals: tuple[str, ...]
    corrects: str | None
    correction_reason: str | None
    overrides: tuple[Override, ...]
    metrics: tuple[StatedMetric, ...]
    task_metrics: Mapping[str, str]
    content: _Object

    def canonical(self) -> dict[str, Canonical]:
        """Return the posted content in the canonical profile: integers, else lexemes as text."""
        return {key: _canonical(value) for key, value in self.content.items()}

    def override_reason(self, field: str) -> str | None:
        """Return the uploader's reason for a difference in ``field``, if one is given."""
        return next((one.reason for one in self.overrides if one.field == field), None)


def parse_submission(data: bytes) -> SubmissionDocument:
    """Return the document of a request body (at most 1 MiB). Raises DocumentRefused."""
    try:
        value = parse(data, max_bytes=MAX_DOCUMENT_BYTES)
    except JsonRefused as refused:
        step = "send one JSON object in UTF-8"
        raise DocumentRefused([Problem(refused.code, "", f"{refused}; {step}")]) from None
    problems = problems_of(value)
    if problems or not isinstance(value, dict):
        raise DocumentRefused(problems)
    problems = list(_cross_checks(value))
    if problems:
        raise DocumentRefused(problems)
    return _document(value)


def read(document: SubmissionDocument) -> RunDraft:
    """Return the draft of a document whose metrics are its own (reader native)."""
    metrics = tuple(
        MetricDraft(
            name=metric.name,
            slice=metric.slice,
            value=metric.value,
            where=Where("", f"/metrics/{position}/value"),
            stderr=metric.stderr,
            n=metric.n,
            k=metric.k,
            statistic=metric.statistic,
            unit=metric.unit,
        )
        for position, metric in enumerate(document.metrics)
    )
    fields: dict[str, Found] = {}
    return RunDraft(READER, READER_VERSION, "1", fields=fields, metrics=metrics)


def _cross_checks(value: _Object) -> Iterator[Problem]:
    yield from _twice(value, "artifacts", "name", "artifact_name_twice")
    yield from _twice(value, "overrides", "field", "override_field_twice")
    yield from _numbers(value)
    times = [_time(value, name) for name in ("started_at", "finished_at")]
    for name, time in zip(("started_at", "finished_at"), times, strict=True):
        if name in value and time is None:
            yield Problem("time_invalid", f"/{name}", f"/{name} is no date that exists; correct it")
    started, finished = times
    if started and finished and finished < started:
        message = "/finished_at is before /started_at; correct one of them"
        yield Problem("time_order", "/finished_at", message)


def _numbers(value: _Object) -> Iterator[Problem]:
    for position, entry in enumerate(_objects(value, "metrics")):
        for key in ("value", "stderr"):
            lexeme = _text(entry, key)
            if lexeme is None or (len(lexeme) <= _MAX_LEXEME and decimal_of(lexeme) is not None):
                continue
            place = f"/metrics/{position}/{key}"
            message = f"{place} is no number of at most {_MAX_LEXEME} characters; shorten it"
            yield Problem("number_out_of_range", place, message)


def _twice(value: _Object, member: str, key: str, code: str) -> Iterator[Problem]:
    seen: set[str] = set()
    for position, entry in enumerate(_objects(value, member)):
        name = str(entry[key])
        if name in seen:
            place = f"/{member}/{position}/{key}"
            yield Problem(code, place, f"{place} occurs twice; keep one entry for each {key}")
        seen.add(name)


def _document(value: _Object) -> SubmissionDocument:
    return SubmissionDocument(
        external_id=_required(value, "external_id"),
        reader=_required(value, "reader"),
        owner=_required(value, "owner"),
        model=_named(value, "model"),
        benchmark=_named(value, "benchmark"),
        dataset=_named(value, "dataset"),
        stage=_required(value, "stage"),
        origin_kind=_required(value, "origin_kind"),
        artifacts=tuple(_artifact(entry) for entry in _objects(value, "artifacts")),
        environment=_environment(_object(value, "environment")),
        conditions=_conditions(_object(value, "conditions")),
        not_covered=_required(value, "not_covered"),
        harness=_harness(_object(value, "harness")),
        config_digest=_text(value, "config_digest"),
        started_at=_time(value, "started_at"),
        finished_at=_time(value, "finished_at"),
        split=_text(value, "split"),
        rollback_artifacts=_texts(value, "rollback_artifacts"),
        monitoring_signals=_texts(value, "monitoring_signals"),
        corrects=_text(value, "corrects"),
        correction_reason=_text(value, "correction_reason"),
        overrides=tuple(
            Override(_required(entry, "field"), _required(entry, "reason"))
            for entry in _objects(value, "overrides")
        ),
        metrics=tuple(_metric(entry) for entry in _objects(value, "metrics")),
        task_metrics=_texts_by_name(_object(value, "task_metrics")),
        content=value,
    )


def _named(value: _Object, key: str) -> NamedVersion:
    inner = _object(value, key)
    return NamedVersion(_required(inner, "name"), _required(inner, "version"))


def _artifact(entry: _Object) -> ArtifactRef:
    return ArtifactRef(*(_required(entry, key) for key in ("digest", "name", "role", "media_type")))


def _environment(value: _Object) -> Environment:
    named = ("hardware", "region", "container_digest", "software", "tags")
    details = {key: inner for key, inner in value.items() if key not in named}
    return Environment(
        hardware=_text(value, "hardware"),
        region=_text(value, "region"),
        container_digest=_text(value, "container_digest"),
        software=_texts_by_name(_object(value, "software")),
        tags=_texts_by_name(_object(value, "tags")),
        details=_texts_by_name(details),
    )


def _conditions(value: _Object) -> Conditions:
    load, warm, seeds = _object(value, "load"), value.get("warm"), _object(value, "seeds")
    return Conditions(
        concurrency=_integer(load, "concurrency"),
        requests_per_second=_text(load, "requests_per_second"),
        prompt_set=_text(value, "prompt_set"),
        prompt_digest=_text(value, "prompt_digest"),
        decoding=_texts_by_name(_object(value, "decoding")),
        n_shot=_integer(value, "n_shot"),
        seeds={name: seed for name in seeds if (seed := _integer(seeds, name)) is not None},
        warm=warm if isinstance(warm, bool) else None,
        repeats=_integer(value, "repeats"),
    )


def _harness(value: _Object) -> Harness:
    return Harness(_text(value, "name"), _text(value, "version"), _text(value, "commit"))


def _metric(entry: _Object) -> StatedMetric:
    return StatedMetric(
        name=_required(entry, "name"),
        slice=_text(entry, "slice") or "",
        value=_quantity(entry["value"]),
        k=_integer(entry, "k"),
        n=_integer(entry, "n"),
        stderr=_quantity(entry["stderr"]) if "stderr" in entry else None,
        statistic=_text(entry, "statistic"),
        unit=_text(entry, "unit"),
    )


def _quantity(value: JsonValue) -> Quantity:
    match value:
        case {"state": "nan" | "inf" | "-inf" | "missing" as state}:
            return Quantity(None, state)
        case str(lexeme):
            return quantity_of(Number(lexeme)) or Quantity(None, "missing")
        case _:
            return quantity_of(value) or Quantity(None, "missing")


def _time(value: _Object, key: str) -> datetime | None:
    text = _text(value, key)
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except (ValueError, OverflowError):
        return None


def _object(value: _Object, key: str) -> _Object:
    inner = value.get(key)
    return inner if isinstance(inner, dict) else {}


def _objects(value: _Object, key: str) -> list[_Object]:
    inner = value.get(key)
    return [entry for entry in inner if isinstance(entry, dict)] if isinstance(inner, list) else []


def _required(value: _Object, key: str) -> str:
    return _text(value, key) or ""


def _text(value: _Object, key: str) -> str | None:
    match value.get(key):
        case str(text):
            return text
        case Number(lexeme):
            return lexeme
        case bool(flag):
            return "true" if flag else "false"
        case _:
            return None


def _texts(value: _Object, key: str) -> tuple[str, ...]:
    inner = value.get(key)
    entries = inner if isinstance(inner, list) else []
    return tuple(entry for entry in entries if isinstance(entry, str))


def _texts_by_name(value: _Object) -> Mapping[str, str]:
    return {key: text for key in value if (text := _text(value, key)) is not None}


def _integer(value: _Object, key: str) -> int | None:
    inner = value.get(key)
    number = inner.decimal() if isinstance(inner, Number) else None
    return int(number) if number is not None else None


def _canonical(value: JsonValue) -> Canonical:
    match value:
        case Number(lexeme):
            integer = value.integer()
            return integer if integer is not None and abs(integer) <= _MAX_EXACT else lexeme
        case list():
            return [_canonical(inner) for inner in value]
        case dict():
            return {key: _canonical(inner) for key, inner in value.items()}
        case bool() | str() | None:
            return value
        case _:
            raise AssertionError("unreachable: the document is parsed without non-finite numbers")
