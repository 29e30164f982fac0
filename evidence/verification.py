"""Check a pack with the auditor's own verifier, which shares no code with what builds packs."""

from typing import IO, BinaryIO, cast

from benchseal.verify import Trust
from benchseal.verify import verify as verify_pack

from evidence.canonical import jcs
from evidence.signing import published_keys

SOURCE = "the keys of this installation"


def verify(file: IO[bytes]) -> dict[str, object]:
    """Verdict, items and what the pack says of itself, against the keys published here.

    `file` is seekable; nothing it holds makes this raise.
    """
    trust = Trust.of_list(jcs(published_keys()), SOURCE)
    return verify_pack(cast("BinaryIO", file), trust=trust).as_dict()
