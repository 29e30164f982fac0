"""Querysets that say who sees what; `visible_to` is the first call of every view."""

from datetime import datetime
from typing import TYPE_CHECKING, Self, TypeVar

from django.apps import apps
from django.db import models
from django.db.models import Exists, OuterRef, Q

from evidence import clock

if TYPE_CHECKING:
    from registry.models import User

M = TypeVar("M", bound=models.Model)


class GrantQuerySet(models.QuerySet[M]):
    """Grants of roles, kept as history."""

    def in_force(self, at: datetime | None = None) -> Self:
        """Grants with `valid_from <= at < valid_to`."""
        moment = at or clock.now()
        return self.filter(Q(valid_to__isnull=True) | Q(valid_to__gt=moment), valid_from__lte=moment)


class ProjectQuerySet(models.QuerySet[M]):
    """Projects."""

    def visible_to(self, user: "User") -> Self:
        """Projects on which the user holds any grant now; one subquery, closed by default."""
        return self.filter(Exists(_grants(user).filter(project=OuterRef("pk"))))


class InProjectQuerySet(models.QuerySet[M]):
    """Rows that belong to a project."""

    def visible_to(self, user: "User") -> Self:
        """Rows of projects on which the user holds any grant now."""
        return self.filter(Exists(_grants(user).filter(project=OuterRef("project_id"))))


class RunQuerySet(InProjectQuerySet[M]):
    """Runs; a corrected one stays admitted, and counts no more."""

    def with_correction(self) -> Self:
        """Each run with `is_corrected`: an admitted run corrects it."""
        return self.annotate(is_corrected=Exists(corrections(self.model, "pk")))


def corrections(run: type[models.Model], path: str) -> "models.QuerySet[models.Model]":
    """Admitted runs that correct the run at `path` of the outer query."""
    return run._default_manager.filter(corrects=OuterRef(path), status="admitted")


class CatalogueQuerySet(InProjectQuerySet[M]):
    """Catalogue records; a change is a new row that names the old one."""

    def heads(self) -> Self:
        """Rows that no newer record supersedes."""
        return self.filter(superseded_by__isnull=True)


def _grants(user: "User") -> "models.QuerySet[models.Model]":
    # By name: the models of this app are built from these querysets.
    grants: GrantQuerySet[models.Model] = GrantQuerySet(apps.get_model("registry", "RoleGrant"))
    return grants.in_force().filter(user_id=user.pk)
