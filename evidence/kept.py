"""Read checkpoints that were kept outside the database: a folder of them, a single one, or that of a pack."""

import re
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import chain
from pathlib import Path
from typing import Final
from zipfile import BadZipFile, ZipFile, is_zipfile

from evidence import notes
from evidence.errors import BenchsealError, NoteMalformed
from evidence.heads import KeptHead, LogKeys
from evidence.publishing import SUFFIX

LONGEST: Final = 64 * 1024
NAME: Final = re.compile(rf"([0-9]{{20}}){re.escape(SUFFIX)}\Z")
PROOF_SUFFIX: Final = ".tlog-proof"
MISNAMED: Final = "its name is not a size of 20 digits; name the file itself"


def heads(paths: Iterable[Path], keys: LogKeys) -> Iterator[KeptHead]:
    """What was kept, by size; what cannot be used is a head with a flaw.

    Which files there are is read now, what they hold while the heads are compared.
    """
    sources = [_folder(path, keys) if path.is_dir() else iter([_file(path, keys)]) for path in list(paths)]
    return merge(*sources, key=lambda head: head.size)


def _folder(folder: Path, keys: LogKeys) -> Iterator[KeptHead]:
    found = sorted(path.name for path in folder.iterdir() if path.name.endswith(SUFFIX))
    if not found:
        return iter([KeptHead(str(folder), 0, flaw=f"it holds no checkpoint: no file ends in {SUFFIX}")])
    sizes = {name: int(match[1]) for name in found if (match := NAME.match(name))}
    misnamed = (KeptHead(str(folder / name), 0, flaw=MISNAMED) for name in found if name not in sizes)
    named = (_named(_file(folder / name, keys), size) for name, size in sizes.items())
    return chain(misnamed, named)


def _named(head: KeptHead, size: int) -> KeptHead:
    """The head, in the place its file name says."""
    if head.flaw or head.size == size:
        return KeptHead(head.where, size, head.root, head.flaw)
    return KeptHead(head.where, size, flaw=f"its name is not its size, which is {head.size}")


def _file(path: Path, keys: LogKeys) -> KeptHead:
    try:
        stated = keys.checkpoint(_reader(path)(path))
    except BenchsealError as error:
        return KeptHead(str(path), 0, flaw=f"it proves nothing: {error.detail}")
    except (OSError, BadZipFile) as error:
        return KeptHead(str(path), 0, flaw=f"it cannot be read: {error}")
    return KeptHead(str(path), stated.size, stated.root)


def _reader(path: Path) -> Callable[[Path], str]:
    return _of_pack if is_zipfile(path) else _of_text


def _of_text(path: Path) -> str:
    with path.open("rb") as stream:
        return _text(stream.read(LONGEST + 1))


def _of_pack(path: Path) -> str:
    """The signed head beside the first proof; all proofs of a pack lead to one head."""
    with ZipFile(path) as archive:
        proofs = sorted(name for name in archive.namelist() if name.endswith(PROOF_SUFFIX))
        if not proofs:
            raise NoteMalformed("The pack holds no entry of the log, and so no signed checkpoint.")
        with archive.open(proofs[0]) as stream:
            return notes.parse_tlog_proof(_text(stream.read(LONGEST + 1))).checkpoint_note


def _text(body: bytes) -> str:
    if len(body) > LONGEST:
        raise NoteMalformed("It is longer than any checkpoint.")
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise NoteMalformed("It is not a text in UTF-8.") from None
