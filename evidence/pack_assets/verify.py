"""Checks digests, lists, seal subjects and log paths of the pack it lies in, with Python alone.

It checks no signature: VERIFY.md does. Run it as `python3 verify.py [FOLDER]`; exit code 0 when all
is as stated, 1 when anything is not. It opens only regular files it found inside the folder itself.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import json
import os
import re
import stat
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

LARGEST_JSON = 256 * 1024 * 1024
HASH_BYTES = 32
MANIFEST = "manifest-sha256.txt"
TAG_MANIFEST = "tagmanifest-sha256.txt"
AFTER_SEAL = {"seal.dsse.json", "seal.tsr", TAG_MANIFEST}
LINE = re.compile(r"([0-9a-f]{64})  ([A-Za-z0-9._/-]+)")
ENTRY = re.compile(r"data/audit/[^/.]+\.json")
UNREADABLE = (OSError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError)


Result = TypeVar("Result")


class Differs(Exception):
    """Something is not as the pack states."""


class Pack:
    """The regular files below a folder, by path with forward slashes; nothing else is opened."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.digests: dict[str, str] = {}
        for place, folders, files in os.walk(folder, onerror=give_up):
            for name in folders + files:
                path = Path(place, name)
                mode = path.lstat().st_mode
                inside = path.relative_to(folder).as_posix()
                if stat.S_ISREG(mode):
                    self.digests[inside] = digest_of(path)
                elif not stat.S_ISDIR(mode):
                    raise Differs(f"{inside} is neither a file nor a folder")

    def read(self, name: str) -> bytes:
        if name not in self.digests:
            raise Differs(f"{name} is missing")
        path = self.folder / name
        if path.stat().st_size > LARGEST_JSON:
            raise Differs(f"{name} is larger than {LARGEST_JSON} bytes")
        return path.read_bytes()

    def open(self, name: str) -> BinaryIO:
        if name not in self.digests:
            raise Differs(f"{name} is missing")
        return (self.folder / name).open("rb")

    def json(self, name: str) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.read(name))
        return content


def give_up(fault: OSError) -> None:
    """A folder that cannot be listed may hide a file."""
    raise fault


def digest_of(path: Path) -> str:
    """Hex SHA-256 of a file, read in pieces."""
    hasher = hashlib.sha256()
    with path.open("rb") as stream:
        for piece in iter(lambda: stream.read(1024 * 1024), b""):
            hasher.update(piece)
    return hasher.hexdigest()


def same(stated: Mapping[str, str], found: Mapping[str, str]) -> None:
    """Raises Differs naming the first path that is missing, added or changed."""
    for name in sorted(set(stated) | set(found)):
        if name not in found:
            raise Differs(f"{name} is missing")
        if name not in stated:
            raise Differs(f"{name} is not listed")
        if stated[name] != found[name]:
            raise Differs(f"{name} was changed")


def check_list(pack: Pack, manifest: str, covers: Callable[[str], bool]) -> None:
    """The lines of a manifest are exactly the files it covers (RFC 8493)."""
    stated = {}
    for line in pack.read(manifest).decode("ascii").splitlines():
        match = LINE.fullmatch(line)
        if match is None or match[2] in stated:
            raise Differs(f"{manifest} has a line that is not its form, or twice the same path")
        stated[match[2]] = match[1]
    same(stated, {name: digest for name, digest in pack.digests.items() if covers(name)})


def check_seal(pack: Pack) -> None:
    """The subjects of the seal are exactly the files that are here."""
    sealed = json.loads(base64.b64decode(pack.json("seal.dsse.json")["payload"], validate=True))
    stated = {item["name"]: item["digest"]["sha256"] for item in sealed["subject"]}
    if len(stated) != len(sealed["subject"]):
        raise Differs("the seal names a file twice")
    same(stated, {n: digest for n, digest in pack.digests.items() if n not in AFTER_SEAL})
    if sealed["predicate"] != pack.json("data/pack.json"):
        raise Differs("the seal states something else than data/pack.json")


def check_record(pack: Pack) -> None:
    """The record is the one pack.json names, and its files are those it declares."""
    if pack.json("data/pack.json")["record"] != "sha256:" + pack.digests["data/record.json"]:
        raise Differs("data/pack.json names another record")
    for item in pack.json("data/record.json")["files"]:
        if item["digest"] != "sha256:" + pack.digests.get(item["path"], ""):
            raise Differs(f"{item['path']} is not the file the record names")
    for name, digest in pack.digests.items():
        if name.startswith("data/records/") and name != f"data/records/{digest}.json":
            raise Differs(f"{name} is not what its name says")


