"""Bodies of catalogue records: what may be sent, and the record with its digest as it is answered."""

import json
from collections.abc import Iterable
from typing import Any, ClassVar, TypeAlias

from rest_framework import serializers

from evidence.canonical import utc_text
from registry.api.inputs import (
    InProjectField,
    NamesField,
    PersonField,
    ReasonField,
    StrictInput,
    StrictModelInput,
)
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
from registry.models.catalogue import Family

AnyField: TypeAlias = "serializers.Field[Any, Any, Any, Any]"
FAMILY_FIELDS = frozenset({"model", "dataset", "benchmark"})


def columns(kind: type[CatalogueRecord]) -> list[str]:
    """Fields a body gives: the columns of the record but the family, which the address names."""
    own = {field.name for field in kind._meta.get_fields()}
    families = {field.name for field in kind._meta.fields if field.name in FAMILY_FIELDS}
    return [name for name in kind.RECORD_FIELDS if name in own - families]


class ModelVersionInput(StrictModelInput[ModelVersion]):
    """A model version."""

    aliases = NamesField(required=False)
    parent = InProjectField(  # type: ignore[assignment]  # reason: the column is called parent
        queryset=ModelVersion.objects.all(), required=False, allow_null=True
    )

    class Meta:
        model = ModelVersion
        fields = columns(ModelVersion)


class DatasetVersionInput(StrictModelInput[DatasetVersion]):
    """A dataset version."""

    owner = PersonField()
    privacy_attested_by = PersonField(required=False, allow_null=True)
    languages = NamesField(min_length=1)
    annotators = NamesField(required=False)
    previous_version = InProjectField(queryset=DatasetVersion.objects.all(), required=False, allow_null=True)

    class Meta:
        model = DatasetVersion
        fields = columns(DatasetVersion)


class BenchmarkVersionInput(StrictModelInput[BenchmarkVersion]):
    """A benchmark version."""

    aliases = NamesField(required=False)

    class Meta:
        model = BenchmarkVersion
        fields = columns(BenchmarkVersion)


class MetricInput(StrictModelInput[MetricDefinition]):
    """A metric definition."""

    aliases = NamesField(required=False)

    class Meta:
        model = MetricDefinition
        fields = columns(MetricDefinition)


class CriterionInput(StrictInput):
    """One acceptance criterion; the threshold is kept as the text of the number."""

    metric = serializers.CharField(max_length=160)
    statistic = serializers.CharField(max_length=40, help_text="point, wilson_lower, wilson_upper or p95.")
    operator = serializers.ChoiceField(choices=[">=", ">", "<=", "<"])
    threshold = serializers.DecimalField(max_digits=18, decimal_places=6, normalize_output=True)
    slice = serializers.CharField(max_length=160, required=False, allow_blank=True)
    severity = serializers.ChoiceField(choices=["block", "flag"], default="block")

    def to_internal_value(self, data: Any) -> Any:
        value = super().to_internal_value(data)
        return {**value, "threshold": format(value["threshold"].normalize(), "f")}


class CriteriaSetInput(StrictModelInput[CriteriaSet]):
    """Acceptance criteria."""

    criteria = serializers.ListField(child=CriterionInput(), min_length=1, max_length=200)

    class Meta:
        model = CriteriaSet
        fields = columns(CriteriaSet)


class RollbackArtifactInput(StrictModelInput[RollbackArtifact]):
    """A way back."""

    tested_by = PersonField(required=False, allow_null=True)

    class Meta:
        model = RollbackArtifact
        fields = columns(RollbackArtifact)


class SignalInput(StrictModelInput[MonitoringSignal]):
    """A monitoring signal."""

    owner = PersonField()

    class Meta:
        model = MonitoringSignal
        fields = columns(MonitoringSignal)


class ModelInput(StrictModelInput[Model]):
    """A model family."""

    class Meta:
        model = Model
        fields = ["name", "supplier"]


class DatasetInput(StrictModelInput[Dataset]):
    """A dataset over all its versions."""

    class Meta:
        model = Dataset
        fields = ["name"]


class BenchmarkInput(StrictModelInput[Benchmark]):
    """A benchmark over all its versions."""

    class Meta:
        model = Benchmark
        fields = ["name"]


