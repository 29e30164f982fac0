"""What a reader looks for in the ledger; checks shape and turns names into what entries hold."""

from datetime import UTC

from django import forms

from registry import trail
from registry.looking import actor_of, subject_of
from registry.presentation.words import CHANNELS, event
from registry.trail import Wanted


class MomentInput(forms.DateTimeInput):
    """The browser's own field for a day and a time."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class MomentField(forms.DateTimeField):
    """A time in UTC, as browsers ask for it and as a link says it."""

    widget = MomentInput
    default_error_messages = {"invalid": "Write a time such as 2026-11-22T09:00, in UTC."}


class TrailForm(forms.Form):
    """Every field is optional; what is empty asks nothing."""

    kind = forms.ChoiceField(required=False, label="What happened")
    person = forms.CharField(required=False, max_length=60, label="Account name")
    subject = forms.CharField(
        required=False,
        max_length=120,
        label="What it is about",
        widget=forms.TextInput(attrs={"placeholder": "HARBOR-RUN-2026-0012"}),
    )
    channel = forms.ChoiceField(
        required=False, label="By which way", choices=[("", "All"), *CHANNELS.items()]
    )
    since = MomentField(required=False, label="From, UTC")
    until = MomentField(required=False, label="Before, UTC")

    def __init__(self, data: dict[str, str]) -> None:
        super().__init__(data)
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = [("", "All"), *((name, event(name)) for name in trail.kinds())]

    def wanted(self) -> Wanted | None:
        """What is looked for; None while a field needs a correction."""
        if not self.is_valid():
            return None
        found = self.cleaned_data
        return Wanted(
            kind=found["kind"],
            subject=subject_of(found["subject"].strip()),
            actor=actor_of(found["person"].strip()),
            channel=found["channel"],
            since=found["since"] and found["since"].replace(tzinfo=UTC),
            until=found["until"] and found["until"].replace(tzinfo=UTC),
        )
