"""The frame of a page: its title, the way to it, and the project it belongs to; decides nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from registry.access import policy
from registry.access.roles import Role
from registry.models import Project
from registry.pages.principal import principal_of


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
    """Render a page; one of a project is in the place of projects unless it says where it is."""
    project = context.get("project")
    frame = {
        "title": title,
        "trail": tuple(trail),
        "who_role": _role(request, project),
        "nav": "projects" if isinstance(project, Project) else "",
    }
    return render(request, template, {**frame, **context}, status=status)


def project_trail(project: Project, *more: Crumb) -> tuple[Crumb, ...]:
    """The way from the list of projects through one project."""
    here = Crumb(project.name, reverse("project", args=[project.key]))
    return (Crumb("Projects", reverse("project_list")), here, *more)


def from_projects(*more: Crumb) -> tuple[Crumb, ...]:
    """The way to a page over all projects."""
    return (Crumb("Projects", reverse("project_list")), *more)


def from_start(*more: Crumb) -> tuple[Crumb, ...]:
    """The way to a page that belongs to no project."""
    return (Crumb("Benchseal", reverse("home")), *more)


def _role(request: HttpRequest, project: object) -> str:
    """The reader's roles on the project of the page, beside the name."""
    if not isinstance(project, Project) or not request.user.is_authenticated:
        return ""
    held = policy.roles_of(principal_of(request).user, project)
    return ", ".join(str(Role(role).label).lower() for role in Role.values if role in held)
