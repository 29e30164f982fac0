"""Hash every stored file again: what was changed or lost on disk is named, and nothing is repaired."""

from collections.abc import Iterator
from typing import Final

from evidence import vault
from evidence.errors import BlobMissing
from evidence.faults import Fault
from evidence.models import Blob
from evidence.progress import Progress, silent, watched

CHUNK: Final = 500


def faults(*, progress: Progress = silent) -> Iterator[Fault]:
    """Each file whose bytes are gone, cannot be read, or have another digest or size."""
    rows = Blob.objects.order_by("pk").values_list("digest", "size").iterator(CHUNK)
    for digest, size in watched(rows, "files", Blob.objects.count(), progress):
        yield from _compare(digest, size)


def _compare(digest: str, size: int) -> Iterator[Fault]:
    where = f"file {digest}"
    try:
        found, read = vault.rehash(digest)
    except BlobMissing:
        yield Fault(where, f"its {size} bytes are missing: {vault.address_of(digest)} is not there")
        return
    except OSError as error:
        yield Fault(where, f"{vault.address_of(digest)} cannot be read: {error.strerror or error}")
        return
    if found != digest:
        yield Fault(where, f"its bytes were changed: {vault.address_of(digest)} has the digest {found}")
    elif read != size:
        yield Fault(where, f"it has {read} bytes, its row says {size}")
