"""Seal committed entries: give them gap-free indices, grow the tree, sign a checkpoint."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.db import transaction

from evidence import clock, ledger, merkle, notes
from evidence.canonical import jcs
from evidence.models import Checkpoint, LedgerEntry, SealedLeaf, TreeHead, TreeNode, UnsealedEntry
from evidence.signing import load_log_signers

BATCH = 1000


def seal() -> Checkpoint | None:
    """Seal everything that is committed and unsealed; the newest checkpoint, None for an empty log.

    Nothing is shared before the commit, and Ed25519 is deterministic: a restart signs the same
    size and root again.
    """
    while seal_batch() == BATCH:
        pass
    return Checkpoint.objects.order_by("-size").first()


@transaction.atomic
def seal_batch() -> int:
    """Seal up to BATCH entries in one transaction; return how many."""
    TreeHead.objects.get_or_create(id=1)
    head = TreeHead.objects.select_for_update().get(id=1)
    entries = _unsealed()
    if entries:
        _grow(head, entries)
    return len(entries)


def fetch_nodes(wanted: Iterable[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Load complete subtree hashes, one query a level."""
    by_level: dict[int, list[int]] = {}
    for level, index in wanted:
        by_level.setdefault(level, []).append(index)
    found: dict[tuple[int, int], bytes] = {}
    for level, indices in by_level.items():
        for index, value in TreeNode.objects.filter(level=level, index__in=indices).values_list(
            "index", "hash"
        ):
            found[level, index] = bytes(value)
    return found


def _unsealed() -> list[LedgerEntry]:
    ids = UnsealedEntry.objects.order_by("entry_id").values_list("entry_id", flat=True)[:BATCH]
    return list(LedgerEntry.objects.filter(pk__in=list(ids)).order_by("pk"))


def _grow(head: TreeHead, entries: Sequence[LedgerEntry]) -> None:
    leaf_hashes = [merkle.leaf_hash(jcs(ledger.leaf(entry))) for entry in entries]
    stored = fetch_nodes(merkle.needed_for_extend(head.size))
    grown = merkle.extend(head.size, lambda level, index: stored[level, index], leaf_hashes)
    SealedLeaf.objects.bulk_create(
        SealedLeaf(index=head.size + offset, entry=entry) for offset, entry in enumerate(entries)
    )
    TreeNode.objects.bulk_create(
        TreeNode(level=level, index=index, hash=value)
        for (level, index), value in sorted(grown.nodes.items())
    )
    _sign(grown.size, grown.root)
    UnsealedEntry.objects.filter(pk__in=[entry.pk for entry in entries]).delete()
    TreeHead.objects.filter(pk=head.pk).update(size=grown.size)


def _sign(size: int, root: bytes) -> Checkpoint:
    text = notes.checkpoint_text(settings.LOG_ORIGIN, size, root)
    note = notes.sign_note(text, settings.LOG_ORIGIN, *load_log_signers())
    return Checkpoint.objects.create(size=size, root=root, note=note, signed_at=clock.now())
