"""Bytes under their digest: hashed while they stream in, write-once, nothing kept on any failure."""

import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

from django.conf import settings
from django.core.files import File
from django.core.files.storage import default_storage

from evidence import clock
from evidence.digests import parse_digest
from evidence.errors import BenchsealError, BlobMissing, DigestMismatch
from evidence.models import Blob
from evidence.storage_room import StorageFull, room

CHUNK = 1024 * 1024


class Readable(Protocol):
    """Anything with `read(n)`: a request, a file, a socket file."""

    def read(self, size: int, /) -> bytes: ...


class UploadIncomplete(BenchsealError):
    """The connection broke before all declared bytes came."""

    code = "upload_incomplete"
    status = 400
    title = "Upload incomplete"


class UploadTooLarge(BenchsealError):
    """More bytes than the installation accepts for one artifact."""

    code = "upload_too_large"
    status = 413
    title = "Upload too large"


@dataclass(frozen=True)
class Staged:
    """A fully received, hashed and fsynced file that nothing refers to yet."""

    path: Path
    digest: str
    size: int


@contextmanager
def staged(source: Readable, *, expected_digest: str, expected_size: int) -> Iterator[Staged]:
    """Stream `source` to a private file; raise `DigestMismatch` (422) when the bytes differ.

    Raises `StorageFull` (507) when they do not fit. Run it outside any transaction. The file is gone when
    the block ends, unless `move_in` took it.
    """
    wanted = parse_digest(expected_digest)
    if expected_size > settings.MAX_ARTIFACT_BYTES:
        raise UploadTooLarge(f"At most {settings.MAX_ARTIFACT_BYTES} bytes, {expected_size} announced")
    settings.STAGING_DIR.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=settings.STAGING_DIR, prefix="upload-")
    path = Path(name)
    try:
        with room(), os.fdopen(handle, "wb") as target:
            found, size = _copy(source, target, limit=expected_size)
        if size != expected_size:
            raise UploadIncomplete(
                f"{size} of {expected_size} bytes arrived", next_step="Send the file again."
            )
        if found != wanted:
            raise DigestMismatch(
                f"The bytes have digest sha256:{found}, the address says sha256:{wanted}",
                next_step="Compute the digest of the file you send and repeat the upload.",
            )
        yield Staged(path=path, digest=f"sha256:{found}", size=size)
    except StorageFull:
        path.unlink(missing_ok=True)
        _drain(source, expected_size)
        raise
    finally:
        path.unlink(missing_ok=True)


def move_in(file: Staged) -> None:
    """Put the staged bytes under their address; a repeat is a no-op. No transaction may be open."""
    address = address_of(file.digest)
    if default_storage.exists(address):
        return
    with room(), file.path.open("rb") as source:
        saved = default_storage.save(address, _Movable(source, file.path))
    if saved != address:  # another upload of the same bytes was first
        default_storage.delete(saved)


def register(file: Staged) -> Blob:
    """The row that makes the bytes known; call it in the transaction that gives them an owner."""
    blob, _ = Blob.objects.get_or_create(
        digest=file.digest, defaults={"size": file.size, "stored_at": clock.now()}
    )
    return blob


def open_blob(digest: str) -> IO[bytes]:
    """The stored bytes; raises `BlobMissing` naming the digest."""
    try:
        return default_storage.open(address_of(digest), "rb")
    except FileNotFoundError as error:
        raise BlobMissing(f"No bytes are stored for {digest}") from error


def rehash(digest: str) -> tuple[str, int]:
    """Digest and size of the bytes that are stored for a digest now; raises `BlobMissing`."""
    hasher, size = hashlib.sha256(), 0
    with open_blob(digest) as source:
        while piece := source.read(CHUNK):
            hasher.update(piece)
            size += len(piece)
    return f"sha256:{hasher.hexdigest()}", size


def file_path(digest: str) -> Path:
    """Where the file system keeps the bytes."""
    return Path(default_storage.path(address_of(digest)))


def put_file(path: Path, digest: str, size: int) -> Staged:
    """Take over a finished local file (a pack) whose digest is already known."""
    file = Staged(path=path, digest=digest, size=size)
    move_in(file)
    return file


def address_of(digest: str) -> str:
    """Storage name of a digest: two levels of folders, then the whole hex."""
    hex_digest = parse_digest(digest)
    return f"{hex_digest[:2]}/{hex_digest[2:4]}/{hex_digest}"


class _Movable(File):  # type: ignore[type-arg]  # reason: django's File takes no type argument at run time
    """A file the storage may move instead of copy (same disk: one rename)."""

    def __init__(self, source: IO[bytes], path: Path) -> None:
        super().__init__(source, name=path.name)
        self._path = path

    def temporary_file_path(self) -> str:
        return str(self._path)


def _drain(source: Readable, most: int) -> None:
    """Take what still comes, and keep none of it: who is cut off while sending never reads why."""
    while most > 0 and (chunk := source.read(min(CHUNK, most))):
        most -= len(chunk)


def _copy(source: Readable, target: IO[bytes], *, limit: int) -> tuple[str, int]:
    hasher = hashlib.sha256()
    size = 0
    while chunk := source.read(min(CHUNK, limit - size + 1)):
        hasher.update(chunk)
        target.write(chunk)
        size += len(chunk)
        if size > limit:
            raise UploadTooLarge(f"More than the {limit} bytes announced arrived")
    target.flush()
    os.fsync(target.fileno())
    return hasher.hexdigest(), size
