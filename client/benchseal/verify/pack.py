"""A pack as every check sees it: read from the ZIP, digested once, never written to disk."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from benchseal.verify.archive import Archive, Contents, Found
from benchseal.verify.canonical import Object, objects

RECORD: Final = "data/record.json"
PACK: Final = "data/pack.json"
SEAL: Final = "seal.dsse.json"
SEAL_TIME: Final = "seal.tsr"
DOCUMENT: Final = "audit-package.pdf"
MANIFEST: Final = "manifest-sha256.txt"
TAG_MANIFEST: Final = "tagmanifest-sha256.txt"
NAMESPACE: Final = "https://benchseal.dev/ns"


@dataclass(frozen=True, slots=True)
class Pack:
    """``facts`` is the object of pack.json, ``record`` that of record.json."""

    archive: Archive
    contents: Contents
    facts: Object
    record: Object

    @property
    def files(self) -> dict[str, Found]:
        """Digest and size of every file of the bag, by path."""
        return self.contents.files

    def read(self, path: str) -> bytes:
        """The bytes of a file; raises ``Flaw`` if it is absent or too large."""
        return self.archive.read(path)

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file, each without its end; raises ``Flaw``."""
        return self.archive.lines(path)

    def json(self, path: str) -> Object:
        """The canonical object of a file; raises ``Flaw``."""
        return self.archive.json(path)

    @property
    def is_release(self) -> bool:
        """Whether it is about a decision; a record of any other scope has no part about one."""
        return self.record.get("scope") == "release"

    @property
    def is_period(self) -> bool:
        """Whether it is about a time; then its trail says what belongs to it."""
        return self.record.get("scope") == "period"

    def rows(self, part: str) -> list[Object]:
        """The objects of a part of the record that belongs to a decision; none in another scope.

        Raises ``Flaw``.
        """
        return objects(self.record, part, RECORD) if self.is_release or part in self.record else []

    def below(self, folder: str) -> list[str]:
        """The paths below a folder, which ends with a slash."""
        return [path for path in self.files if path.startswith(folder)]

    def record_of(self, digest: str) -> str:
        """The path of a record by its digest ``sha256:…``."""
        return f"data/records/{digest.removeprefix('sha256:')}.json"
