"""A log to attack: entries, what its owner can do to them behind the triggers, and what then is found."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import reduce
from operator import or_
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Q

from evidence import auditing, clock, insert_only, ledger, merkle, notes, sealing
from evidence.actors import SYSTEM
from evidence.canonical import jcs
from evidence.models import (
    Checkpoint,
    LedgerEntry,
    LedgerPayload,
    SealedLeaf,
    TreeHead,
    TreeNode,
    UnsealedEntry,
)
from evidence.signing import Signer

LOG_TABLES = tuple(
    f"evidence_{table}"
    for table in (
        "ledgerentry",
        "ledgerpayload",
        "sealedleaf",
        "treenode",
        "checkpoint",
        "record",
        "statement",
    )
)


class Fact(StrEnum):
    TOLD = "fact.told"


def append(count: int) -> list[LedgerEntry]:
    """Entries about `thing:0`, `thing:1` …"""
    note = ledger.Note(reason="why")
    return [
        ledger.append(Fact.TOLD, f"thing:{number}", actor=SYSTEM, container="", note=note)
        for number in range(count)
    ]


def tell(*counts: int) -> None:
    """Entries, sealed after each count."""
    for count in counts:
        append(count)
        sealing.seal()


def found(*against: Path) -> list[str]:
    """The faults as lines."""
    return [f"{fault.where}: {fault.what}" for fault in auditing.faults(against=against)]


@contextmanager
def owner_of_the_database(*tables: str) -> Iterator[None]:
    """Drop the triggers of tables, as only their owner can, and put them back."""
    models = [m for m in insert_only.protected_models(apps.get_models()) if m._meta.db_table in tables]
    assert len(models) == len(tables)
    with connection.cursor() as cursor:
        for model in models:
            suffix = f' ON "{model._meta.db_table}"' if connection.vendor == "postgresql" else ""
            for name in insert_only.expected(model, connection.vendor):
                cursor.execute(f'DROP TRIGGER "{name}"{suffix}')
        yield
        for model in models:
            for sql in insert_only.expected(model, connection.vendor).values():
                cursor.execute(sql)


def execute(*statements: str, values: Sequence[int] | None = None) -> None:
    """SQL behind every model, by the owner of the log's tables."""
    with owner_of_the_database(*LOG_TABLES), connection.cursor() as cursor:
        for sql in statements:
            cursor.execute(sql, values)


def cut_to(size: int) -> None:
    """Put the log back to how it was at one of its checkpoints, as a restored copy would."""
    lost = list(SealedLeaf.objects.filter(index__gte=size).values_list("entry_id", flat=True))
    nodes = [
        Q(level=level, index__gte=size >> level)
        for level in TreeNode.objects.values_list("level", flat=True).distinct()
    ]
    with owner_of_the_database(*LOG_TABLES):
        for rows in (
            SealedLeaf.objects.filter(entry__in=lost),
            LedgerPayload.objects.filter(entry__in=lost),
            LedgerEntry.objects.filter(pk__in=lost),
            Checkpoint.objects.filter(size__gt=size),
            TreeNode.objects.filter(reduce(or_, nodes)),
        ):
            rows._raw_delete(rows.db)  # behind the model, which refuses
    TreeHead.objects.update(size=size)


def rewrite_tree(*, index: int = 2) -> list[bytes]:
    """Change one entry and give the whole tree to what the entries say now; the leaf hashes."""
    execute(
        "UPDATE evidence_ledgerentry SET kind = 'other'"
        ' WHERE id IN (SELECT entry_id FROM evidence_sealedleaf WHERE "index" = %s)',
        values=[index],
    )
    execute("DELETE FROM evidence_treenode")
    leaves = [
        merkle.leaf_hash(jcs(ledger.leaf(leaf.entry)))
        for leaf in SealedLeaf.objects.select_related("entry").order_by("index")
    ]
    grown = merkle.extend(0, merkle._nothing_stored, leaves)
    TreeNode.objects.bulk_create(
        TreeNode(level=level, index=index, hash=value) for (level, index), value in grown.nodes.items()
    )
    return leaves


def rewrite(*, signer: Signer | None, sizes: Iterable[int]) -> None:
    """The same, with new checkpoints of these sizes; without a key, each keeps the signature it had."""
    leaves = rewrite_tree()
    old = dict(Checkpoint.objects.values_list("size", "note"))
    execute("DELETE FROM evidence_checkpoint")
    for size in sizes:
        root = merkle.root_of(leaves[:size])
        text = notes.checkpoint_text(settings.LOG_ORIGIN, size, root)
        if signer:
            note = notes.sign_note(text, settings.LOG_ORIGIN, signer)
        else:
            note = text + "\n" + old[size].rpartition("\n\n")[2]
        Checkpoint.objects.create(size=size, root=root, note=note, signed_at=clock.now())


def put_back_into_the_queue() -> None:
    """Take everything that was sealed apart, so that the worker seals it anew."""
    execute(
        "DELETE FROM evidence_sealedleaf",
        "DELETE FROM evidence_treenode",
        "DELETE FROM evidence_checkpoint",
        "UPDATE evidence_treehead SET size = 0",
    )
    UnsealedEntry.objects.bulk_create(UnsealedEntry(entry=entry) for entry in LedgerEntry.objects.all())
