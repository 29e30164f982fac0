"""Bag and ZIP of a staging folder (BagIt 1.0, RFC 8493); no payload file is ever changed here."""

import hashlib
import os
import shutil
import stat
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from evidence.errors import PackIncomplete

CHUNK: Final = 1024 * 1024
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
ZIP_TIME: Final = (1980, 1, 1, 0, 0, 0)
DECLARATION: Final = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class FileDigest:
    """``digest`` is ``sha256:<hex>`` of the bytes, ``size`` their number."""

    digest: str
    size: int

    @property
    def hex(self) -> str:
        """The 64 hex digits."""
        return self.digest.removeprefix("sha256:")


def digest_file(path: Path) -> FileDigest:
    """Digest and size of a file, read in pieces."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256")
        return FileDigest(f"sha256:{found.hexdigest()}", stream.tell())


def files_of(folder: Path) -> list[str]:
    """Every file below ``folder``, as sorted paths with forward slashes.

    Raises ``PackIncomplete`` for a link or device.
    """
    found = []
    for path in folder.rglob("*"):
        name = path.relative_to(folder).as_posix()
        mode = path.lstat().st_mode
        if stat.S_ISREG(mode):
            found.append(name)
        elif not stat.S_ISDIR(mode):
            raise PackIncomplete(f"{name} in the staging folder is neither a file nor a folder.")
    return sorted(found)


def write_manifest(folder: Path) -> dict[str, FileDigest]:
    """Write the bag manifest over exactly ``data/**`` and return the digests by path."""
    digests = {f"data/{name}": digest_file(folder / "data" / name) for name in files_of(folder / "data")}
    (folder / MANIFEST).write_text(_lines(digests), "utf-8")
    return digests


def write_declaration(
    folder: Path, payload: Mapping[str, FileDigest], *, made_at: str, identifier: str
) -> None:
    """Write ``bagit.txt`` and ``bag-info.txt``; ``made_at`` is UTC text, its date Bagging-Date."""
    octets = sum(file.size for file in payload.values())
    (folder / "bagit.txt").write_text(DECLARATION, "utf-8")
    (folder / "bag-info.txt").write_text(
        f"Bagging-Date: {made_at[:10]}\n"
        f"External-Identifier: {identifier}\n"
        f"Payload-Oxum: {octets}.{len(payload)}\n",
        "utf-8",
    )


def write_tag_manifest(folder: Path) -> None:
    """Write the tag manifest over every file beside ``data/`` but itself."""
    names = [name for name in files_of(folder) if not name.startswith("data/") and name != TAG_MANIFEST]
    digests = {name: digest_file(folder / name) for name in names}
    (folder / TAG_MANIFEST).write_text(_lines(digests), "utf-8")


def write_zip(folder: Path, target: Path, *, top: str) -> FileDigest:
    """Pack ``folder`` into ``target`` under one top folder; the same files give the same bytes.

    Stored, names sorted, time 1980-01-01, mode 0644; sizes above 4 GiB use ZIP64.
    """
    with target.open("wb") as stream:
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            for name in files_of(folder):
                _add(archive, folder / name, f"{top}/{name}")
        stream.flush()
        os.fsync(stream.fileno())
    return digest_file(target)


def _add(archive: zipfile.ZipFile, path: Path, name: str) -> None:
    entry = zipfile.ZipInfo(name, ZIP_TIME)
    entry.create_system = 3
    entry.external_attr = (stat.S_IFREG | 0o644) << 16
    entry.file_size = path.stat().st_size  # decides beforehand whether the entry needs ZIP64
    with path.open("rb") as source, archive.open(entry, "w") as sink:
        shutil.copyfileobj(source, sink, CHUNK)


def _lines(digests: Mapping[str, FileDigest]) -> str:
    """Two spaces between digest and path: the form sha256sum reads in every version."""
    return "".join(f"{digests[name].hex}  {name}\n" for name in sorted(digests))