class Revision(serializers.Serializer[Any]):
    """Fields that change, and the reason; others stay as they are."""

    reason = ReasonField()

    def get_fields(self) -> dict[str, AnyField]:
        fields = super().get_fields()
        for name in set(fields) - {"reason"}:
            fields[name].required = False
        return fields


class WithdrawInput(StrictInput):
    """Why a record is withdrawn."""

    reason = ReasonField()


class PersonSerializer(serializers.Serializer[Any]):
    """A person in a record."""

    id = serializers.UUIDField()
    account = serializers.CharField()


class ReferenceSerializer(serializers.Serializer[Any]):
    """Another record by id and digest."""

    id = serializers.UUIDField()
    digest = serializers.CharField()


class RecordedSerializer(serializers.Serializer[Any]):
    """What every catalogue record has."""

    type = serializers.CharField(help_text="Name of the record's schema.")
    id = serializers.UUIDField()
    project = serializers.CharField(help_text="Project key.")
    revision = serializers.IntegerField()
    supersedes = serializers.CharField(allow_null=True, help_text="Digest of the revision before.")
    created_at = serializers.DateTimeField()
    created_by = PersonSerializer()
    digest = serializers.CharField(help_text="Digest of the canonical record.")
    channel = serializers.CharField()
    superseded_by = serializers.UUIDField(allow_null=True, help_text="Id of the newer revision.")
    withdrawn_at = serializers.DateTimeField(allow_null=True)
    withdraw_reason = serializers.CharField()


class FamilySerializer(serializers.ModelSerializer[Family]):
    """A named thing with versions."""

    class Meta:
        fields: ClassVar[list[str]] = ["id", "name", "created_at"]


def output_of(given: type[StrictModelInput[Any]]) -> type[serializers.Serializer[Any]]:
    """The shape of the answered record: persons and references as objects, decimals as text."""
    name = given.__name__.removesuffix("Input")
    kind: type[CatalogueRecord] = given.Meta.model
    # A later field is absent where it is empty, as in records made before it was known.
    fields: dict[str, Any] = {
        label: _shown_as(field, required=label not in kind.LATER_FIELDS)
        for label, field in given().fields.items()
    }
    fields |= {label: serializers.CharField() for label in kind.RECORD_FIELDS if label not in fields}
    members = {**fields, "__doc__": f"{given.__doc__} As recorded.", "__module__": __name__}
    return type(f"{name}Record", (RecordedSerializer,), members)


def revision_of(given: type[StrictModelInput[Any]]) -> type[serializers.Serializer[Any]]:
    """The body of a revision: any of the fields, and why."""
    meta: Any = given.Meta
    fields = type("Meta", (), {"model": meta.model, "fields": [*meta.fields, "reason"]})
    members = {"Meta": fields, "__doc__": Revision.__doc__, "__module__": __name__}
    return type(given.__name__.removesuffix("Input") + "RevisionInput", (Revision, given), members)


def family_output_of(kind: type[Family]) -> type[serializers.Serializer[Any]]:
    """The shape of a family."""
    more = ["supplier"] if kind is Model else []
    meta = type("Meta", (), {"model": kind, "fields": [*FamilySerializer.Meta.fields, *more]})
    return type(kind.__name__, (FamilySerializer,), {"Meta": meta, "__doc__": kind.__doc__})


def shown(rows: Iterable[CatalogueRecord]) -> list[dict[str, Any]]:
    """Records as answered: the canonical body and what happened to it since."""
    return [
        {
            **json.loads(bytes(row.record.body)),
            "digest": row.record_id,
            "channel": row.channel,
            "superseded_by": _newer(row),
            "withdrawn_at": utc_text(row.withdrawn_at) if row.withdrawn_at else None,
            "withdraw_reason": row.withdraw_reason,
        }
        for row in rows
    ]


def _newer(row: CatalogueRecord) -> str | None:
    newer: CatalogueRecord | None = getattr(row, "superseded_by", None)
    return None if newer is None else str(newer.pk)


def _shown_as(field: AnyField, *, required: bool) -> AnyField:
    nullable = bool(field.allow_null)
    match field:
        case PersonField():
            return PersonSerializer(allow_null=nullable)
        case InProjectField():
            return ReferenceSerializer(allow_null=nullable)
        case serializers.DecimalField():
            return serializers.CharField(allow_null=nullable, required=required)
        case serializers.ChoiceField():
            return serializers.CharField(allow_null=nullable)
        case _:
            field.required = required
            return field
