"""Read the ZIP of a pack by seeking, without unpacking; it refuses what a pack never holds.

Packs are written in one strict form: entries stored one after the other without gaps, names sorted,
time 1980-01-01, one top folder, no comments. Everything else is a fault, so that no two tools can
see different files in the same bytes. Offsets and sizes are bytes; formats are those of PKWARE
APPNOTE 6.3.10, sections 4.3 to 4.5.
"""

import re
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from typing import BinaryIO, Final, NamedTuple

from benchseal.verify.canonical import Object, parse
from benchseal.verify.report import Flaw

CHUNK: Final = 1024 * 1024
MOST_FILES: Final = 200_000
LARGEST_DIRECTORY: Final = 64 * 1024 * 1024
LONGEST_LINE: Final = 1024 * 1024
LARGEST_READ: Final = 64 * 1024 * 1024

END: Final = struct.Struct("<4sHHHHIIH")
END64: Final = struct.Struct("<4sQHHIIQQQQ")
LOCATOR: Final = struct.Struct("<4sIQI")
CENTRAL: Final = struct.Struct("<4sBBHHHHHIIIHHHHHII")
LOCAL: Final = struct.Struct("<4sHHHHHIIIHH")

ALL_ONES: Final = 0xFFFFFFFF
DATE_1980: Final = 1 << 5 | 1
REGULAR_0644: Final = 0o100644 << 16
VERSIONS: Final = (20, 45)
LONGEST_NAME: Final = 600
SEGMENT: Final = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")


