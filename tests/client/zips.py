"""Write ZIP files in the form of a pack, and in forms no pack has."""

from collections.abc import Iterable
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

REGULAR = 0o100644 << 16


def entry(name: str, *, method: int = ZIP_STORED, mode: int = REGULAR) -> ZipInfo:
    info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = mode
    info.compress_type = method
    return info


def zipped(files: Iterable[tuple[str | ZipInfo, bytes]]) -> bytes:
    """The files in the order given."""
    stream = BytesIO()
    with ZipFile(stream, "w", ZIP_STORED) as archive:
        for name, body in files:
            archive.writestr(entry(name) if isinstance(name, str) else name, body)
    return stream.getvalue()


def packed(files: dict[str, bytes]) -> bytes:
    """The files as a pack has them: sorted by name."""
    return zipped(sorted(files.items()))
