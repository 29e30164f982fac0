"""Whether the log of an installation still begins with what somebody kept of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TypeAlias

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchseal.verify import Item, State, Verdict, notes
from benchseal.verify.archive import Archive
from benchseal.verify.consistency import leads_to_both
from benchseal.verify.keys import PackKey
from benchseal.verify.notes import Checkpoint
from benchseal.verify.report import Check, Flaw

LARGEST_NOTE: Final = 64 * 1024
ZIP_MARK: Final = b"PK"
AskPath: TypeAlias = Callable[[int, int], Sequence[bytes]]

KEPT: Final = Check(
    "log",
    "what was kept",
    "What was kept is a head of the log, signed by its key.",
    "What was kept was not signed by the log, so it proves nothing about it.",
)
NEWEST: Final = Check(
    "log",
    "newest head",
    "The log was signed by its key in its newest state.",
    "The newest state of the log is not signed by its key: somebody else may answer in its place.",
)
HISTORY: Final = Check(
    "log",
    "history",
    "Nothing the log held then was changed, taken away or put into another order since.",
    "The log no longer holds what it held then. Ask the operator, and keep the file: it is the proof.",
)
ORIGIN: Final = Check(
    "origin",
    "key of the log",
    "The key of the log was obtained elsewhere.",
    "The key of the log was not obtained elsewhere.",
)
UNPROVED: Final = "Everything fits together, but whoever answers for the installation also gave the key."
BEGINS: Final = "the log still begins with what this {} holds"
REWRITTEN: Final = "history was rewritten"
PUT_BACK: Final = "the log is shorter than it was: it was put back"
PROVES_NOTHING: Final = "what this {} holds proves nothing about this log"
NOT_SIGNED: Final = "the newest head of the log is not signed by its key"


@dataclass(frozen=True, slots=True)
class Kept:
    """A signed note that somebody kept; ``kind`` is pack or checkpoint."""

    kind: str
    name: str
    note: str


@dataclass(frozen=True, slots=True)
class LogKeys:
    """Keys of the log; ``is_from_elsewhere`` where they were not asked of the installation itself."""

    source: str
    keys: tuple[PackKey, ...]
    is_from_elsewhere: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer in words, what it rests on, and the two sizes as far as they are known."""

    words: str
    items: tuple[Item, ...]
    kept_size: int | None = None
    newest_size: int | None = None

    @property
    def exit_code(self) -> int:
        """0 yes, 1 no, 2 yes by keys that nobody vouches for."""
        if any(item.is_fault for item in self.items):
            return Verdict.BROKEN.exit_code
        unproved = any(item.state is State.UNCHECKED for item in self.items)
        return (Verdict.ORIGIN_NOT_PROVED if unproved else Verdict.GENUINE).exit_code

    def as_dict(self) -> dict[str, object]:
        """The outcome as plain values for JSON."""
        items = [{**asdict(item), "state": item.state.value} for item in self.items]
        sizes = {"kept_size": self.kept_size, "newest_size": self.newest_size}
        return {"words": self.words, "exit_code": self.exit_code, "items": items, **sizes}


def read_kept(path: Path) -> Kept:
    """The signed head a pack or a checkpoint file holds; raises ``Flaw``, ``OSError``."""
    with path.open("rb") as stream:
        if stream.read(2) != ZIP_MARK:
            stream.seek(0)
            return Kept("checkpoint", path.name, _text(stream.read(LARGEST_NOTE + 1), path.name))
        archive = Archive(stream)
        proofs = [name for name in archive.entries if name.endswith(".tlog-proof")]
        if not proofs:
            raise Flaw(f"{path.name} holds no entry of the log, and so no signed head of it.")
        # All proofs of a pack lead to one head; `pack verify` compares them.
        proof = _text(archive.read(proofs[0]), proofs[0])
        return Kept("pack", path.name, proof.partition("\n\n")[2])


def compare(kept: Kept, newest_note: str, keys: LogKeys, ask_path: AskPath) -> Outcome:
    """Both heads by their signatures, then the path between them; ``ask_path`` takes the two sizes."""
    try:
        before = notes.read(kept.note, kept.name)
        _refuse_unsigned(before, _once_valid(keys), f"{kept.name} ({kept.kind})", keys.source)
    except Flaw as flaw:
        return Outcome(PROVES_NOTHING.format(kept.kind), (KEPT.bad(str(flaw)),))
    held = KEPT.ok(f"{kept.name} holds the head of {before.origin} at {before.size} entries.")
    try:
        now = _newest(newest_note, before, keys)
    except Flaw as flaw:
        return Outcome(NOT_SIGNED, (held, NEWEST.bad(str(flaw))), before.size)
    signed = NEWEST.ok(f"{now.origin} has {now.size} entries.")
    words, history = _history(before, now, kept.kind, ask_path)
    return Outcome(words, (held, signed, history, _origin(keys)), before.size, now.size)


def _newest(note: str, before: Checkpoint, keys: LogKeys) -> Checkpoint:
    now = notes.read(note, "The answer of the installation")
    if now.origin != before.origin:
        raise Flaw(f"The installation answers for the log {now.origin[:80]}, not for {before.origin[:80]}.")
    _refuse_unsigned(now, _valid_now(keys), "The newest head", keys.source)
    return now


def _history(before: Checkpoint, now: Checkpoint, kind: str, ask_path: AskPath) -> tuple[str, Item]:
    if now.size < before.size:
        missing = before.size - now.size
        return PUT_BACK, HISTORY.bad(
            f"It had {before.size} entries and has {now.size}: {missing} are missing."
        )
    path = ask_path(before.size, now.size) if now.size > before.size else ()
    if not leads_to_both(before.size, now.size, before.root, now.root, path):
        return REWRITTEN, HISTORY.bad(f"Its first {before.size} entries are not the ones it had then.")
    grown = f"Its first {before.size} entries are the ones it had then; {now.size - before.size} came since."
    return BEGINS.format(kind), HISTORY.ok(grown)


def _origin(keys: LogKeys) -> Item:
    if keys.is_from_elsewhere:
        return ORIGIN.ok(f"The key is one of {keys.source}.")
    item = ORIGIN.unchecked(f"The key is one of {keys.source}; give --trust with a list obtained elsewhere.")
    return replace(item, meaning=UNPROVED)


def _refuse_unsigned(head: Checkpoint, keys: Iterator[Ed25519PublicKey], name: str, source: str) -> None:
    if not any(head.is_signed_by(key) for key in keys):
        raise Flaw(
            f"{name} is signed by no key of the log that {source} lists. Where the log has a new key, "
            "obtain the list again."
        )


def _once_valid(keys: LogKeys) -> Iterator[Ed25519PublicKey]:
    for key in keys.keys:
        if key.use == "log" and key.status != "revoked" and isinstance(key.public, Ed25519PublicKey):
            yield key.public


def _valid_now(keys: LogKeys) -> Iterator[Ed25519PublicKey]:
    moment = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"
    ended = [key for key in keys.keys if key.valid_to is not None and key.valid_to < moment]
    rest = tuple(key for key in keys.keys if key not in ended)
    return _once_valid(LogKeys(keys.source, rest, keys.is_from_elsewhere))


def _text(data: bytes, name: str) -> str:
    if len(data) > LARGEST_NOTE:
        raise Flaw(f"{name} is longer than any checkpoint.")
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise Flaw(f"{name} is neither a pack nor a checkpoint.") from None
