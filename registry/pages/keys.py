"""The published keys, for everybody: an auditor compares them before trusting a pack."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from registry.pages.addresses import absolute
from registry.pages.frame import Crumb, from_start, show
from registry.presentation.keys import published


@require_safe
def keys(request: HttpRequest) -> HttpResponse:
    """Each key with its fingerprint, and how to compare."""
    return show(
        request,
        "registry/keys.html",
        title="Published keys",
        trail=from_start(Crumb("Published keys")),
        published=published(),
        address=absolute("published-keys"),
    )
