"""What people say in a review beside signing: a request for changes, a decline, a rejection, a withdrawal."""

from __future__ import annotations

from collections.abc import Sequence

from approvals.models import Release, ReviewNote
from approvals.states import Action
from evidence import clock
from registry.access.principals import Principal


def note(
    release: Release,
    action: Action,
    text: str,
    *,
    principal: Principal,
    stage: str = "",
    items: Sequence[str] = (),
) -> ReviewNote:
    """Store what was said, with the revision it was said of."""
    return ReviewNote.objects.create(
        release=release,
        revision=release.revision,
        action=action,
        stage=stage,
        text=text,
        items=list(items),
        by=principal.user,
        at=clock.now(),
    )
