"""Template tags of approvals, and the sections that pages of the registry include.

Load with `{% load approvals %}`. A page of a project includes `{% project_releases project %}`, a page
of a run `{% run_approvals run %}`; both read only what belongs to that project or run.
"""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from approvals.models import EvidenceLink, Pack, Release, ReviewNote
from approvals.models.releases import Slot
from approvals.presentation.labels import STATE_KINDS
from approvals.states import State
from registry import figures
from registry.components import Step
from registry.models import Project, Run
from registry.templatetags.benchseal import state

register = template.Library()

MOST = 10

NOTE_STATES = {
    "decline": ("fail", "Declined"),
    "reject": ("fail", "Rejected"),
    "request_changes": ("flag", "Changes requested"),
    "withdraw": ("voided", "Withdrawn"),
    "suspend": ("fail", "Suspended"),
}


@register.simple_tag
def run_link(project_key: str, human_id: str) -> SafeString:
    """A run by its id, linked to its page."""
    try:
        url = reverse("run", args=[project_key, human_id])
    except NoReverseMatch:
        return format_html('<span class="mono nowrap">{}</span>', human_id)
    return format_html('<a class="mono nowrap" href="{}">{}</a>', url, human_id)


@register.simple_tag
def release_state(release: Release, pill: bool = False) -> SafeString:
    """The state of a release as icon, word and colour."""
    return state(STATE_KINDS[release.state], str(State(release.state).label), pill=pill)


@register.simple_tag
def period(pack: Pack) -> str:
    """The days a pack is about; empty for a pack of another scope."""
    if pack.period_since is None or pack.period_until is None:
        return ""
    return figures.days(pack.period_since, pack.period_until)


@register.filter
def note_state(note: ReviewNote) -> SafeString:
    """What a review note did."""
    kind, word = NOTE_STATES.get(note.action, ("wait", note.action))
    return state(kind, word)


@register.inclusion_tag("components/steps.html")
def steps_of_revision(number: int, rows: Iterable[Step]) -> dict[str, object]:
    """The stages of a revision in the rail."""
    return {"title": f"Stages of revision {number}", "rows": tuple(rows)}


@register.inclusion_tag("approvals/project_releases.html")
def project_releases(project: Project) -> dict[str, object]:
    """The newest releases of a project, for its page; two queries."""
    rows = Release.objects.filter(project=project).select_related("deployment", "model_version__model")
    packs = Pack.objects.filter(project=project, issued_at__isnull=False)
    return {"project": project, "releases": list(rows.order_by("-pk")[:MOST]), "pack_count": packs.count()}


@register.inclusion_tag("approvals/run_approvals.html")
def run_approvals(run: Run) -> dict[str, object]:
    """Releases that rest on a run, or once did; one query."""
    links = EvidenceLink.objects.filter(run=run).select_related("release__deployment", "linked_by")
    rows = [(link, str(Slot(link.slot).label)) for link in links.order_by("-linked_at")]
    return {"run": run, "rows": rows}
