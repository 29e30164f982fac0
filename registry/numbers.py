"""Human ids, counted on the locked project row; the number itself carries no meaning."""

from typing import Literal

from django.db.models import F

from evidence import clock
from registry.models import Project

Counter = Literal["run_count", "release_count", "pack_count"]


def next_id(project: Project, counter: Counter, word: str) -> str:
    """`HARBOR-RUN-2026-0012`; call it in the transaction that makes the row.

    The UPDATE locks the project row until commit: two transactions cannot take one number, and a
    transaction that rolls back gives its number back.
    """
    Project.objects.filter(pk=project.pk).update(**{counter: F(counter) + 1})
    number = Project.objects.values_list(counter, flat=True).get(pk=project.pk)
    return f"{project.key}-{word}-{clock.now().year}-{number:04d}"
