"""SHA-256 digests and their one text form; this step never decides what is hashed."""

import hashlib
import re

from evidence.canonical import jcs
from evidence.errors import DigestMismatch

DIGEST_RE = re.compile(r"sha256:([0-9a-f]{64})\Z")


def sha256_raw(data: bytes) -> bytes:
    """The 32 bytes of SHA-256 (FIPS 180-4)."""
    return hashlib.sha256(data).digest()


def sha256_hex(data: bytes) -> str:
    """SHA-256 as 64 lower-case hex digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_bytes(data: bytes) -> str:
    """Digest text of bytes: `sha256:<64 hex>`."""
    return f"sha256:{sha256_hex(data)}"


def digest_of(value: object) -> str:
    """Digest text of the canonical form of a value; raises NotCanonical."""
    return sha256_bytes(jcs(value))


class RunningDigest:
    """Digest and size of bytes that come in pieces."""

    def __init__(self) -> None:
        self._hasher = hashlib.sha256()
        self.size = 0

    def update(self, piece: bytes) -> None:
        """The next piece."""
        self._hasher.update(piece)
        self.size += len(piece)

    @property
    def digest(self) -> str:
        """`sha256:<64 hex>` of all pieces so far."""
        return f"sha256:{self._hasher.hexdigest()}"


def parse_digest(text: str) -> str:
    """The 64 hex digits of a digest text; raises DigestMismatch if it is not one."""
    match = DIGEST_RE.match(text)
    if match is None:
        raise DigestMismatch(
            f"{text[:80]!r} is not a digest.",
            next_step="Give sha256: followed by 64 lower-case hex digits.",
        )
    return match.group(1)