class Header(NamedTuple):
    """One header of the central directory (APPNOTE 4.3.12)."""

    mark: bytes
    made: int
    system: int
    needed: int
    flags: int
    method: int
    time: int
    date: int
    crc: int
    packed: int
    size: int
    name_size: int
    extra_size: int
    comment_size: int
    disk: int
    inside: int
    attributes: int
    header_at: int


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored file: its full name, where its header begins, where its bytes begin, how many."""

    name: str
    header_at: int
    size: int
    crc: int
    data_at: int = 0


@dataclass(frozen=True, slots=True)
class Found:
    """A file as its bytes are: hex SHA-256 and size."""

    hex: str
    size: int


@dataclass(frozen=True, slots=True)
class Contents:
    """All files below the top folder, by path in the bag, and the digest of the ZIP itself.

    ``damaged`` are paths whose bytes differ from the checksum of the ZIP.
    """

    files: dict[str, Found]
    damaged: tuple[str, ...]
    zip_hex: str
    zip_size: int


class Archive:
    """The entries of a ZIP that has the form of a pack; raises ``Flaw`` for any other."""

    def __init__(self, stream: BinaryIO) -> None:
        self.stream = stream
        self.size = stream.seek(0, 2)
        self.directory_at, directory = self._directory()
        entries = list(_entries(directory))
        self.top = _top(entries)
        self.entries = {entry.name.removeprefix(f"{self.top}/"): entry for entry in self._placed(entries)}

    def read(self, path: str) -> bytes:
        """The bytes of a file of the bag; raises ``Flaw`` if it is absent or larger than 64 MiB."""
        entry = self.entries.get(path)
        if entry is None:
            raise Flaw(f"{path} is missing.")
        if entry.size > LARGEST_READ:
            raise Flaw(f"{path} has {entry.size} bytes; at most {LARGEST_READ} are read.")
        return self._at(entry.data_at, entry.size)

    def json(self, path: str) -> Object:
        """The canonical object of a file of the bag; raises ``Flaw``."""
        return parse(self.read(path), path)

    def lines(self, path: str) -> Iterator[bytes]:
        """The lines of a file of the bag, each without its end, in constant memory.

        Raises ``Flaw`` if the file is absent, a line is longer than 1 MiB, or the last one has no end.
        """
        entry = self.entries.get(path)
        if entry is None:
            raise Flaw(f"{path} is missing.")
        rest = b""
        for piece in self._pieces(entry.data_at, entry.size):
            *whole, rest = (rest + piece).split(b"\n")
            yield from whole
            if len(rest) > LONGEST_LINE:
                raise Flaw(f"{path} holds a line of more than {LONGEST_LINE} bytes.")
        if rest:
            raise Flaw(f"{path} ends within a line.")

    def contents(self) -> Contents:
        """Digest every file and the ZIP in one pass over its bytes, in pieces of 1 MiB."""
        whole = sha256()
        files: dict[str, Found] = {}
        damaged: list[str] = []
        place = 0
        for path, entry in self.entries.items():
            whole.update(self._at(place, entry.data_at - place))
            hasher, crc = sha256(), 0
            for piece in self._pieces(entry.data_at, entry.size):
                whole.update(piece)
                hasher.update(piece)
                crc = zlib.crc32(piece, crc)
            files[path] = Found(hasher.hexdigest(), entry.size)
            if crc != entry.crc:
                damaged.append(path)
            place = entry.data_at + entry.size
        for piece in self._pieces(place, self.size - place):
            whole.update(piece)
        return Contents(files, tuple(damaged), whole.hexdigest(), self.size)

    def _at(self, place: int, count: int) -> bytes:
        if place < 0 or count < 0 or place + count > self.size:
            raise Flaw("The ZIP speaks of bytes that lie outside the file.")
        self.stream.seek(place)
        data = self.stream.read(count)
        if len(data) != count:
            raise Flaw("The file ends before what it announces.")
        return data

    def _pieces(self, place: int, count: int) -> Iterator[bytes]:
        for start in range(0, count, CHUNK):
            yield self._at(place + start, min(CHUNK, count - start))

    def _directory(self) -> tuple[int, bytes]:
        """Where the central directory begins, and its bytes; everything after it is accounted for."""
        end_at = self.size - END.size
        if end_at < 0:
            raise Flaw("The file is too short to be a ZIP file.")
        mark, disk, start_disk, here, files, size, start, comment = END.unpack(self._at(end_at, END.size))
        if mark != b"PK\x05\x06" or comment or disk or start_disk or here != files:
            raise Flaw("The file does not end as a pack does: it is cut off, or bytes were appended.")
        if files == 0xFFFF or size == ALL_ONES or start == ALL_ONES:
            end_at, files, size, start = self._zip64(end_at, (files, size, start))
        if start + size != end_at or files > MOST_FILES or size > LARGEST_DIRECTORY:
            raise Flaw("The list of files of the ZIP does not lie where it should, or is too long.")
        directory = self._at(start, size)
        if sum(1 for _ in _headers(directory)) != files:
            raise Flaw("The list of files of the ZIP has another length than it states.")
        return start, directory

    def _zip64(self, end_at: int, short: tuple[int, int, int]) -> tuple[int, int, int, int]:
        locator_at = end_at - LOCATOR.size
        mark, disk, record_at, disks = LOCATOR.unpack(self._at(locator_at, LOCATOR.size))
        if mark != b"PK\x06\x07" or disk or disks != 1 or record_at + END64.size != locator_at:
            raise Flaw("The ZIP announces a ZIP64 end that is not there.")
        mark, size, _, needed, disk, start_disk, here, files, length, start = END64.unpack(
            self._at(record_at, END64.size)
        )
        sound = mark == b"PK\x06\x06" and size == END64.size - 12 and needed == 45 and here == files
        same = (min(files, 0xFFFF), min(length, ALL_ONES), min(start, ALL_ONES)) == short
        if not sound or not same or disk or start_disk:
            raise Flaw("The ZIP64 end contradicts the end of the ZIP.")
        return record_at, files, length, start

    def _placed(self, entries: list[Entry]) -> Iterator[Entry]:
        """The entries with the place of their bytes; no byte lies between or before them."""
        place = 0
        for entry in entries:
            data_at = place + self._header_length(entry) if entry.header_at == place else self.size
            if data_at + entry.size > self.directory_at:
                raise Flaw(f"{entry.name} does not lie directly after the file before it.")
            yield Entry(entry.name, entry.header_at, entry.size, entry.crc, data_at)
            place = data_at + entry.size
        if place != self.directory_at:
            raise Flaw("The ZIP holds bytes that belong to no file.")

    def _header_length(self, entry: Entry) -> int:
        header = self._at(entry.header_at, LOCAL.size)
        mark, needed, flags, method, time, date, crc, packed, size, name_size, more = LOCAL.unpack(header)
        rest = self._at(entry.header_at + LOCAL.size, name_size + more)
        if packed == ALL_ONES or size == ALL_ONES:
            size, packed = _extra(rest[name_size:], 2, entry.name)
        elif more:
            raise Flaw(f"{entry.name}: its header holds an extra field.")
        form = (mark, flags, method, time, date, needed in VERSIONS)
        if form != (b"PK\x03\x04", 0, 0, 0, DATE_1980, True):
            raise Flaw(f"{entry.name}: its header does not have the form of a pack.")
        if (rest[:name_size], size, packed, crc) != (entry.name.encode(), entry.size, entry.size, entry.crc):
            raise Flaw(f"{entry.name}: its header contradicts the list of files.")
        return LOCAL.size + len(rest)


def _headers(directory: bytes) -> Iterator[tuple[int, Header]]:
    """Each header of the central directory with the place of its name."""
    place = 0
    while place < len(directory):
        if place + CENTRAL.size > len(directory):
            raise Flaw("The list of files of the ZIP is cut off.")
        header = Header(*CENTRAL.unpack_from(directory, place))
        if header.mark != b"PK\x01\x02":
            raise Flaw("The list of files of the ZIP is damaged.")
        yield place + CENTRAL.size, header
        place += CENTRAL.size + header.name_size + header.extra_size + header.comment_size
    if place != len(directory):
        raise Flaw("The list of files of the ZIP is cut off.")


def _entries(directory: bytes) -> Iterator[Entry]:
    before = ""
    for place, header in _headers(directory):
        extra_at = place + header.name_size
        name = directory[place:extra_at].decode("ascii", errors="backslashreplace")
        _refuse_name(name, before)
        before = name
        yield _entry(name, header, directory[extra_at : extra_at + header.extra_size])


def _refuse_name(name: str, before: str) -> None:
    segments = name[:LONGEST_NAME].split("/")
    shown = repr(name[:200])
    is_safe = all(SEGMENT.match(one) and one not in (".", "..") for one in segments)
    if not is_safe or len(segments) < 2 or len(name) >= LONGEST_NAME:
        raise Flaw(f"{shown} is not a safe path below one folder.")
    if name == before:
        raise Flaw(f"{shown} occurs twice.")
    if name < before:
        raise Flaw(f"{shown} occurs twice or is out of order.")


def _entry(name: str, header: Header, extra: bytes) -> Entry:
    if header.method or header.flags:
        raise Flaw(f"{name} is compressed or encrypted; a pack stores its files as they are.")
    listed = (header.time, header.date, header.system, header.attributes)
    if listed != (0, DATE_1980, 3, REGULAR_0644) or header.comment_size or header.disk or header.inside:
        raise Flaw(f"{name} is not listed as a plain file of a pack.")
    short = (header.size, header.packed, header.header_at)
    long = iter(_extra(extra, short.count(ALL_ONES), name))
    size, packed, header_at = (next(long) if value == ALL_ONES else value for value in short)
    if size != packed or header.made not in VERSIONS or header.needed not in VERSIONS:
        raise Flaw(f"{name} has two different sizes or an unknown version of ZIP.")
    return Entry(name, header_at, size, header.crc)


def _extra(extra: bytes, count: int, name: str) -> tuple[int, ...]:
    """The numbers of a ZIP64 extra field that holds exactly ``count`` of them."""
    if not count and not extra:
        return ()
    if len(extra) != 4 + 8 * count or extra[:4] != struct.pack("<HH", 1, 8 * count):
        raise Flaw(f"{name}: its extra field is not that of a pack.")
    return struct.unpack(f"<{count}Q", extra[4:])


def _top(entries: list[Entry]) -> str:
    tops = {entry.name.partition("/")[0] for entry in entries}
    if len(tops) != 1:
        raise Flaw(f"The ZIP holds {len(tops)} top folders: {', '.join(sorted(tops)[:5])}; a pack has one.")
    folded: dict[str, str] = {}
    for entry in entries:
        other = folded.setdefault(entry.name.lower(), entry.name)
        if other != entry.name:
            raise Flaw(f"{entry.name} and {other} are one file on some systems.")
    _refuse_files_as_folders(set(folded))
    return tops.pop()


def _refuse_files_as_folders(names: set[str]) -> None:
    for name in names:
        folder = name.rpartition("/")[0]
        while folder:
            if folder in names:
                raise Flaw(f"{name} lies below a path that is a file.")
            folder = folder.rpartition("/")[0]
