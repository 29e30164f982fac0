"""Form fields that several pages share: lists by line, reasons, persons of a project, days."""

from datetime import UTC, date, datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

from evidence import clock
from registry.models import Project, User
from registry.models.access import UserKind

SHORTEST_REASON = 10
CONTROL = {chr(code) for code in range(32)} - {"\n", "\t", "\r"} | {"\x7f"}


class LinesField(forms.CharField):
    """A list, one entry a line."""

    def __init__(self, *, required: bool = False, label: str = "", help_text: str = "") -> None:
        super().__init__(
            required=required,
            label=label,
            help_text=help_text,
            max_length=10_000,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def prepare_value(self, value: object) -> object:
        return "\n".join(str(one) for one in value) if isinstance(value, list) else value

    def clean(self, value: object) -> list[str]:
        text = super().clean(value)
        lines = [line.strip() for line in str(text).splitlines() if line.strip()]
        if any(len(line) > 100 for line in lines) or len(lines) > 100:
            raise ValidationError("At most 100 lines of at most 100 characters each.")
        return lines


class ReasonField(forms.CharField):
    """Why; kept in the ledger, word for word."""

    def __init__(
        self, *, help_text: str = "Kept in the ledger, word for word.", label: str = "Reason"
    ) -> None:
        super().__init__(
            min_length=SHORTEST_REASON,
            max_length=500,
            label=label,
            help_text=help_text,
            widget=forms.Textarea(attrs={"rows": 3}),
        )


class EndField(forms.DateField):
    """The last day of something; it ends with that day, in UTC."""

    def __init__(self, *, required: bool, label: str = "Last day, UTC", help_text: str = "") -> None:
        super().__init__(
            required=required,
            label=label,
            help_text=help_text,
            widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        )

    def clean(self, value: object) -> date | None:
        day: date | None = super().clean(value)
        if day is not None and day < clock.now().date():
            raise ValidationError("This day is over; choose a later one.")
        return day


def end_of(day: date | None) -> datetime | None:
    """The first moment after a day, in UTC."""
    return datetime.combine(day + timedelta(days=1), time(), UTC) if day else None


def persons_of(project: Project) -> "QuerySet[User]":
    """People who hold or held a role on the project, by name."""
    people = User.objects.filter(kind=UserKind.PERSON, is_active=True, grants__project=project)
    return people.distinct().order_by("printed_name")
