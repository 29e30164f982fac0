"""The log entries of a pack: each belongs to the log whose head the pack names (RFC 6962, C2SP)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchseal.verify import notes
from benchseal.verify.canonical import Object, digest, inner, objects, text, whole
from benchseal.verify.dsse import from_base64
from benchseal.verify.pack import NAMESPACE, PACK, RECORD, Pack
from benchseal.verify.report import Check, Flaw, Item

HEADER: Final = "c2sp.org/tlog-proof@v1"
SUFFIXES: Final = (".json", ".payload.json", ".tlog-proof")
INDEX: Final = re.compile(r"index (0|[1-9][0-9]{0,18})\Z")
UUID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\Z")
LONGEST_PATH: Final = 63

HEAD = Check(
    "log",
    "head of the log",
    "The log was signed by its key in the state the pack names.",
    "The log was not signed by its key in the state the pack names, so its entries prove nothing.",
)
ENTRIES = Check(
    "log",
    "entries",
    "Everything the record says happened stands in the log, unchanged, in the log's one order.",
    "Something the record says happened was changed afterwards or never stood in the log.",
)


@dataclass(frozen=True, slots=True)
class Head:
    """The checkpoint of the pack; ``root`` is 32 bytes, ``text`` what the log signs."""

    origin: str
    size: int
    root: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Logged:
    """The items, and of the entries that hold: payloads by entry id, times by the statement they name."""

    items: list[Item]
    payloads: dict[str, Object]
    times: dict[str, str]


def check(pack: Pack) -> Logged:
    """The head of the log, then every entry the record names, and no other."""
    try:
        head, key = head_of(pack), _key(pack)
        events = objects(pack.record, "events", RECORD)
    except Flaw as flaw:
        return Logged([HEAD.bad(str(flaw))], {}, {})
    log = _Log(pack, head, key)
    faults = [*_strays(pack, events), *(fault for event in events for fault in log.faults(event))]
    said = f"{head.origin} at {head.size} entries"
    heads = [HEAD.bad(log.note_fault)] if log.note_fault else [HEAD.ok(f"The head is that of {said}.")]
    if not events:
        heads = [HEAD.unchecked("The record names no entry, so the pack carries no signed head.")]
    reason = f"{len(events)} entries lead to the head of {said}."
    times = {
        said: text(event, "at", RECORD)
        for event in events
        if (entry := str(event.get("entry"))) in log.payloads and "at" in event
        for said in _named(log.payloads[entry])
    }
    return Logged([*heads, *ENTRIES.faults_or_ok(faults, reason)], log.payloads, times)


def _named(payload: Object) -> Iterator[str]:
    """The statements an entry names: its own, and beside a decision the summary of it for other tools."""
    new = payload.get("new")
    for said in (payload.get("statement"), new.get("summary") if isinstance(new, dict) else None):
        if isinstance(said, str):
            yield said


def root_from(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """The root that ``path`` leads to (RFC 9162, section 2.1.3.2), None where it cannot fit."""
    place, last, digest_here = index, size - 1, leaf
    if not 0 <= place <= last:
        return None
    for step in path:
        if not last:
            return None
        if place & 1 or place == last:
            digest_here = sha256(b"\x01" + step + digest_here).digest()
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            digest_here = sha256(b"\x01" + digest_here + step).digest()
        place, last = place >> 1, last >> 1
    return None if last else digest_here


class _Log:
    """One head and what was found under it."""

    def __init__(self, pack: Pack, head: Head, key: Ed25519PublicKey) -> None:
        self.pack = pack
        self.head = head
        self.key = key
        self.note_fault = ""
        self.good_notes: set[str] = set()
        self.payloads: dict[str, Object] = {}

    def faults(self, event: Object) -> Iterator[Item]:
        """What is wrong with an entry; an entry that holds leaves its payload."""
        entry = str(event.get("entry"))[:64]
        try:
            self.payloads[entry] = self._checked(event)
        except Flaw as flaw:
            yield ENTRIES.named(f"data/audit/{entry}").bad(str(flaw))

    def _checked(self, event: Object) -> Object:
        entry = text(event, "entry", f"{RECORD}, events")
        if UUID.match(entry) is None or entry in self.payloads:
            raise Flaw(f"{RECORD} names the entry {entry[:64]!r} twice or in another form than a UUID.")
        base = f"data/audit/{entry}"
        data = self.pack.read(f"{base}.json")
        leaf = sha256(b"\x00" + data).digest()
        _check_leaf(self.pack.json(f"{base}.json"), event, leaf, f"{base}.json")
        payload = self.pack.read(f"{base}.payload.json")
        if self.pack.json(f"{base}.json").get("payload") != digest(payload):
            raise Flaw(f"{base}.payload.json is not the payload the entry names.")
        self._check_proof(leaf, f"{base}.tlog-proof")
        return self.pack.json(f"{base}.payload.json")

    def _check_proof(self, leaf: bytes, name: str) -> None:
        index, path, note = _proof(self.pack.read(name), name)
        if root_from(leaf, index, self.head.size, path) != self.head.root:
            raise Flaw(f"{name}: the path does not lead from the entry to the head of the log.")
        if note not in self.good_notes:
            self._check_note(note, name)
            self.good_notes.add(note)

    def _check_note(self, note: str, name: str) -> None:
        try:
            check_note(note, self.head, self.key)
        except Flaw as flaw:
            self.note_fault = f"{name}: {flaw}"
            raise Flaw(self.note_fault) from None


def check_note(note: str, head: Head, key: Ed25519PublicKey) -> None:
    """Raises ``Flaw`` unless the note is the head, signed once by the key (C2SP signed-note).

    While the log changes its key, the line of the other key stands beside; it is not looked at.
    """
    said, gap, tail = note.partition("\n\n")
    if not gap or f"{said}\n" != head.text:
        raise Flaw(f"the head of the log in it is not the one {PACK} names")
    hashed = notes.key_hash(head.origin, key)
    own = [mark for mark in notes.marks(tail, head.origin) if mark[:4] == hashed]
    if len(own) != 1:
        raise Flaw(f"the head of the log bears {len(own)} signatures by data/keys/log.vkey, not one")
    try:
        key.verify(own[0][4:], head.text.encode())
    except InvalidSignature:
        raise Flaw("the head of the log is not signed with data/keys/log.vkey") from None


def head_of(pack: Pack) -> Head:
    """The head of the log that the pack names; raises ``Flaw``."""
    stated = inner(pack.facts, "checkpoint", PACK)
    origin, size = text(stated, "origin", PACK), whole(stated, "size", PACK)
    root = text(stated, "root", PACK)
    raw = from_base64(root, PACK)
    if len(raw) != 32 or size < 0 or not origin or any(mark.isspace() for mark in origin):
        raise Flaw(f"{PACK} names no checkpoint of a log.")
    return Head(origin, size, raw, f"{origin}\n{size}\n{root}\n")


def _key(pack: Pack) -> Ed25519PublicKey:
    name = "data/keys/log.vkey"
    line = pack.read(name).decode("utf-8", errors="replace").removesuffix("\n")
    origin, _, rest = line.partition("+")
    hashed, _, encoded = rest.partition("+")
    raw = from_base64(encoded, name)
    if len(raw) != 33 or raw[:1] != b"\x01":
        raise Flaw(f"{name} is not the key of a log (Ed25519).")
    key = Ed25519PublicKey.from_public_bytes(raw[1:])
    if origin != head_of(pack).origin or hashed != notes.key_hash(origin, key).hex():
        raise Flaw(f"{name} belongs to another log than the one {PACK} names.")
    return key


def _check_leaf(leaf: Object, event: Object, hashed: bytes, name: str) -> None:
    if leaf.get("type") != f"{NAMESPACE}/leaf/v1" or leaf.get("id") != event["entry"]:
        raise Flaw(f"{name} is not the entry its name says.")
    if event.get("leaf_hash") != hashed.hex():
        raise Flaw(f"{name} is not the entry {RECORD} names: its leaf hash is {hashed.hex()}.")
    for key in ("kind", "at"):
        if key in event and event[key] != leaf.get(key):
            raise Flaw(f"{name}: {RECORD} states another {key} than the entry.")


def _proof(data: bytes, name: str) -> tuple[int, list[bytes], str]:
    head, gap, note = data.decode("utf-8", errors="replace").partition("\n\n")
    header, *lines = head.split("\n")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)
    match = INDEX.match(lines.pop(0)) if lines else None
    if header != HEADER or not gap or match is None or len(lines) > LONGEST_PATH:
        raise Flaw(f"{name} is not a proof of the form {HEADER}.")
    path = [from_base64(line, name) for line in lines]
    if any(len(step) != 32 for step in path):
        raise Flaw(f"{name} holds a step that is not a SHA-256.")
    return int(match[1]), path, note


def _strays(pack: Pack, events: list[Object]) -> list[Item]:
    named = {f"data/audit/{event.get('entry')}{suffix}" for event in events for suffix in SUFFIXES}
    return [
        ENTRIES.named(path).bad(f"{path} belongs to no entry {RECORD} names.")
        for path in pack.below("data/audit/")
        if path not in named
    ]
