"""Inclusion proofs for sealed entries, in O(log n) reads of stored tree nodes."""

from collections.abc import Sequence
from uuid import UUID

from evidence import merkle, notes
from evidence.errors import BenchsealError
from evidence.models import Checkpoint, LedgerEntry, SealedLeaf
from evidence.sealing import fetch_nodes


class NotSealed(BenchsealError):
    """The entry is committed and will be sealed within a second."""

    code = "not_sealed"
    status = 409
    title = "Entry not sealed yet"


def tlog_proof(entry: LedgerEntry, checkpoint: Checkpoint | None = None) -> str:
    """The `tlog-proof@v1` file of an entry against a checkpoint (default: the newest)."""
    against = checkpoint or Checkpoint.objects.order_by("-size").first()
    if against is None:
        raise _not_sealed(entry.pk)
    return tlog_proofs([entry.pk], against)[entry.pk]


def tlog_proofs(entries: Sequence[UUID], checkpoint: Checkpoint) -> dict[UUID, str]:
    """The proofs of some entries, with as many queries as one entry takes.

    Raises `NotSealed` naming the first entry that the checkpoint does not hold.
    """
    size = checkpoint.size
    indices = dict(SealedLeaf.objects.filter(entry__in=entries).values_list("entry_id", "index"))
    for entry in entries:
        if indices.get(entry, size) >= size:
            raise _not_sealed(entry)
    stored = fetch_nodes({node for i in indices.values() for node in merkle.needed_for_inclusion(i, size)})

    def fetch(level: int, index: int) -> bytes:
        return stored[level, index]

    return {
        entry: notes.tlog_proof(index, merkle.inclusion_path(index, size, fetch), checkpoint.note)
        for entry, index in indices.items()
    }


def _not_sealed(entry: UUID) -> NotSealed:
    return NotSealed(f"Entry {entry} is not in a checkpoint yet", next_step="Ask again in a second.")
