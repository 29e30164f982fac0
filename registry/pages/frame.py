"""The frame of a page: its title, the way to it, and the project it belongs to; decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from registry.models import Project


@dataclass(frozen=True, slots=True)
class Crumb:
    """One step of the way to a page; the last has no address. An id is set in the fixed font."""

    words: str
    url: str = ""
    is_id: bool = False


def show(
    request: HttpRequest,
    template: str,
    *,
    title: str,
    trail: Sequence[Crumb] = (),
    status: int = 200,
    **context: object,
) -> HttpResponse:
    """Render a page of the registry."""
    return render(request, template, {"title": title, "trail": tuple(trail), **context}, status=status)


def project_trail(project: Project, *more: Crumb) -> tuple[Crumb, ...]:
    """The way from the list of projects through one project."""
    here = Crumb(project.name, reverse("project", args=[project.key]))
    return (Crumb("Projects", reverse("project_list")), here, *more)
