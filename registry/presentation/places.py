"""The page of a ledger subject; subjects without one lead to their own entries."""

from django.urls import reverse
from django.utils.http import urlencode

from registry.models import Project, Run
from registry.presentation.catalogue_kinds import KINDS

RECORDS = {kind.model.RECORD_TYPE: kind.key for kind in KINDS}
LISTS = {"project": "project", "grant": "people", "invitation": "people", "token": "token_list"}


def place_of(subject: str, project: Project) -> str:
    """The address of a subject of the project."""
    kind, _, identifier = subject.partition(":")
    if kind in LISTS:
        return reverse(LISTS[kind], args=[project.key])
    if kind in RECORDS:
        return reverse("catalogue_record", args=[project.key, RECORDS[kind], identifier])
    if kind == "submission":
        return reverse("submission", args=[project.key, identifier])
    if kind == "run":
        human_id = Run.objects.values_list("human_id", flat=True).get(pk=identifier)
        return reverse("run", args=[project.key, human_id])
    query = urlencode({"subject": subject})
    return f"{reverse('project_ledger', args=[project.key])}?{query}"
