"""Which ledger entries a reader may see: those whose container is a project open to him; never others."""

from django.db.models import QuerySet

from evidence.models import LedgerEntry
from registry.containers import container_of
from registry.models import Project


def entries_of(projects: "QuerySet[Project]") -> "QuerySet[LedgerEntry]":
    """Entries about anything in these projects.

    Entries of the installation (accounts, keys) belong to no project and are left out.
    """
    containers = [container_of(pk) for pk in projects.values_list("pk", flat=True)]
    return LedgerEntry.objects.filter(container__in=containers)
