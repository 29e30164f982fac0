"""What benchmarks of a large log measure inside a process of the installation."""

from __future__ import annotations

import hashlib
import os
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import cycle, islice
from typing import Final

from django.db import transaction

from evidence import auditing, clock, ledger, merkle, notes, proofs, sealing
from evidence.actors import Actor, Channel
from evidence.canonical import jcs
from evidence.digests import sha256_bytes
from evidence.ids import uuid7
from evidence.models import Checkpoint, LedgerEntry, LedgerPayload, SealedLeaf, UnsealedEntry
from registry import trail
from registry.containers import container_of
from registry.models import Submission
from tests.evidence.row_counter import rows
from tests.flows.orders import order, world
from tests.flows.processes import peak_of

APART: Final = timedelta(seconds=30)
"""Between two entries: a million of them are a year."""
PIECE: Final = 5_000
CHANNELS: Final = (Channel.API, Channel.UI, Channel.CLI)


@order
def insert_entries(first: int, count: int, total: int) -> None:
    """Real entries about the submissions that are there, for the sealer to take; the last is of now.

    They are inserted in bulk, since `ledger.append` takes one transaction's time each; leaf and payload are
    those that it writes. No kind tells of a submission, so the replay of submissions stays as it is.
    """
    began = clock.now() - total * APART
    made = (_entry(number, began + number * APART) for number in range(first, first + count))
    while piece := list(islice(made, PIECE)):
        with transaction.atomic():
            LedgerEntry.objects.bulk_create(entry for entry, _ in piece)
            LedgerPayload.objects.bulk_create(LedgerPayload(entry=entry, body=body) for entry, body in piece)
            UnsealedEntry.objects.bulk_create(UnsealedEntry(entry=entry) for entry, _ in piece)


@order
def seal_all() -> dict[str, float]:
    """Seal what waits, as the ticker does; how many entries, and seconds by clock and processor."""
    waiting = UnsealedEntry.objects.count()
    began, used = time.perf_counter(), time.process_time()
    sealing.seal()
    return {
        "entries": waiting,
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - used,
    }


@order
def time_inclusion(proofs_made: int) -> dict[str, float]:
    """Milliseconds (median) and rows (most) of proofs of entries anywhere in the log, each checked."""
    newest = Checkpoint.objects.latest("size")
    seconds, read = [], []
    for index in _places(newest.size, proofs_made):
        entry = LedgerEntry.objects.get(sealed__index=index)
        began = time.perf_counter()
        text = proofs.tlog_proof(entry)
        seconds.append(time.perf_counter() - began)
        with rows() as counted:
            assert proofs.tlog_proof(entry) == text
        read.append(counted.read)
        leaf_hash = merkle.leaf_hash(jcs(ledger.leaf(entry)))
        path = notes.parse_tlog_proof(text).path
        assert merkle.verify_inclusion(leaf_hash, index, newest.size, path, bytes(newest.root))
    return _proofs(newest.size, seconds, read)


@order
def time_consistency(proofs_made: int) -> dict[str, float]:
    """The same of proofs that the log begins with one of its earlier sizes."""
    newest = Checkpoint.objects.latest("size")
    seconds, read = [], []
    for old in _places(newest.size, proofs_made):
        began = time.perf_counter()
        proof = proofs.consistency(old + 1, newest.size)
        seconds.append(time.perf_counter() - began)
        with rows() as counted:
            assert proofs.consistency(old + 1, newest.size) == proof
        read.append(counted.read)
        assert merkle.verify_consistency(old + 1, newest.size, proof.old_root, proof.new_root, proof.path)
    return _proofs(newest.size, seconds, read)


@order
def verify_log() -> dict[str, float]:
    """Recompute the log; ask a new process, since the peak is that of its whole life."""
    before = peak_of(os.getpid())
    began, used = time.perf_counter(), time.process_time()
    faults = len(list(auditing.faults()))
    return {
        "entries": SealedLeaf.objects.count(),
        "faults": faults,
        "seconds": time.perf_counter() - began,
        "processor": time.process_time() - used,
        "grew": peak_of(os.getpid()) - before,
    }


@order
def time_hashing(leaves: int) -> dict[str, float]:
    """Processor seconds of a bare loop of SHA-256 over the first leaves, which are in memory."""
    found = LedgerEntry.objects.order_by("sealed__index").filter(sealed__index__lt=leaves)
    records = [jcs(ledger.leaf(entry)) for entry in found.iterator(PIECE)]
    used = time.process_time()
    for record in records:
        hashlib.sha256(b"\x00" + record).digest()
    return {"leaves": len(records), "processor": time.process_time() - used}


def _entry(number: int, at: datetime) -> tuple[LedgerEntry, bytes]:
    who, channel = _people()[number % len(_people())]
    body = jcs(ledger._payload(who, ledger.Note(reason="Measured", new={"number": number})))
    entry = LedgerEntry(
        id=uuid7(round(at.timestamp() * 1000)),
        kind=_kinds()[number % len(_kinds())],
        subject=_subjects()[number % len(_subjects())],
        container=container_of(world().project.pk),
        actor_id=who.id,
        channel=channel,
        at=at,
        payload_digest=sha256_bytes(body),
    )
    return entry, body


@cache
def _people() -> list[tuple[Actor, Channel]]:
    """Everybody by one way each: some pairs of person and way have no entry at all."""
    pairs = zip(sorted(world().cast.people.items()), cycle(CHANNELS), strict=False)
    return [
        (Actor(id=str(user.pk), name=user.printed_name, channel=channel, request_id=""), channel)
        for (_, user), channel in pairs
    ]


@cache
def _kinds() -> list[str]:
    return [kind for kind in trail.kinds() if not kind.startswith("submission.")]


@cache
def _subjects() -> list[str]:
    return [f"submission:{pk}" for pk in Submission.objects.order_by("pk").values_list("pk", flat=True)]


def _places(size: int, count: int) -> Iterator[int]:
    chosen = random.Random(size)
    return (chosen.randrange(size - 1) for _ in range(count))


def _proofs(size: int, seconds: Sequence[float], read: Sequence[int]) -> dict[str, float]:
    return {
        "leaves": size,
        "proofs": len(seconds),
        "ms": statistics.median(seconds) * 1000,
        "rows": max(read),
    }
