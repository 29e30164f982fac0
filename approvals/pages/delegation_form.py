"""The form that delegates a stage; it checks shape, the step decides."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from django import forms

from approvals import policies
from approvals.delegation_rules import LONGEST
from approvals.delegations import Wish
from approvals.models import Release
from approvals.signing import SHORTEST_REASON
from evidence import clock
from registry.access.roles import role_words
from registry.models import Project, User
from registry.pages.fields import EndField, end_of, persons_of

REASON_HELP = f"{SHORTEST_REASON} characters or more. Kept in the ledger, word for word."


class DelegationForm(forms.Form):
    """A stage of the reader's own role, for a named person, from a day to a day."""

    stage = forms.ChoiceField(help_text="A stage of a role you hold yourself.")
    delegate = forms.ModelChoiceField(
        User.objects.none(),
        empty_label=None,
        label="Who signs for you",
        help_text="Has to accept it first, and signs with an account of his own. Conflicts of both count.",
    )
    release = forms.CharField(
        required=False,
        max_length=40,
        help_text="The id of one release; left empty, every release of the project.",
    )
    starts_on = forms.DateField(
        required=False,
        label="First day, UTC",
        help_text="Left empty, it begins now.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    ends_on = EndField(required=True, help_text=f"At most {LONGEST.days} days in all.")
    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=500,
        help_text=REASON_HELP,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self, *args: Any, project: Project, user: User, roles: frozenset[str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.project = project
        rules = policies.rules_for(project)
        self.fields["stage"].choices = [  # type: ignore[attr-defined]  # reason: the field has choices
            (rule.code, f"{rule.code} {rule.name}, {role_words(rule.role)}")
            for rule in (*rules.stages, *rules.emergency)
            if rule.role in roles
        ]
        people = persons_of(project).exclude(pk=user.pk)
        self.fields["delegate"].queryset = people  # type: ignore[attr-defined]  # reason: as above

    def clean_release(self) -> Release | None:
        named = self.cleaned_data["release"].strip()
        if not named:
            return None
        found = Release.objects.filter(project=self.project, human_id=named).select_related("policy").first()
        if found is None:
            raise forms.ValidationError(f"No release of this project is called {named}.")
        return found

    @property
    def wish(self) -> Wish:
        """What was asked for, for the step."""
        given = self.cleaned_data
        ends_at = end_of(given["ends_on"])
        assert ends_at is not None
        return Wish(
            delegate=given["delegate"],
            stage=given["stage"],
            starts_at=_start_of(given["starts_on"]),
            ends_at=ends_at,
            reason=given["reason"],
            release=given["release"],
        )


class EndingForm(forms.Form):
    """Why a delegation is declined or ended."""

    reason = forms.CharField(
        min_length=SHORTEST_REASON,
        max_length=500,
        help_text=REASON_HELP,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def _start_of(day: date | None) -> datetime | None:
    """The first moment of a later day; today begins now."""
    if day is None or day == clock.now().date():
        return None
    return datetime.combine(day, time(), UTC)
