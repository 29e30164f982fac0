"""What rests on a run, as the fourth of the six things that its page shows at a glance; decides nothing."""

from __future__ import annotations

from django import template

from approvals.models import EvidenceLink
from approvals.states import State
from registry.models import Run

register = template.Library()


@register.inclusion_tag("approvals/run_fact.html")
def run_fact(run: Run) -> dict[str, object]:
    """The newest release that cites the run and how many more there are; one query."""
    links = EvidenceLink.objects.filter(run=run, unlinked_at__isnull=True)
    found = list(links.select_related("release").order_by("-linked_at"))
    releases = list(dict.fromkeys(link.release for link in found))
    newest = releases[0] if releases else None
    word = str(State(newest.state).label) if newest else ""
    return {"release": newest, "word": word, "more": len(releases) - 1}