def check_entry(pack: Pack, base: str) -> str:
    """One log entry: payload digest, leaf hash, path to the root of the pack's checkpoint."""
    leaf = pack.read(base + ".json")
    payload = hashlib.sha256(pack.read(base + ".payload.json")).hexdigest()
    if json.loads(leaf)["payload"] != "sha256:" + payload:
        raise Differs("the payload is not the one the entry names")
    head, _, note = pack.read(base + ".tlog-proof").decode().partition("\n\n")
    stated = pack.json("data/pack.json")["checkpoint"]
    if note.split("\n")[:3] != [stated["origin"], str(stated["size"]), stated["root"]]:
        raise Differs("the proof leads to another checkpoint")
    lines = [line for line in head.split("\n")[1:] if not line.startswith("extra ")]
    index = int(lines[0].removeprefix("index "))
    path = [base64.b64decode(line, validate=True) for line in lines[1:]]
    hashed = hashlib.sha256(b"\x00" + leaf).digest()
    if root_from(hashed, index, stated["size"], path) != base64.b64decode(stated["root"]):
        raise Differs("the path does not lead to the root")
    return hashed.hex()


def root_from(hashed: bytes, index: int, size: int, path: list[bytes]) -> bytes | None:
    """RFC 9162, section 2.1.3.2; None where index or path do not fit the size."""
    last = size - 1
    if not 0 <= index <= last:
        return None
    for step in path:
        if last == 0 or len(step) != HASH_BYTES:
            return None
        if index % 2 or index == last:
            hashed = hashlib.sha256(b"\x01" + step + hashed).digest()
            while index and index % 2 == 0:
                index, last = index // 2, last // 2
        else:
            hashed = hashlib.sha256(b"\x01" + hashed + step).digest()
        index, last = index // 2, last // 2
    return hashed if last == 0 else None


def check_events(pack: Pack, entries: Mapping[str, str | None]) -> None:
    """Each event of the record has its entry, with the leaf hash the record states."""
    for event in pack.json("data/record.json")["events"]:
        if entries.get(f"data/audit/{event['entry']}") != event["leaf_hash"]:
            raise Differs(f"entry {event['entry']} of the record is not in the log as stated")


def check_trail(pack: Pack) -> None:
    """Each line of a period's trail: its hash, its payload, its path to the root; and how many there are.

    A pack of another scope has none.
    """
    record = pack.json("data/record.json")
    if record.get("scope") != "period":
        return
    trail = record["trail"]
    stated = pack.json("data/pack.json")["checkpoint"]
    root, count = base64.b64decode(stated["root"]), 0
    with pack.open(trail["lines"]) as lines, pack.open(trail["proofs"]) as proofs:
        for count, (line, proved) in enumerate(zip(lines, proofs, strict=True), 1):
            row, proof = json.loads(line), json.loads(proved)
            leaf = row["leaf"]
            hashed = hashlib.sha256(b"\x00" + canonical(leaf)).digest()
            if row["leaf_hash"] != hashed.hex():
                raise Differs(f"line {count} has another leaf hash than it states")
            if leaf["payload"] != "sha256:" + hashlib.sha256(canonical(row["payload"])).hexdigest():
                raise Differs(f"line {count} has a payload that its entry does not name")
            path = [base64.b64decode(step, validate=True) for step in proof["path"]]
            if proof["entry"] != leaf["id"] or root_from(hashed, row["index"], stated["size"], path) != root:
                raise Differs(f"line {count} does not lead to the root")
    if count != trail["entries"]:
        raise Differs(f"the record counts {trail['entries']} entries, there are {count}")


def canonical(value: Any) -> bytes:
    """RFC 8785 of a value without floating-point numbers and with ASCII keys, as all records are."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def attempt(title: str, check: Callable[[], Result]) -> tuple[bool, Result | None]:
    """Whether the check passed, and its result; prints its line."""
    try:
        result = check()
    except Differs as fact:
        said = str(fact)
    except UNREADABLE as fault:
        said = f"cannot be read: {type(fault).__name__} {fault}"
    else:
        print(f"ok      {printable(title)}")
        return True, result
    print(f"FAILED  {printable(title)}: {printable(said)}")
    return False, None


def printable(text: str) -> str:
    """Text of the pack without anything a terminal would obey."""
    return ascii(text)[1:-1][:300]


def is_payload(name: str) -> bool:
    """Whether the bag manifest covers the file."""
    return name.startswith("data/")


def is_beside(name: str) -> bool:
    """Whether the tag manifest covers the file."""
    return not is_payload(name) and name != TAG_MANIFEST


def check_all(pack: Pack) -> bool:
    """Runs every check, whatever the one before said."""
    results = [
        attempt(MANIFEST, lambda: check_list(pack, MANIFEST, is_payload))[0],
        attempt(TAG_MANIFEST, lambda: check_list(pack, TAG_MANIFEST, is_beside))[0],
        attempt("files of the seal", lambda: check_seal(pack))[0],
        attempt("files of the record", lambda: check_record(pack))[0],
    ]
    entries: dict[str, str | None] = {}
    for base in sorted(name[:-5] for name in pack.digests if ENTRY.fullmatch(name)):
        passed, entries[base] = attempt(f"log entry {base[11:]}", functools.partial(check_entry, pack, base))
        results.append(passed)
    results.append(attempt("lines of a period's trail", lambda: check_trail(pack))[0])
    results.append(attempt("log entries of the record", lambda: check_events(pack, entries))[0])
    return all(results)


def main(folder: Path) -> int:
    """Returns the exit code."""
    pack = attempt("only files and folders", lambda: Pack(folder))[1]
    passed = pack is not None and check_all(pack)
    print("signatures: not checked here")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent))
