"""Tie what a step refuses to the fields of the form that asked for it; nothing typed is lost."""

from collections.abc import Mapping

from django import forms

from evidence.errors import BenchsealError
from registry.problems import from_error


def tie(form: forms.BaseForm, error: BenchsealError, names: Mapping[str, str] | None = None) -> None:
    """Put each error at its field; `names` maps the step's field to the form's where they differ."""
    problem = from_error(error)
    for entry in problem.errors or [{"pointer": "", "detail": problem.detail}]:
        name = str(entry.get("pointer", "")).strip("/").partition("/")[0]
        at = (names or {}).get(name, name)
        form.add_error(at if at in form.fields else None, str(entry["detail"]))
    if problem.next_step and not problem.errors:
        form.add_error(None, problem.next_step)
