"""Compare every row with what the log tells of it: no state without its history."""

from collections.abc import Iterator

from django.conf import settings
from django.utils.module_loading import import_string

from evidence.faults import Fault
from evidence.progress import Progress, silent
from evidence.replaying import faults as replayed
from registry.histories import catalogue, people, readings, runs, verifications


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Rows of this layer and of the one above that differ from their entries, have none, or are gone."""
    for histories in (
        people.histories,
        catalogue.histories,
        runs.histories,
        readings.histories,
        verifications.histories,
    ):
        for history in histories():
            yield from replayed(history, progress=progress)
    yield from import_string(settings.FAULTS_OF_STATE)(progress=progress)
