"""The way to a catalogue page."""

from django.urls import reverse

from registry.models import CatalogueRecord, Project
from registry.pages.frame import Crumb, project_trail
from registry.presentation.catalogue_kinds import Kind


def trail_of(project: Project, *more: Crumb) -> tuple[Crumb, ...]:
    """The way through the catalogue of a project."""
    return project_trail(project, Crumb("Catalogue", reverse("catalogue", args=[project.key])), *more)


def kind_crumb(project: Project, kind: Kind) -> Crumb:
    """The list of a kind."""
    return Crumb(kind.many, reverse("catalogue_kind", args=[project.key, kind.key]))


def record_crumb(project: Project, kind: Kind, row: CatalogueRecord) -> Crumb:
    """One record."""
    return Crumb(str(row), reverse("catalogue_record", args=[project.key, kind.key, row.pk]))
