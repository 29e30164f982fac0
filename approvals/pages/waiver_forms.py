"""Forms of waivers; a day that is chosen ends with that day, in UTC."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from approvals import waiving
from approvals.models import Release
from approvals.signing import SHORTEST_REASON
from approvals.waiver_requests import Terms
from evidence import clock
from registry.models import User
from registry.pages.fields import EndField, end_of, persons_of

USUAL = timedelta(days=30)


class WaiverForm(forms.Form):
    """Who answers for the exception, what makes up for it, why, and until when."""

    owner = forms.ModelChoiceField(
        queryset=User.objects.none(),
        empty_label="Choose a person",
        help_text="A person of the project who answers for it; nobody decides on a waiver of their own.",
    )
    measure = forms.CharField(
        max_length=4000,
        label="Compensating measure",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"What makes up for the gate meanwhile. {SHORTEST_REASON} characters or more; printed.",
    )
    reason = forms.CharField(
        max_length=4000,
        label="Why the gate cannot pass yet",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=f"{SHORTEST_REASON} characters or more; printed, word for word.",
    )
    ends_on = EndField(required=True)

    def __init__(self, *args: Any, release: Release, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["owner"].queryset = persons_of(release.project)  # type: ignore[attr-defined]
        days = waiving.longest_days(release.policy.tiers[release.tier])
        today = clock.now()
        self.fields["ends_on"].help_text = f"At most {days} days from now. The gate fails again with its end."
        self.fields["ends_on"].initial = (today + min(USUAL, timedelta(days=days - 1))).date()

    @property
    def terms(self) -> Terms:
        """What was asked for, for the step."""
        data = self.cleaned_data
        ends = end_of(data["ends_on"])
        assert ends is not None  # the field is required
        return Terms(data["owner"], data["measure"], data["reason"], ends)


FIELD_OF = {"expires_at": "ends_on"}
"""Names of the step that the form calls otherwise."""
