"""Compare the rows of approvals with what the log tells of them; named in settings for the layer below."""

from collections.abc import Iterator

from approvals.histories import packs, releases, signatures
from evidence.faults import Fault
from evidence.replaying import faults as replayed


def faults() -> Iterator[Fault]:
    """Releases, packs, signatures and their endings that differ from their entries."""
    for histories in (releases.histories, packs.histories):
        for history in histories():
            yield from replayed(history)
    yield from signatures.faults()
