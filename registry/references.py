"""Find what a submission document names, in its own project alone; it decides nothing about content."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from django.db.models import Q

from evidence.errors import BenchsealError
from registry import catalogue
from registry.errors import ArtifactUnknown, FieldsInvalid, ReferenceUnknown
from registry.formats.native import ArtifactRef, NamedVersion, SubmissionDocument
from registry.models import (
    Artifact,
    BenchmarkVersion,
    CatalogueRecord,
    DatasetVersion,
    MetricDefinition,
    ModelVersion,
    MonitoringSignal,
    Project,
    RoleGrant,
    RollbackArtifact,
    Run,
    User,
)
from registry.models.access import UserKind
from registry.models.catalogue import PrivacyClass
from registry.models.runs import RunStatus

V = TypeVar("V", ModelVersion, BenchmarkVersion, DatasetVersion)
N = TypeVar("N", RollbackArtifact, MonitoringSignal)
R = TypeVar("R", bound=CatalogueRecord)
F = TypeVar("F")
P = ParamSpec("P")

RAW_ITEM_ROLES: Final = frozenset({"samples", "outputs"})
PROTECTED: Final = frozenset({PrivacyClass.PERSONAL, PrivacyClass.SPECIAL})


@dataclass(frozen=True)
class SentFile:
    """A file of the document and the project's artifact that holds its bytes."""

    ref: ArtifactRef
    artifact: Artifact


@dataclass(frozen=True)
class References:
    """Everything a document names, each at its newest revision."""

    owner: User
    model: ModelVersion
    benchmark: BenchmarkVersion
    dataset: DatasetVersion
    files: Sequence[SentFile]
    rollback_artifacts: Sequence[RollbackArtifact]
    monitoring_signals: Sequence[MonitoringSignal]
    metrics: Sequence[MetricDefinition]
    corrects: Run | None


class _Absent(Exception):
    """One reference that leads nowhere."""

    def __init__(self, pointer: str, detail: str, code: str = ReferenceUnknown.code) -> None:
        super().__init__(detail)
        self.pointer = pointer
        self.detail = detail
        self.code = code


def resolve(document: SubmissionDocument, project: Project) -> References:
    """The rows a document names, or one error that lists each name that leads nowhere.

    Raises `ArtifactUnknown`, `ReferenceUnknown` or `FieldsInvalid` (`raw_items_refused`), with `errors`.
    """
    finder = _Finder(project)
    owner = finder.one(_owner, document.owner, project)
    model = finder.version(ModelVersion, "model", document.model)
    benchmark = finder.version(BenchmarkVersion, "benchmark", document.benchmark)
    dataset = finder.version(DatasetVersion, "dataset", document.dataset)
    files = finder.files(document.artifacts)
    rollbacks = finder.named(RollbackArtifact, "rollback_artifacts", document.rollback_artifacts)
    signals = finder.named(MonitoringSignal, "monitoring_signals", document.monitoring_signals)
    corrects = finder.one(_corrected, document.corrects, project) if document.corrects else None
    if dataset is not None:
        finder.absent.extend(_raw_items(document, dataset))
    if finder.absent or owner is None or model is None or benchmark is None or dataset is None:
        raise _error(finder.absent)
    return References(
        owner=owner,
        model=model,
        benchmark=benchmark,
        dataset=dataset,
        files=files,
        rollback_artifacts=rollbacks,
        monitoring_signals=signals,
        metrics=_metrics(project),
        corrects=corrects,
    )


