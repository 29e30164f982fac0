"""Signed notes, checkpoints and proof files as C2SP publishes them; nothing is stored here."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from evidence.canonical import base64_text, from_base64
from evidence.digests import sha256_raw
from evidence.errors import NotCanonical, NoteMalformed, SignatureInvalid
from evidence.publickeys import read_public_pem, verify_signature
from evidence.signing import Signer

ED25519 = b"\x01"
KEY_SIZE = HASH_SIZE = 32  # bytes
KEY_HASH_SIZE = 4
CHECKPOINT_LINES = 3
PATH_LIMIT = 63  # tlog-proof: the height of a tree with a signed 64-bit size
PROOF_HEADER = "c2sp.org/tlog-proof@v1"
SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)\Z")
DECIMAL = re.compile(r"(0|[1-9][0-9]{0,18})\Z")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of a log: its origin, how many leaves it has, their root (32 bytes)."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True, slots=True)
class TlogProof:
    """A leaf's index, its audit path (32 bytes each) and the signed checkpoint they lead to."""

    index: int
    path: tuple[bytes, ...]
    checkpoint_note: str


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that are signed: origin, size, base64 root."""
    return f"{_key_name(origin)}\n{size}\n{base64_text(root)}\n"


def sign_note(text: str, name: str, *signers: Signer) -> str:
    """Text, empty line, for each Ed25519 key `— <name> <base64(4-byte key hash ‖ signature)>`."""
    body = _note_text(text).encode()
    marks = (_key_hash(name, public_raw(one.public_key_pem)) + one.sign(body) for one in signers)
    return f"{text}\n" + "".join(f"— {name} {base64_text(mark)}\n" for mark in marks)


def vkey(name: str, public_raw: bytes) -> str:
    """`<name>+<8 hex key hash>+<base64(0x01 ‖ 32-byte public key)>`."""
    return f"{name}+{_key_hash(name, public_raw).hex()}+{base64_text(ED25519 + public_raw)}"


def public_raw(public_key_pem: str) -> bytes:
    """The 32 bytes of an Ed25519 public key in PEM; raises SignatureInvalid for another kind."""
    key = read_public_pem(public_key_pem)
    if not isinstance(key, Ed25519PublicKey):
        raise SignatureInvalid("A note is signed with Ed25519; this key is of another kind.")
    return key.public_bytes_raw()


def parse_vkey(text: str) -> tuple[str, bytes]:
    """Name and 32-byte public key of a vkey; raises NoteMalformed if its parts disagree."""
    name, _, rest = text.strip().partition("+")
    key = _decoded(rest.partition("+")[2])
    if key[:1] != ED25519 or len(key) != 1 + KEY_SIZE or vkey(name, key[1:]) != text.strip():
        raise NoteMalformed(f"{text[:80]!r} is not the verifier key of an Ed25519 log.")
    return name, key[1:]


def verify_note(note: str, verifier_key: str) -> str:
    """The signed text; raises SignatureInvalid unless the verifier key signed it.

    Lines of other signers are allowed and not looked at (signed-note, section Signatures).
    """
    name, key = parse_vkey(verifier_key)
    text, lines = _split(note)
    marks = [
        mark for signer, mark in lines if signer == name and mark[:KEY_HASH_SIZE] == _key_hash(name, key)
    ]
    if len(marks) != 1:
        raise SignatureInvalid(f"The note bears {len(marks)} signatures by the key of {name}, not one.")
    verify_signature(Ed25519PublicKey.from_public_bytes(key), marks[0][KEY_HASH_SIZE:], text.encode())
    return text


def parse_checkpoint(note: str) -> Checkpoint:
    """The checkpoint of a signed note, without checking signatures; raises NoteMalformed."""
    lines = _split(note)[0].split("\n")[:-1]
    if len(lines) < CHECKPOINT_LINES or not all(lines):
        raise NoteMalformed("A checkpoint has an origin, a size and a root, each on a line.")
    root = _decoded(lines[2])
    if len(root) != HASH_SIZE:
        raise NoteMalformed(f"The root of the checkpoint has {len(root)} bytes, not 32.")
    return Checkpoint(_key_name(lines[0]), _number(lines[1]), root)


def tlog_proof(index: int, path: Sequence[bytes], checkpoint_note: str) -> str:
    """The proof file of one leaf: header, index, path, empty line, signed checkpoint."""
    steps = "".join(f"{base64_text(step)}\n" for step in path)
    return f"{PROOF_HEADER}\nindex {index}\n{steps}\n{checkpoint_note}"


def parse_tlog_proof(text: str) -> TlogProof:
    """The parts of a proof file, without checking them; raises NoteMalformed."""
    head, gap, note = text.partition("\n\n")
    header, *lines = head.split("\n")
    if header != PROOF_HEADER or not gap:
        raise NoteMalformed(f"The proof does not begin with {PROOF_HEADER}, or has no checkpoint.")
    if lines and lines[0].startswith("extra "):
        _decoded(lines.pop(0).removeprefix("extra "))
    if not lines or not lines[0].startswith("index "):
        raise NoteMalformed("The proof has no index line.")
    path = tuple(_decoded(line) for line in lines[1:])
    if len(path) > PATH_LIMIT or any(len(step) != HASH_SIZE for step in path):
        raise NoteMalformed("The path of the proof is not at most 63 hashes of 32 bytes.")
    parse_checkpoint(note)
    return TlogProof(_number(lines[0].removeprefix("index ")), path, note)


def _split(note: str) -> tuple[str, list[tuple[str, bytes]]]:
    text, gap, tail = note.rpartition("\n\n")
    if not gap or not tail.endswith("\n"):
        raise NoteMalformed("The note has no signature lines after an empty line.")
    return _note_text(text + "\n"), [_signature(line) for line in tail[:-1].split("\n")]


def _signature(line: str) -> tuple[str, bytes]:
    match = SIGNATURE_LINE.match(line)
    if match is None:
        raise NoteMalformed(f"{line[:80]!r} is not a signature line.")
    mark = _decoded(match.group(2))
    if len(mark) <= KEY_HASH_SIZE:
        raise NoteMalformed("A signature line holds less than a key hash and a signature.")
    return _key_name(match.group(1)), mark


def _note_text(text: str) -> str:
    if not text.endswith("\n") or any(character < " " and character != "\n" for character in text):
        raise NoteMalformed("The text of a note ends with a line break and has no control characters.")
    return text


def _key_name(name: str) -> str:
    if not name or "+" in name or any(character.isspace() for character in name):
        raise NoteMalformed(f"{name[:80]!r} is not a key name: it has no space and no plus sign.")
    return name


def _key_hash(name: str, key: bytes) -> bytes:
    return sha256_raw(_key_name(name).encode() + b"\n" + ED25519 + key)[:KEY_HASH_SIZE]


def _number(text: str) -> int:
    if DECIMAL.match(text) is None:
        raise NoteMalformed(f"{text[:40]!r} is not a decimal number.")
    return int(text)


def _decoded(text: str) -> bytes:
    try:
        return from_base64(text)
    except NotCanonical as fault:
        raise NoteMalformed(fault.detail) from fault
