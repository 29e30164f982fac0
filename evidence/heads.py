"""Heads of the log: which root it had at a size, as a signed checkpoint states it, here or kept elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from django.conf import settings

from evidence import notes
from evidence.errors import BenchsealError, SignatureInvalid
from evidence.faults import Fault
from evidence.histories import stored_bytes
from evidence.models import Checkpoint
from evidence.publickeys import KeyUse
from evidence.signing import published_entries

CHUNK = 2000


class Head(Protocol):
    """A claim about the first `size` entries, compared while the log is recomputed."""

    @property
    def size(self) -> int: ...
    def faults(self, root: bytes, sound: int) -> Iterator[Fault]:
        """What contradicts the root that the first `size` entries give; the first `sound` ones fit."""

    def beyond(self, entries: int) -> Fault:
        """The fault of a claim about more entries than there are."""


class LogKeys:
    """The published keys of the log, also those no longer in use: what they signed stays signed."""

    def __init__(self) -> None:
        self._vkeys = [str(entry["vkey"]) for entry in published_entries() if entry["use"] == KeyUse.LOG]

    def checkpoint(self, note: str) -> notes.Checkpoint:
        """What the note states; raises SignatureInvalid unless it is of this log, signed by a key of it."""
        stated = notes.parse_checkpoint(note)
        if stated.origin != settings.LOG_ORIGIN:
            raise SignatureInvalid(f"It is a checkpoint of the log {stated.origin[:80]}.")
        if not any(_is_signed_by(vkey, note) for vkey in self._vkeys):
            raise SignatureInvalid("No published key of this log signed it.")
        return stated


@dataclass(frozen=True, slots=True)
class StoredHead:
    """A row of the table of checkpoints."""

    size: int
    root: bytes
    note: str
    keys: LogKeys

    def faults(self, root: bytes, sound: int) -> Iterator[Fault]:
        signed = self.root
        try:
            stated = self.keys.checkpoint(self.note)
            signed = stated.root
            if (stated.size, stated.root) != (self.size, self.root):
                yield Fault(self._where, "its signed note states another size or root")
        except BenchsealError as error:
            yield Fault(self._where, f"its note does not verify: {error.detail}")
        if signed != root:
            place = (
                f"; what differs has an index from {sound} to {self.size - 1}" if sound < self.size else ""
            )
            yield Fault(self._where, f"the entries give another root{place}")

    def beyond(self, entries: int) -> Fault:
        return Fault(self._where, f"the log has {entries} entries")

    @property
    def _where(self) -> str:
        return f"checkpoint {self.size}"


@dataclass(frozen=True, slots=True)
class KeptHead:
    """A checkpoint from outside the database; `flaw` says why it proves nothing, and is empty otherwise."""

    where: str
    size: int
    root: bytes = b""
    flaw: str = ""

    def faults(self, root: bytes, sound: int) -> Iterator[Fault]:
        if self.flaw:
            yield Fault(self.where, self.flaw)
        elif self.root != root:
            yield Fault(self.where, f"the log was rewritten: its first {self.size} entries give another root")

    def beyond(self, entries: int) -> Fault:
        missing = self.size - entries
        return Fault(
            self.where,
            self.flaw or f"the database was put back to an older state: {missing} entries are missing",
        )


def stored(keys: LogKeys, up_to: int) -> Iterator[StoredHead]:
    """The checkpoints of the database by size."""
    rows = Checkpoint.objects.filter(size__lte=up_to).order_by("size").values_list("size", "root", "note")
    for size, root, note in rows.iterator(CHUNK):
        yield StoredHead(size, stored_bytes(root), note, keys)


def _is_signed_by(vkey: str, note: str) -> bool:
    try:
        notes.verify_note(note, vkey)
    except SignatureInvalid:
        return False
    return True
