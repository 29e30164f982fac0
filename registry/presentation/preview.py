"""The first rows of a file as text; whatever they hold, they are never markup."""

from dataclasses import dataclass

from evidence import vault

ROWS = 50
LONGEST_ROW = 2_000
LONGEST_READ = 256 * 1024


@dataclass(frozen=True, slots=True)
class Preview:
    """Rows of a text file, or nothing where the bytes are no text."""

    rows: tuple[str, ...]
    is_text: bool
    is_whole: bool
    has_cut_rows: bool


def preview(digest: str) -> Preview:
    """The first rows of the stored bytes; raises `BlobMissing`."""
    with vault.open_blob(digest) as file:
        data = file.read(LONGEST_READ + 1)
    if b"\x00" in data:
        return Preview((), is_text=False, is_whole=False, has_cut_rows=False)
    found = data[:LONGEST_READ].decode("utf-8", errors="replace").splitlines()
    rows = tuple(row[:LONGEST_ROW] for row in found[:ROWS])
    return Preview(
        rows=rows,
        is_text=True,
        is_whole=len(found) <= ROWS and len(data) <= LONGEST_READ,
        has_cut_rows=any(len(row) > LONGEST_ROW for row in found[:ROWS]),
    )
