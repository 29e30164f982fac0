"""Say for each field of a run where it came from; a difference is shown, never settled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from evidence.canonical import utc_text
from registry import agreement as compare
from registry.agreement import Relation
from registry.facts import CatalogueFacts
from registry.findings import pointer_to
from registry.formats.draft import Found, RunDraft, Where
from registry.formats.native import SubmissionDocument

OriginState = Literal["file", "uploader", "both", "conflict", "missing"]

MUST_AGREE: Final = ("model", "revision", "task", "dataset", "n", "seed", "commit")
"""A conflict in one of these refuses the run unless the document gives a reason."""

REPRODUCIBILITY: Final = (
    "harness_version",
    "commit",
    "config",
    "seed",
    "n_shot",
    "prompt_digest",
    "decoding",
    "container_digest",
    "raw_outputs",
)
"""The reproducibility bundle (R-034)."""

_OUTPUT_ROLES: Final = ("outputs", "samples")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where one field came from.

    ``value`` is what the run shows: the uploader's in a conflict or agreement, else
    the only one there is. ``file`` and ``pointer`` place ``file_value``.
    """

    field: str
    state: OriginState
    value: str | None
    file_value: str | None
    uploader_value: str | None
    file: str | None
    pointer: str | None
    override_reason: str | None

    def as_dict(self) -> dict[str, str | None]:
        """Return the origin as plain fields for records and pages."""
        return {name: getattr(self, name) for name in self.__slots__}


@dataclass(frozen=True, slots=True)
class Completeness:
    """The reproducibility bundle: present of total, and the names of what is missing."""

    present: int
    total: int
    missing: tuple[str, ...]

    def as_dict(self) -> dict[str, int | list[str]]:
        """Return the counts and names as plain fields."""
        return {"present": self.present, "total": self.total, "missing": list(self.missing)}


@dataclass(frozen=True, slots=True)
class _Claim:
    field: str
    found: Found | None
    stated: str | None
    relation: Relation = "incomparable"


def merge(draft: RunDraft, document: SubmissionDocument, facts: CatalogueFacts) -> Mapping[str, Origin]:
    """Return the origin of each field of a run, by field name, in the order pages show them."""
    claims = (
        *_identity(draft, document, facts),
        *_reproducibility(draft, document),
        *_circumstances(draft, document),
    )
    return {claim.field: _origin(claim, document) for claim in claims}


def completeness(origins: Mapping[str, Origin]) -> Completeness:
    """Return how much of the reproducibility bundle is there; a conflict is there, and shown."""
    missing = tuple(name for name in REPRODUCIBILITY if origins[name].state == "missing")
    total = len(REPRODUCIBILITY)
    return Completeness(total - len(missing), total, missing)


def _origin(claim: _Claim, document: SubmissionDocument) -> Origin:
    found, stated = claim.found, claim.stated
    state = _state(claim)
    prefers_file = state == "file" or stated is None
    file_value = found.value if found else None
    return Origin(
        field=claim.field,
        state=state,
        value=file_value if prefers_file else stated,
        file_value=file_value,
        uploader_value=stated,
        file=found.where.file if found else None,
        pointer=found.where.pointer if found else None,
        override_reason=document.override_reason(claim.field) if state == "conflict" else None,
    )


def _state(claim: _Claim) -> OriginState:
    match claim.found, claim.stated, claim.relation:
        case None, None, _:
            return "missing"
        case None, _, _:
            return "uploader"
        case _, None, _:
            return "file"
        case _, _, "agree":
            return "both"
        case _, _, "differ":
            return "conflict"
        case _:
            # Two statements that cannot be compared: the file's is the nearer to the run.
            return "file"


def _identity(draft: RunDraft, document: SubmissionDocument, facts: CatalogueFacts) -> tuple[_Claim, ...]:
    return (
        _model(draft, facts),
        _revision(draft, facts),
        _task(draft, facts),
        _dataset(draft, facts),
        _n(draft, document, facts),
        _seed(draft, document),
        _commit(draft, document),
    )


def _model(draft: RunDraft, facts: CatalogueFacts) -> _Claim:
    found = draft.fields.get("model")
    agrees = found is not None and compare.same_name(found.value, compare.model_names(facts.model))
    return _Claim("model", found, facts.model.name, "agree" if agrees else "differ")


def _revision(draft: RunDraft, facts: CatalogueFacts) -> _Claim:
    found, model = draft.fields.get("revision"), facts.model
    if found is None or found.value.lower() in compare.MOVING_REVISIONS:
        return _Claim("revision", None, model.version)
    return _Claim("revision", found, model.version, compare.revision_relation(found.value, model))


def _task(draft: RunDraft, facts: CatalogueFacts) -> _Claim:
    benchmark = facts.benchmark
    if not draft.tasks:
        return _Claim("task", None, benchmark.task)
    names = (benchmark.task, benchmark.name, *benchmark.aliases)
    agreeing = [task for task in draft.tasks if compare.same_name(task.name, names)]
    shown = ", ".join(task.name for task in agreeing or draft.measured_tasks())[:1000]
    found = Found(shown, (agreeing or list(draft.tasks))[0].where)
    return _Claim("task", found, benchmark.task, "agree" if agreeing else "differ")


def _dataset(draft: RunDraft, facts: CatalogueFacts) -> _Claim:
    stated = {task.dataset.value: task.dataset for task in draft.tasks if task.dataset}
    named = {name: found for name, found in stated.items() if name not in compare.LOADERS}
    if not named:
        return _Claim("dataset", None, facts.dataset.name)
    names = compare.dataset_names(facts.dataset)
    agrees = all(compare.same_name(name, names) for name in named)
    found = Found(", ".join(sorted(named))[:1000], next(iter(named.values())).where)
    return _Claim("dataset", found, facts.dataset.name, "agree" if agrees else "differ")


