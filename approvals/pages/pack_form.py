"""What a pack that is about no release is to hold; checks shape, the step decides."""

from __future__ import annotations

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError

from approvals.models import PackScope
from approvals.pack_requests import LARGEST_SAMPLE
from registry.models import Project, Run

USUAL_SAMPLE: Final = 25
SCOPES: Final = [one for one in PackScope.choices if one[0] != PackScope.RELEASE]


class PackForm(forms.Form):
    """One run by its id, a number of runs, or a time in whole days."""

    scope = forms.ChoiceField(label="What it holds", choices=SCOPES, widget=forms.RadioSelect)
    run = forms.CharField(
        required=False,
        max_length=100,
        label="Run",
        help_text="For one run: HARBOR-RUN-2026-0012.",
    )
    size = forms.IntegerField(
        required=False,
        min_value=1,
        max_value=LARGEST_SAMPLE,
        label="How many runs",
        help_text="For a sample. The log decides which ones, after you asked: nobody picks.",
    )
    first_day = forms.DateField(
        required=False,
        label="First day",
        help_text="For a period, in UTC. The pack holds every entry of the log from this day on.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    last_day = forms.DateField(
        required=False,
        label="Last day",
        help_text="It is part of the period, and has to be over.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    include_private = forms.BooleanField(
        required=False,
        label="Include private items",
        help_text="Otherwise they are listed as withheld, with digest and size. The ledger tells of it. "
        "A period holds no files of runs.",
    )

    def __init__(self, data: Any, *, project: Project, run: str) -> None:
        start = {"scope": "run" if run else "sample", "run": run, "size": USUAL_SAMPLE}
        super().__init__(data, initial=start)
        self.project = project

    def clean(self) -> dict[str, Any]:
        """Raises a validation error at the field that the chosen scope needs."""
        found: dict[str, Any] = super().clean() or {}
        if found.get("scope") == "run" and "run" not in self.errors:
            found["run"] = self._run(found["run"].strip())
        if found.get("scope") == "sample" and "size" not in self.errors and not found.get("size"):
            self.add_error("size", "Say how many runs are drawn.")
        if found.get("scope") == "period":
            self._check_days(found)
        return found

    def _check_days(self, found: dict[str, Any]) -> None:
        for name, words in (("first_day", "Say where it begins."), ("last_day", "Say where it ends.")):
            if name not in self.errors and not found.get(name):
                self.add_error(name, words)
        if found.get("include_private"):
            self.add_error("include_private", "A period holds no files of runs.")

    def _run(self, text: str) -> Run | None:
        row = Run.objects.filter(project=self.project, human_id=text).first()
        if row is None:
            words = f"No run of {self.project.key} is called {text}." if text else "Name the run."
            self.add_error("run", ValidationError(words))
        return row
