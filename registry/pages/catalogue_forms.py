"""Forms of catalogue records, made from their tables; the step behind them has the last word."""

from collections.abc import Iterator, Mapping
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.db import models

from registry.criteria import OPERATORS
from registry.models import CatalogueRecord, Project
from registry.pages.fields import LinesField, ReasonField, persons_of
from registry.presentation.catalogue import SIDES
from registry.presentation.catalogue_kinds import Kind
from registry.presentation.catalogue_words import help_of, label
from registry.presentation.words import plain

SPARE_CRITERIA = 3
TYPES: dict[type, str] = {models.DateField: "date", models.DateTimeField: "datetime-local"}


class RecordForm(forms.Form):
    """The fields of a new record, or of a new revision of `old`; the family by name."""

    def __init__(
        self,
        data: Mapping[str, Any] | None = None,
        *,
        kind: Kind,
        project: Project,
        old: CatalogueRecord | None = None,
    ) -> None:
        super().__init__(data, initial=_initial(kind, old))
        self.kind = kind
        self.fields.update(_fields(kind, project, old))
        if old is not None:
            self.fields["reason"] = ReasonField(
                label="Why it changes",
                help_text="Kept in the ledger. Signatures on the old revision stop counting.",
            )

    def values(self) -> dict[str, Any]:
        """Columns of the record without its identity and reason."""
        left_out = {*self.kind.model.IDENTITY, "supplier", "reason"}
        return {name: value for name, value in self.cleaned_data.items() if name not in left_out}


class CriterionForm(forms.Form):
    """One acceptance criterion."""

    metric = forms.CharField(max_length=160)
    statistic = forms.CharField(max_length=40)
    operator = forms.ChoiceField(choices=[(one, SIDES[one]) for one in OPERATORS], label="Side of the limit")
    threshold = forms.CharField(max_length=20, label="Limit")
    slice = forms.CharField(max_length=160, required=False)
    severity = forms.ChoiceField(choices=[("block", "Blocks the release"), ("flag", "Flag only")])

    def has_changed(self) -> bool:
        """A row without metric and limit is an empty one, whatever its choices say."""
        return bool({"metric", "threshold", "statistic"} & set(self.changed_data)) or bool(self.initial)


CriteriaForms = forms.formset_factory(
    CriterionForm, extra=SPARE_CRITERIA, can_delete=True, can_delete_extra=False
)


def criteria_forms(data: Mapping[str, Any] | None, old: CatalogueRecord | None) -> Any:
    """The rows of a criteria set with a few empty ones."""
    return CriteriaForms(data, prefix="criteria", initial=getattr(old, "criteria", None))


def criteria_of(rows: Any) -> list[dict[str, str]]:
    """The filled rows as the record holds them."""
    kept = (row.cleaned_data for row in rows if row.cleaned_data and not row.cleaned_data.get("DELETE"))
    return [{name: str(v) for name, v in row.items() if v and name != "DELETE"} for row in kept]


def _initial(kind: Kind, old: CatalogueRecord | None) -> dict[str, Any]:
    if old is None:
        return {"direction": "higher_is_better"}
    columns = {field.name for field in kind.model._meta.concrete_fields}
    return {name: getattr(old, name) for name in kind.model.RECORD_FIELDS if name in columns}


def _fields(kind: Kind, project: Project, old: CatalogueRecord | None) -> Iterator[tuple[str, forms.Field]]:
    identity = set(kind.model.IDENTITY)
    for name in kind.model.RECORD_FIELDS:
        if name == "criteria" or (old is not None and name in {*identity, "supplier"}):
            continue
        yield name, _field(kind, name, project)


def _field(kind: Kind, name: str, project: Project) -> forms.Field:
    if name in (kind.family_field, "supplier"):
        return forms.CharField(max_length=100, label=label(name), help_text=help_of(name))
    column = kind.model._meta.get_field(name)
    assert isinstance(column, models.Field)
    if isinstance(column, models.JSONField):
        return LinesField(required=name == "languages", label=label(name), help_text=help_of(name))
    made = _made(kind, column, project)
    made.label, made.help_text = label(name), help_of(name)
    return made


def _made(kind: Kind, column: "models.Field[Any, Any]", project: Project) -> forms.Field:
    if column.name in kind.persons:
        return forms.ModelChoiceField(persons_of(project), required=not column.blank, empty_label="Choose")
    if column.name in ("parent", "previous_version"):
        return forms.ModelChoiceField(
            kind.rows(project).heads(),
            required=False,
            empty_label="None",
        )
    if isinstance(column, models.BooleanField) and column.null:
        return forms.NullBooleanField(required=False)
    made = column.formfield()
    assert isinstance(made, forms.Field)
    return _shaped(made, column)


def _shaped(made: forms.Field, column: "models.Field[Any, Any]") -> forms.Field:
    if isinstance(made, forms.TypedChoiceField):
        made.choices = [
            (value, plain(str(value)) if value else "Choose") for value, _ in column.get_choices()
        ]
    made.validators += [rule for rule in column.validators if isinstance(rule, RegexValidator)]
    if isinstance(made.widget, forms.Textarea):
        made.widget.attrs["rows"] = 4
    if kind := TYPES.get(type(column)):
        made.widget.input_type = kind
        made.widget.format = "%Y-%m-%d" if kind == "date" else "%Y-%m-%dT%H:%M"
    return made
