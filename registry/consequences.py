"""What must happen in the same transaction when evidence changes after somebody may have signed it.

Releases live in the layer above; the wiring (`settings.ON_EVIDENCE_CHANGED`) names the function.
"""

from collections.abc import Callable
from typing import cast

from django.conf import settings
from django.db import models
from django.utils.module_loading import import_string

from evidence.actors import Actor


def evidence_changed(row: models.Model, *, reason: str, actor: Actor) -> None:
    """Tell whoever relies on this run or catalogue record; runs before the caller commits."""
    consequence = cast("Callable[..., None]", import_string(settings.ON_EVIDENCE_CHANGED))
    consequence(row, reason=reason, actor=actor)
