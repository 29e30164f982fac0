"""Check a pack with the auditor's own verifier, which shares no code with what builds packs."""

from dataclasses import asdict
from typing import IO, Any, BinaryIO, cast

from benchseal.verify import Trust
from benchseal.verify import verify as verify_pack

from evidence.canonical import jcs
from evidence.signing import published_keys

SOURCE = "the keys of this installation"


def verify(file: IO[bytes]) -> dict[str, Any]:
    """Verdict, items and what the pack says of itself, against the keys published here.

    `file` is seekable; nothing it holds makes this raise.
    """
    trust = Trust.of_list(jcs(published_keys()), SOURCE)
    report = verify_pack(cast("BinaryIO", file), trust=trust)
    return {
        "verdict": report.verdict.value,
        "words": report.verdict.words,
        "exit_code": report.exit_code,
        "items": [{**asdict(item), "state": item.state.value} for item in report.items],
        "pack": asdict(report.pack),
    }
