"""Signed notes of a log (C2SP signed-note, tlog-checkpoint): what they state and which key signed them."""

import re
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from benchseal.verify.dsse import from_base64
from benchseal.verify.report import Flaw

MOST_MARKS: Final = 8  # keys of the log whose overlaps meet
NUMBER: Final = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a note states of a log; ``root`` is 32 bytes, ``text`` is signed, ``marks`` are its signatures."""

    origin: str
    size: int
    root: bytes
    text: str
    marks: tuple[bytes, ...]

    def is_signed_by(self, key: Ed25519PublicKey) -> bool:
        """Whether it bears one signature by the key, and that one holds."""
        hashed = key_hash(self.origin, key)
        own = [mark[4:] for mark in self.marks if mark[:4] == hashed]
        if len(own) != 1:
            return False
        try:
            key.verify(own[0], self.text.encode())
        except InvalidSignature:
            return False
        return True


def read(note: str, name: str) -> Checkpoint:
    """The parts of a signed checkpoint of which no signature was checked; raises ``Flaw``."""
    said, gap, tail = note.partition("\n\n")
    origin, _, rest = said.partition("\n")
    size, _, root = rest.partition("\n")
    if not gap or not is_origin(origin) or NUMBER.match(size) is None:
        raise Flaw(f"{name} is not a signed checkpoint of a log.")
    raw = from_base64(root, name)
    if len(raw) != 32:
        raise Flaw(f"{name} states a root that is not a SHA-256.")
    return Checkpoint(origin, int(size), raw, f"{said}\n", tuple(marks(tail, origin)))


def marks(lines: str, origin: str) -> list[bytes]:
    """Key hash and signature of each line, all by keys of the log; raises ``Flaw``."""
    lead = f"— {origin} "
    found = lines.removesuffix("\n").split("\n")
    if not lines.endswith("\n") or len(found) > MOST_MARKS or not all(one.startswith(lead) for one in found):
        raise Flaw("the head of the log does not end with its signatures")
    return [from_base64(one.removeprefix(lead), "the signature of the head") for one in found]


def key_hash(origin: str, key: Ed25519PublicKey) -> bytes:
    """The four bytes a signature names its key by."""
    return sha256(origin.encode() + b"\n\x01" + key.public_bytes_raw()).digest()[:4]


def is_origin(text: str) -> bool:
    """Whether the text can be the name of a log."""
    return bool(text) and "+" not in text and not any(mark.isspace() for mark in text)
