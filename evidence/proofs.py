"""Inclusion and consistency proofs of the log, in O(log n) reads of stored tree nodes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
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


class SizeOutside(BenchsealError):
    """A proof was asked for sizes the log never had, or in the wrong order."""

    code = "size_outside"
    status = 422
    title = "The log has no such sizes"


@dataclass(frozen=True)
class Consistency:
    """That the log of `new_size` entries begins with that of `old_size`: roots and path, 32 bytes each."""

    old_size: int
    new_size: int
    old_root: bytes
    new_root: bytes
    path: list[bytes]


def consistency(old: int, new: int) -> Consistency:
    """The proof of RFC 6962, section 2.1.2; raises `SizeOutside` unless old <= new <= size of the log."""
    newest = Checkpoint.objects.order_by("-size").values_list("size", flat=True).first() or 0
    if not 0 <= old <= new <= newest:
        raise SizeOutside(
            f"A proof from {old} to {new} entries does not exist: the log has {newest} sealed entries.",
            next_step="Ask with 0 <= old <= new, and new at most the size of the newest checkpoint.",
        )
    wanted = merkle.needed_for_consistency(old, new)
    fetch = _stored([*wanted, *merkle.needed_for_root(old), *merkle.needed_for_root(new)])
    return Consistency(
        old_size=old,
        new_size=new,
        old_root=merkle.root_at(old, fetch),
        new_root=merkle.root_at(new, fetch),
        path=merkle.consistency_path(old, new, fetch),
    )


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
    return {
        entry: notes.tlog_proof(index, path, checkpoint.note)
        for entry, (index, path) in inclusion_paths(entries, checkpoint.size).items()
    }


def inclusion_paths(entries: Sequence[UUID], size: int) -> dict[UUID, tuple[int, list[bytes]]]:
    """Index and path (RFC 6962, section 2.1.1) of some entries in the log of `size`; steps of 32 bytes.

    Raises `NotSealed` naming the first entry that lies outside.
    """
    indices = dict(SealedLeaf.objects.filter(entry__in=entries).values_list("entry_id", "index"))
    for entry in entries:
        if indices.get(entry, size) >= size:
            raise _not_sealed(entry)
    fetch = _stored(node for i in indices.values() for node in merkle.needed_for_inclusion(i, size))
    return {entry: (index, merkle.inclusion_path(index, size, fetch)) for entry, index in indices.items()}


def _stored(wanted: Iterable[merkle.Node]) -> merkle.Fetch:
    nodes = fetch_nodes(set(wanted))
    return lambda level, index: nodes[level, index]


def _not_sealed(entry: UUID) -> NotSealed:
    return NotSealed(f"Entry {entry} is not in a checkpoint yet", next_step="Ask again in a second.")
