"""Compare the rows of approvals with what the log tells of them; named in settings for the layer below."""

from collections.abc import Iterator

from approvals.histories import (
    challenges,
    conditions,
    delegations,
    packs,
    people,
    policies,
    releases,
    reviews,
    signatures,
    waivers,
)
from evidence.faults import Fault
from evidence.progress import Progress, silent
from evidence.replaying import faults as replayed


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Rows of people, releases, signatures and all that hangs on them that differ from what the log says."""
    for histories in (
        people.histories,
        releases.histories,
        delegations.histories,
        conditions.histories,
        challenges.histories,
        waivers.histories,
        policies.histories,
        packs.histories,
    ):
        for history in histories():
            yield from replayed(history, progress=progress)
    yield from packs.requests(progress=progress)
    yield from reviews.faults(progress=progress)
    yield from signatures.faults(progress=progress)
    yield from waivers.faults(progress=progress)
    yield from policies.faults(progress=progress)
