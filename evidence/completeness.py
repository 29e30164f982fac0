"""What a pack must hold before it may be sealed; it names what is missing and fills no gap."""

import re
from collections.abc import Iterator, Mapping
from typing import Final, Protocol

from evidence.bags import FileDigest
from evidence.canonical import Json, parse_record
from evidence.digests import parse_digest, sha256_bytes
from evidence.errors import DigestMismatch, NotCanonical, PackIncomplete
from evidence.timestamps import time_authority

SEGMENT: Final = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
IDENTIFIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z")
OWN_FILES: Final = ("data/record.json", "data/pack.json")
RECORD_FILE: Final = re.compile(r"data/records/([0-9a-f]{64})\.json\Z")
KEY_FILES: Final = (
    "log.vkey",
    "log.pem",
    "attest.pem",
    "pack.pem",
    "pack-chain.pem",
    "ca.pem",
    "tsa-chain.pem",
    "keys.json",
)
AUDIT_SUFFIXES: Final = (".json", ".payload.json", ".tlog-proof")


class Named(Protocol):
    """A file with its place in the bag."""

    @property
    def path(self) -> str: ...


class Content(Protocol):
    """The part of a pack's content that is looked at here."""

    @property
    def human_id(self) -> str: ...
    @property
    def record(self) -> bytes: ...
    @property
    def pack(self) -> Mapping[str, Json]: ...
    @property
    def files(self) -> "Files": ...


class Files(Protocol):
    """Any sequence of named files."""

    def __iter__(self) -> Iterator[Named]: ...


def check_before(content: Content, pack_key_id: str) -> dict[str, Json]:
    """The parsed record, once pack.json and the list of files are sound; raises ``PackIncomplete``."""
    paths = [*OWN_FILES, *(file.path for file in content.files)]
    _check_paths(paths)
    record = _parsed(content.record)
    _check_pack(content, pack_key_id)
    present = set(paths)
    for needed, why in _needed(record):
        if needed not in present:
            raise PackIncomplete(f"{needed} is missing: {why}.", pointer=needed)
    return record


def check_after(record: Mapping[str, Json], written: Mapping[str, FileDigest]) -> None:
    """Raises ``PackIncomplete`` unless every file is what the record or its name declares."""
    for item in _objects(record, "files"):
        file = written[str(item["path"])]
        if (item["digest"], item["size"]) != (file.digest, file.size):
            raise PackIncomplete(
                f"{item['path']} is {file.digest} of {file.size} bytes, "
                f"record.json says {item['digest']} of {item['size']} bytes.",
                pointer=str(item["path"]),
            )
    for path, file in written.items():
        match = RECORD_FILE.match(path)
        if match and match.group(1) != file.hex:
            raise PackIncomplete(f"{path} is {file.digest}, not what its name says.", pointer=path)


def _check_paths(paths: list[str]) -> None:
    seen: dict[str, str] = {}
    for path in paths:
        segments = path.split("/")
        if not path.startswith("data/") or not all(map(_is_safe, segments)):
            raise PackIncomplete(f"{path[:200]!r} is not a safe path below data/.", pointer=path[:200])
        other = seen.setdefault(path.lower(), path)
        if other is not path:
            raise PackIncomplete(f"{path} and {other} are one file on some systems.", pointer=path)
    for path in paths:
        folders = path.lower().split("/")
        for depth in range(1, len(folders)):
            if "/".join(folders[:depth]) in seen:
                raise PackIncomplete(f"{path} lies below a path that is a file.", pointer=path)


def _is_safe(segment: str) -> bool:
    return SEGMENT.match(segment) is not None and segment not in (".", "..")


def _parsed(record: bytes) -> dict[str, Json]:
    try:
        return parse_record(record)
    except NotCanonical as fault:
        raise PackIncomplete(f"record.json: {fault.detail}", pointer="data/record.json") from fault


def _check_pack(content: Content, pack_key_id: str) -> None:
    pack = content.pack
    keys = pack.get("keys")
    facts: tuple[tuple[str, object, object], ...] = (
        ("human_id", pack.get("human_id"), content.human_id),
        ("record", pack.get("record"), sha256_bytes(content.record)),
        ("time_authority", pack.get("time_authority"), time_authority()),
        ("keys/pack", keys.get("pack") if isinstance(keys, dict) else None, pack_key_id),
    )
    if IDENTIFIER.match(content.human_id) is None:
        raise PackIncomplete(f"{content.human_id[:100]!r} cannot name a folder.", pointer="/human_id")
    for name, said, found in facts:
        if said != found:
            raise PackIncomplete(f"pack.json says {name} {said}, it is {found}.", pointer=f"/{name}")


def _needed(record: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    """Every path the record or VERIFY.md leads to, with the place that names it."""
    for name in KEY_FILES:
        yield f"data/keys/{name}", "the checks of VERIFY.md need it"
    for item in _objects(record, "files"):
        yield str(item["path"]), "record.json lists it in files"
    for item in _objects(record, "revisions"):
        yield _record_path(item["manifest"]), f"record.json names it in revision {item['number']}"
    for item in _objects(record, "runs"):
        yield _record_path(item["digest"]), f"record.json names it as run {item['human_id']}"
    for item in _objects(record, "signatures"):
        yield from _needed_by_signature(item)
    for item in _objects(record, "events"):
        yield from _needed_by_event(item)


def _needed_by_signature(item: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    named_in = f"of signature {item['id']} in record.json"
    yield str(item["envelope"]), f"it is the envelope {named_in}"
    yield _record_path(item["manifest"]), f"it is the release manifest {named_in}"
    yield _record_path(item["view"]), f"it is the decision view {named_in}"


def _needed_by_event(item: Mapping[str, Json]) -> Iterator[tuple[str, str]]:
    for suffix in AUDIT_SUFFIXES:
        yield f"data/audit/{item['entry']}{suffix}", "record.json lists the entry in events"


def _record_path(digest: Json) -> str:
    try:
        return f"data/records/{parse_digest(str(digest))}.json"
    except DigestMismatch as fault:
        raise PackIncomplete(f"record.json: {fault.detail}", pointer="data/record.json") from fault


def _objects(record: Mapping[str, Json], name: str) -> list[dict[str, Json]]:
    items = record.get(name, [])
    if not isinstance(items, list) or not all(isinstance(item, dict) for item in items):
        raise PackIncomplete(f"record.json: {name} is not a list of objects.", pointer=f"/{name}")
    return [item for item in items if isinstance(item, dict)]
