"""What the forms about people share: carrying one to its step, and its page."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from evidence.errors import BenchsealError
from registry.errors import PermissionMissing
from registry.models import Project
from registry.pages.frame import Crumb, project_trail, show
from registry.pages.refusals import tie

T = TypeVar("T")
NAMES = {"ends_at": "ends_on", "grant_ends_at": "ends_on"}


def carry(
    form: forms.Form, step: Callable[[dict[str, Any]], T], names: Mapping[str, str] = NAMES
) -> T | None:
    """What the step made; nothing while the form is empty, wrong or refused."""
    if not form.is_valid():
        return None
    try:
        return step(form.cleaned_data)
    except PermissionMissing:
        raise
    except BenchsealError as error:
        tie(form, error, names)
        return None


def form_page(
    request: HttpRequest,
    project: Project,
    form: forms.Form,
    *,
    title: str,
    lead: str,
    button: str,
    is_grave: bool = False,
) -> HttpResponse:
    """A page of the people of a project with one form."""
    back = reverse("people", args=[project.key])
    return show(
        request,
        "registry/form.html",
        title=title,
        trail=project_trail(project, Crumb("People", back), Crumb(title)),
        project=project,
        lead=lead,
        form=form,
        button=button,
        is_grave=is_grave,
        back=back,
        status=422 if form.errors else 200,
    )
