"""What is done to a pack: to each of its files, to what is signed in it, and to the ZIP around it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final
from zipfile import ZIP_DEFLATED

from django.test import override_settings

from evidence import notes, packs
from evidence.canonical import parse_record
from evidence.signing import KeyUse, load_signer
from evidence.statements import envelope, payload_of
from evidence.timestamps import timestamp
from tests.client import made_pack
from tests.client.made_pack import HUMAN_ID
from tests.client.zips import entry, packed, zipped

Files = dict[str, bytes]
LISTS: Final = ("manifest-sha256.txt", "tagmanifest-sha256.txt")
SEAL: Final = packs.SEAL
TOKEN: Final = packs.SEAL_TIME
DOCUMENT: Final = packs.DOCUMENT
ORIGIN: Final = "benchseal.test/log"


@dataclass(frozen=True, slots=True)
class Ground:
    """Files by their path in the bag: the genuine pack, another of the same installation, a stranger's copy.

    The stranger has a complete key set, in the folder ``keys``, and sealed the same content with it.
    """

    genuine: Files
    other: Files
    forged: Files
    keys: Path


# --- one file ---


def flipped(ground: Ground, path: str) -> Files:
    """One bit is another; a token holds certificates in its middle, its signature at the end."""
    body = bytearray(ground.genuine[path])
    body[-1 if path == TOKEN else len(body) // 2] ^= 1
    return {**ground.genuine, path: bytes(body)}


def removed(ground: Ground, path: str) -> Files:
    """The file is gone."""
    return {name: body for name, body in ground.genuine.items() if name != path}


def swapped(ground: Ground, path: str) -> Files:
    """The file of the same place, or of the same role, in another genuine pack lies there."""
    return {**ground.genuine, path: counterpart(ground, path)}


def counterpart(ground: Ground, path: str) -> bytes:
    """The other pack's file of the same path, else of the same folder and kind; if all agree, its own."""
    own, place = ground.genuine[path], PurePosixPath(path)
    same_role = [
        body
        for name, body in sorted(ground.other.items())
        if name == path
        or (
            path not in ground.other
            and PurePosixPath(name).parent == place.parent
            and suffix(name) == suffix(path)
        )
    ]
    return next((body for body in same_role if body != own), own)


def suffix(path: str) -> str:
    """Everything after the first full stop of the name."""
    return PurePosixPath(path).name.partition(".")[2]


ONE_FILE: Final[dict[str, Callable[[Ground, str], Files]]] = {
    "flipped": flipped,
    "removed": removed,
    "swapped": swapped,
}
ADDED: Final = (
    "added.txt",
    "data/added.txt",
    "data/records/added.json",
    f"data/evidence/{made_pack.RUN}/02-added.txt",
    "data/attestations/added.dsse.json",
    "data/audit/added.json",
    "data/keys/added.pem",
)


def with_added(ground: Ground, path: str) -> Files:
    """One file more."""
    return {**ground.genuine, path: b"{}"}


def listed_again(files: Files) -> Files:
    """Both bag manifests written anew, as anybody can; the file ZIP tools see is whole again."""
    full = {f"{HUMAN_ID}/{name}": body for name, body in files.items()}
    return {name.partition("/")[2]: body for name, body in made_pack.with_manifests(full).items()}


# --- one signature, by the stranger's keys ---


def signed_again(ground: Ground, path: str) -> Files:
    """The same content, signed with the stranger's key for the same use."""
    with override_settings(KEYS_DIR=ground.keys, LOG_ORIGIN=ORIGIN):
        return {**ground.genuine, path: _signed_by_stranger(ground, path)}


def is_signed(path: str) -> bool:
    """Whether the file bears a signature."""
    return path in (SEAL, TOKEN, DOCUMENT) or path.endswith((".dsse.json", ".tlog-proof"))


def _signed_by_stranger(ground: Ground, path: str) -> bytes:
    body = ground.genuine[path]
    if path == DOCUMENT:
        return ground.forged[DOCUMENT]
    if path == TOKEN:
        return timestamp(ground.genuine[SEAL])
    if path.endswith(".tlog-proof"):
        proof = notes.parse_tlog_proof(body.decode())
        text = proof.checkpoint_note.partition("\n\n")[0] + "\n"
        signed = notes.sign_note(text, ORIGIN, load_signer(KeyUse.LOG))
        return notes.tlog_proof(proof.index, proof.path, signed).encode()
    use = KeyUse.PACK if path == SEAL else KeyUse.ATTEST
    return envelope(parse_record(payload_of(body)), load_signer(use))


# --- the ZIP ---


def zip_of(files: Files) -> bytes:
    """The files as a pack has them."""
    return packed({f"{HUMAN_ID}/{name}": body for name, body in files.items()})


def _with_more(ground: Ground, name: str, body: bytes = b"x", *, method: int = 0) -> bytes:
    genuine = sorted((f"{HUMAN_ID}/{path}", bytes_) for path, bytes_ in ground.genuine.items())
    return zipped([*genuine, (entry(name, method=method), body)])


ZIPS: Final[dict[str, tuple[Callable[[Ground], bytes], str]]] = {
    "truncated": (lambda ground: zip_of(ground.genuine)[:-1000], "cut off"),
    "appended": (lambda ground: zip_of(ground.genuine) + b"\n", "bytes were appended"),
    "duplicate name": (lambda ground: _with_more(ground, f"{HUMAN_ID}/verify.py"), "occurs twice"),
    "bomb": (
        lambda ground: _with_more(ground, f"{HUMAN_ID}/zeros", bytes(30_000_000), method=ZIP_DEFLATED),
        "is compressed",
    ),
    "traversal": (lambda ground: _with_more(ground, f"{HUMAN_ID}/../../escaped.txt"), "not a safe path"),
    "absolute name": (lambda ground: _with_more(ground, "/etc/escaped.txt"), "not a safe path"),
    "second folder": (lambda ground: _with_more(ground, "Other/file.txt"), "2 top folders"),
}
"""How the ZIP is spoilt, and the words of the verifier's reason."""


def representatives(ground: Ground) -> dict[str, bytes]:
    """One ZIP for each kind of tampering, and the packs that are whole."""
    evidence = next(path for path in ground.genuine if path.startswith("data/evidence/"))
    statement = next(path for path in ground.genuine if path.startswith("data/attestations/"))
    files = {
        "genuine": ground.genuine,
        "another genuine pack": ground.other,
        "flipped": flipped(ground, evidence),
        "removed": removed(ground, statement),
        "added": with_added(ground, ADDED[0]),
        "swapped": listed_again(swapped(ground, DOCUMENT)),
        "signed again": listed_again(signed_again(ground, SEAL)),
        "forged as a whole": ground.forged,
    }
    return {name: zip_of(one) for name, one in files.items()} | {
        name: spoil(ground) for name, (spoil, _) in ZIPS.items()
    }
