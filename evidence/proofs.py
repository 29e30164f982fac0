"""Inclusion proofs for sealed entries, in O(log n) reads of stored tree nodes."""

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
    sealed = SealedLeaf.objects.filter(entry=entry).first()
    against = checkpoint or Checkpoint.objects.order_by("-size").first()
    if sealed is None or against is None or sealed.index >= against.size:
        raise NotSealed(f"Entry {entry.pk} is not in a checkpoint yet", next_step="Ask again in a second.")
    stored = fetch_nodes(merkle.needed_for_inclusion(sealed.index, against.size))
    path = merkle.inclusion_path(sealed.index, against.size, lambda level, index: stored[level, index])
    return notes.tlog_proof(sealed.index, path, against.note)