def _n(draft: RunDraft, document: SubmissionDocument, facts: CatalogueFacts) -> _Claim:
    if document.metrics:
        counts = sorted({metric.n for metric in document.metrics if metric.n is not None})
        return _Claim("n", None, ", ".join(map(str, counts)) or None)
    items = {task.name: task.n_original for task in draft.measured_tasks()}
    original = {name: n for name, n in items.items() if n is not None}
    if not original:
        return _Claim("n", _sampled(draft), None)
    file = draft.measured_tasks()[0].where.file
    where = Where(file, pointer_to("n-samples", next(iter(original)), "original"))
    relation = compare.count_relation(original.values(), facts.dataset)
    shown = Found(str(sum(original.values())), where)
    return _Claim("n", shown, str(facts.dataset.item_count), relation)


def _sampled(draft: RunDraft) -> Found | None:
    if not draft.samples:
        return None
    total = sum(summary.n for summary in draft.samples)
    return Found(str(total), Where(draft.samples[0].file, ""))


def _seed(draft: RunDraft, document: SubmissionDocument) -> _Claim:
    given = {name: str(seed) for name, seed in document.conditions.seeds.items()}
    return _settings("seed", draft.seeds, given)


def _commit(draft: RunDraft, document: SubmissionDocument) -> _Claim:
    named = (draft.fields.get("commit"), draft.fields.get("upper_commit"))
    found = [one for one in named if one is not None]
    stated = document.harness.commit
    if not found or stated is None:
        return _Claim("commit", found[0] if found else None, stated)
    relation = compare.commit_relation((one.value for one in found), (stated,))
    return _Claim("commit", found[0], stated, relation)


def _reproducibility(draft: RunDraft, document: SubmissionDocument) -> tuple[_Claim, ...]:
    conditions = document.conditions
    n_shot = None if conditions.n_shot is None else str(conditions.n_shot)
    return (
        _same("harness_version", draft.fields.get("harness_version"), document.harness.version),
        _Claim("config", draft.fields.get("config"), _config(document)),
        _same("n_shot", draft.fields.get("n_shot"), n_shot),
        _prompt(draft, document),
        _settings("decoding", draft.decoding, conditions.decoding),
        _Claim("container_digest", None, document.environment.container_digest),
        _Claim("raw_outputs", draft.fields.get("raw_outputs"), _outputs(document)),
    )


def _same(field: str, found: Found | None, stated: str | None) -> _Claim:
    agrees = found is not None and stated is not None and compare.same_name(found.value, (stated,))
    return _Claim(field, found, stated, "agree" if agrees else "differ")


def _settings(field: str, found: Mapping[str, Found], given: Mapping[str, str]) -> _Claim:
    stated = {name: one.value for name, one in found.items()}
    place = next(iter(found.values())).where if found else None
    shown = Found(_listed(stated), place) if place else None
    relation = compare.settings_relation(stated, given)
    return _Claim(field, shown, _listed(given) or None, relation)


def _listed(settings: Mapping[str, str]) -> str:
    return ", ".join(f"{name}={value}" for name, value in sorted(settings.items()))[:1000]


def _config(document: SubmissionDocument) -> str | None:
    files = (one.digest for one in document.artifacts if one.role == "config")
    return document.config_digest or next(files, None)


def _prompt(draft: RunDraft, document: SubmissionDocument) -> _Claim:
    # A chat template is part of a prompt, a task hash covers prompts and items: neither can
    # contradict a digest of the prompt template, so a stated digest stands by itself.
    stated = document.conditions.prompt_digest
    hashes = (task.task_hash for task in draft.tasks if task.task_hash)
    found = draft.fields.get("chat_template_sha") or next(hashes, None)
    if stated is None or found is None:
        return _Claim("prompt_digest", found, stated)
    agrees = stated.removeprefix("sha256:") == found.value
    return _Claim("prompt_digest", found if agrees else None, stated, "agree")


def _outputs(document: SubmissionDocument) -> str | None:
    count = sum(1 for one in document.artifacts if one.role in _OUTPUT_ROLES)
    return f"{count} files" if count else None


def _circumstances(draft: RunDraft, document: SubmissionDocument) -> tuple[_Claim, ...]:
    finished = document.finished_at
    return (
        _Claim("environment", _machine(draft), _stated_machine(document)),
        _Claim("conditions", None, _conditions(document)),
        _Claim("not_covered", None, document.not_covered),
        _started(draft, document),
        _Claim("finished_at", None, utc_text(finished) if finished else None),
    )


def _machine(draft: RunDraft) -> Found | None:
    known = [draft.environment[key] for key in ("gpu", "cpu", "os") if key in draft.environment]
    return Found("; ".join(one.value for one in known), known[0].where) if known else None


def _stated_machine(document: SubmissionDocument) -> str | None:
    environment = document.environment
    return "; ".join(filter(None, (environment.hardware, environment.region))) or None


def _conditions(document: SubmissionDocument) -> str | None:
    conditions = document.conditions
    stated = {
        "concurrency": conditions.concurrency,
        "requests_per_second": conditions.requests_per_second,
        "prompt_set": conditions.prompt_set,
    }
    return _listed({name: str(value) for name, value in stated.items() if value is not None}) or None


def _started(draft: RunDraft, document: SubmissionDocument) -> _Claim:
    found, started = draft.fields.get("started_at"), document.started_at
    if found is None or started is None:
        return _Claim("started_at", found, utc_text(started) if started else None)
    stated = datetime.fromisoformat(found.value)
    relation = compare.time_relation(stated, started, document.finished_at)
    return _Claim("started_at", found, utc_text(started), relation)
