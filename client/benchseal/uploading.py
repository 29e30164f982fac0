"""A submission document and its files: matched, hashed, sent; nothing is sent that does not match."""

import json
import re
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchseal.api import Advance, Api, Json, Object

CHUNK: Final = 1024 * 1024
LARGEST_DOCUMENT: Final = 1024 * 1024
ANY_MEDIA_TYPE: Final = "application/octet-stream"


class DocumentFlawed(Exception):
    """The document and the files beside it do not fit; each line names one place."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


@dataclass(frozen=True, slots=True)
class LocalFile:
    """A file of a document: ``path`` is None where only the installation has it."""

    name: str
    digest: str
    media_type: str
    path: Path | None
    size: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """The bytes to post, numbers written as they were, and the files they name."""

    body: bytes
    files: tuple[LocalFile, ...]


def local_paths(document: Path, given: Sequence[Path]) -> dict[str, Path]:
    """Files by name: those given, then those beside the document."""
    beside = {path.name: path for path in sorted(document.parent.iterdir()) if path.is_file()}
    return beside | {path.name: path for path in given}


def read_document(document: Path) -> tuple[Object, str]:
    """The document, each number kept as text behind a mark; raises ``DocumentFlawed``."""
    data = document.read_bytes()
    if len(data) > LARGEST_DOCUMENT:
        raise DocumentFlawed(
            [f"{document} has {len(data)} bytes; a document has at most {LARGEST_DOCUMENT}."]
        )
    mark = f"number-{secrets.token_hex(8)}:"
    keep = mark.__add__
    try:
        body = json.loads(data, parse_float=keep, parse_int=keep)
    except (ValueError, RecursionError) as fault:
        raise DocumentFlawed([f"{document} is not JSON: {fault}"]) from fault
    if not isinstance(body, dict):
        raise DocumentFlawed([f"{document} is not a JSON object."])
    return body, mark


def prepare(document: Path, given: Sequence[Path], advance: Advance) -> Prepared:
    """Hash the files the document names and fill in digests it leaves out.

    ``advance`` gets the bytes hashed. Raises ``DocumentFlawed`` and ``OSError``.
    """
    body, mark = read_document(document)
    paths, lines, files = local_paths(document, given), [], []
    for place, artifact in enumerate(_artifacts(body)):
        try:
            files.append(_matched(artifact, f"/artifacts/{place}", paths, advance))
        except DocumentFlawed as flaw:
            lines += flaw.lines
    unused = {path.name for path in given} - {file.name for file in files}
    lines += [f"{name} was given with --files, and the document names no such artifact." for name in unused]
    if lines:
        raise DocumentFlawed(lines)
    return Prepared(_written(body, mark), tuple(files))


def send_files(api: Api, project: str, files: Sequence[LocalFile], advance: Advance) -> int:
    """Send what the project has not yet; returns how many were sent. Raises ``DocumentFlawed``."""
    lacking = [file for file in files if not api.has_artifact(project, file.digest)]
    lost = [file for file in lacking if file.path is None]
    if lost:
        raise DocumentFlawed(
            [f"{file.name} ({file.digest}) is neither here nor in the project." for file in lost]
        )
    for file in files:
        if file.path is not None and file in lacking:
            api.put_artifact(project, file.digest, file.path, file.media_type, advance)
        else:
            advance(file.size)
    return len(lacking)


def hash_file(path: Path, advance: Advance) -> tuple[str, int]:
    """``sha256:<hex>`` and size, read in pieces of 1 MiB."""
    hasher, size = sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            hasher.update(piece)
            size += len(piece)
            advance(len(piece))
    return f"sha256:{hasher.hexdigest()}", size


def _artifacts(body: Object) -> Iterator[Object]:
    artifacts = body.get("artifacts")
    for artifact in artifacts if isinstance(artifacts, list) else []:
        if isinstance(artifact, dict):
            yield artifact


def _matched(artifact: Object, pointer: str, paths: dict[str, Path], advance: Advance) -> LocalFile:
    name, stated, media_type = (artifact.get(key) for key in ("name", "digest", "media_type"))
    if not isinstance(name, str):
        raise DocumentFlawed([f"{pointer}/name is missing: the name of the file."])
    path = paths.get(name)
    if path is None and not isinstance(stated, str):
        raise DocumentFlawed([f"{pointer}: {name} lies neither beside the document nor among --files."])
    found, size = hash_file(path, advance) if path is not None else (str(stated), 0)
    if stated is not None and stated != found:
        raise DocumentFlawed([f"{pointer}/digest is {stated}, and {path} has {found}."])
    artifact["digest"] = found
    return LocalFile(name, found, media_type if isinstance(media_type, str) else ANY_MEDIA_TYPE, path, size)


def _written(body: Json, mark: str) -> bytes:
    """JSON text in which every number stands as it stood in the document."""
    text = json.dumps(body, ensure_ascii=False)
    return re.sub(f'"{mark}([^"]*)"', r"\1", text).encode("utf-8")
