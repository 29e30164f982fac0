"""What a signer asks of others on the page before a signature; empty blocks ask nothing."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.formsets import BaseFormSet, formset_factory
from django.http import QueryDict

from approvals import conditions
from approvals.conditions import Terms
from approvals.decision_view import DecisionView
from approvals.models import Release
from approvals.signing import SHORTEST_REASON
from approvals.states import Action
from registry.models import User
from registry.pages.fields import EndField, end_of, persons_of

PREFIX = "condition"
BLOCKS = 3
"""How many conditions a page offers room for; the API takes more."""


class ConditionForm(forms.Form):
    """One condition: what, measured how, seen to by whom, until when."""

    text = forms.CharField(
        min_length=conditions.SHORTEST,
        max_length=1000,
        label="What is asked for",
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    measurable_check = forms.CharField(
        min_length=conditions.SHORTEST,
        max_length=1000,
        label="How it is measured",
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Which figure, and which value fulfils it.",
    )
    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        empty_label="Choose a person",
        label="Who sees to it",
        help_text="Another person than the owner says later whether it is met.",
    )
    due_on = EndField(required=True)

    def __init__(self, *args: Any, release: Release, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].queryset = persons_of(release.project)  # type: ignore[attr-defined]

    @property
    def terms(self) -> Terms:
        """What was asked for, for the step."""
        data = self.cleaned_data
        due = end_of(data["due_on"])
        assert due is not None  # the field is required
        return Terms(data["text"], data["measurable_check"], data["owner"], due)


ConditionForms = formset_factory(ConditionForm, extra=BLOCKS, max_num=BLOCKS, absolute_max=BLOCKS)


def offered(view: DecisionView) -> bool:
    """Whether the page before this signature has room for conditions."""
    return view.body["action"] == Action.SIGN and conditions.may_state(view.stage)


def blocks(release: Release, data: QueryDict | None = None) -> BaseFormSet[ConditionForm]:
    """Room for conditions, with what was typed; who posts a signature without the blocks sets none."""
    sent = data if data is not None and f"{PREFIX}-TOTAL_FORMS" in data else None
    return ConditionForms(sent, prefix=PREFIX, form_kwargs={"release": release})


def hold(forms_: BaseFormSet[ConditionForm]) -> bool:
    """Whether nothing that was typed into the blocks has to be corrected."""
    return not forms_.is_bound or forms_.is_valid()


def stated(forms_: BaseFormSet[ConditionForm]) -> tuple[Terms, ...]:
    """The conditions of the blocks that were filled in, once they are valid."""
    return tuple(form.terms for form in forms_ if form.has_changed())


class FindingForm(forms.Form):
    """What the check of a condition showed, or why it is lifted."""

    finding = forms.CharField(
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=f"{SHORTEST_REASON} characters or more. Kept in the ledger, word for word.",
    )
