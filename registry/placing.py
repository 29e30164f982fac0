"""Compare the container of each entry with the place of its subject: none is hidden or shown elsewhere."""

from collections.abc import Iterator

from evidence.faults import Fault
from evidence.models import LedgerEntry
from evidence.progress import Progress, silent, watched
from evidence.replaying import batches
from registry.subjects import containers_of

CHUNK = 1000


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Each entry that is read under another project than that of its subject; one query a kind and batch."""
    entries = LedgerEntry.objects.order_by("pk").values_list("pk", "subject", "container")
    every = watched(entries.iterator(CHUNK), "places of entries", entries.count(), progress)
    for rows in batches(every, CHUNK):
        containers = containers_of({subject for _, subject, _ in rows})
        for pk, subject, container in rows:
            belongs = containers.get(subject, "")
            if container != belongs:
                yield Fault(
                    f"entry {pk}",
                    f"its container is {container!r}; its subject {subject} lies in {belongs!r}",
                )