class _Finder:
    """Collects what is absent, so that one answer names all of it."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.absent: list[_Absent] = []

    def one(self, find: Callable[P, F], *args: P.args, **kwargs: P.kwargs) -> F | None:
        try:
            return find(*args, **kwargs)
        except _Absent as absent:
            self.absent.append(absent)
            return None

    def version(self, kind: type[V], family: str, named: NamedVersion) -> V | None:
        return self.one(_version, kind, family, named, self.project)

    def named(self, kind: type[N], member: str, names: Sequence[str]) -> list[N]:
        found = [
            self.one(_named, kind, f"/{member}/{at}", name, self.project) for at, name in enumerate(names)
        ]
        return list({row.pk: row for row in found if row is not None}.values())

    def files(self, refs: Sequence[ArtifactRef]) -> list[SentFile]:
        owned = Artifact.objects.filter(project=self.project, blob__in={ref.digest for ref in refs})
        by_digest = {artifact.blob_id: artifact for artifact in owned.select_related("blob")}
        found = [self.one(_sent, at, ref, by_digest) for at, ref in enumerate(refs)]
        return [file for file in found if file is not None]


def _sent(at: int, ref: ArtifactRef, by_digest: dict[str, Artifact]) -> SentFile:
    artifact = by_digest.get(ref.digest)
    if artifact is None:
        detail = f"The project has no artifact {ref.digest}; upload {ref.name} and post the document again."
        raise _Absent(f"/artifacts/{at}/digest", detail, ArtifactUnknown.code)
    return SentFile(ref, artifact)


def _owner(account: str, project: Project) -> User:
    held = RoleGrant.objects.in_force().filter(project=project).values("user")
    person = User.objects.filter(username=account, kind=UserKind.PERSON, is_active=True, pk__in=held).first()
    if person is None:
        detail = f"No person with a role on {project.key} now has the account name {account}."
        raise _Absent("/owner", detail)
    return person


def _version(kind: type[V], family: str, named: NamedVersion, project: Project) -> V:
    name = {f"{family}__name": named.name, "version": named.version}
    row: V | None = (
        catalogue.rows(kind).heads().filter(project=project, **name).select_related(family).first()
    )
    if row is None:
        raise _Absent(f"/{family}", f"The catalogue has no {family} {named.name} {named.version}.")
    return _in_force(row, f"/{family}")


def _named(kind: type[N], pointer: str, name: str, project: Project) -> N:
    rows = catalogue.rows(kind).heads().filter(project=project)
    row: N | None = rows.filter(Q(name=name) | Q(pk__in=_ids(name))).first()
    if row is None:
        raise _Absent(pointer, f"The catalogue has no {kind._meta.verbose_name} {name}.")
    return _in_force(row, pointer)


def _in_force(row: R, pointer: str) -> R:
    if row.withdrawn_at is not None:
        raise _Absent(pointer, f"{row} was withdrawn: {row.withdraw_reason}")
    return row


def _corrected(reference: str, project: Project) -> Run:
    runs = Run.objects.filter(project=project)
    run = runs.filter(Q(human_id=reference) | Q(pk__in=_ids(reference))).first()
    if run is None:
        raise _Absent("/corrects", f"The project has no run {reference}.")
    _refuse_fallen(run)
    return run


def _refuse_fallen(run: Run) -> None:
    if run.status != RunStatus.ADMITTED:
        raise _Absent("/corrects", f"{run} is void; a void run is not corrected.", "run_void")
    later = run.corrections.filter(status=RunStatus.ADMITTED).first()
    if later is not None:
        raise _Absent("/corrects", f"{run} was corrected by {later}; correct that one.", "run_corrected")


def _raw_items(document: SubmissionDocument, dataset: DatasetVersion) -> Iterator[_Absent]:
    # items of personal data stay where they are unless a legal basis is recorded.
    if dataset.privacy_class not in PROTECTED or dataset.legal_basis:
        return
    for at, ref in enumerate(document.artifacts):
        if ref.role in RAW_ITEM_ROLES:
            detail = (
                f"{dataset} is of privacy class {dataset.get_privacy_class_display()} without a legal basis: "
                f"leave {ref.name} out, or record the legal basis on the dataset."
            )
            yield _Absent(f"/artifacts/{at}", detail, "raw_items_refused")


def _metrics(project: Project) -> list[MetricDefinition]:
    heads = MetricDefinition.objects.heads().filter(project=project, withdrawn_at__isnull=True)
    return list(heads.order_by("name"))


def _ids(text: str) -> list[UUID]:
    try:
        return [UUID(text)]
    except ValueError:
        return []


def _error(absent: Sequence[_Absent]) -> BenchsealError:
    errors = [{"pointer": one.pointer, "detail": one.detail, "code": one.code} for one in absent]
    codes = {error["code"] for error in errors}
    detail = f"Nothing was stored. {errors[0]['detail']}"
    if codes == {ArtifactUnknown.code}:
        return ArtifactUnknown(detail, errors=errors)
    if codes == {"raw_items_refused"}:
        return FieldsInvalid(detail, errors)
    return ReferenceUnknown(detail, errors=errors)
