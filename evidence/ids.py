"""Time-ordered identifiers; an id says when it was made and nothing else."""

import secrets
import time
import uuid


def uuid7(now_ms: int | None = None, *, entropy: int | None = None) -> uuid.UUID:
    """UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000 if now_ms is None else now_ms
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError(f"{milliseconds} milliseconds do not fit into 48 bits")
    chance = secrets.randbits(74) if entropy is None else entropy & ((1 << 74) - 1)
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64
    return uuid.UUID(int=value | 0b10 << 62 | chance & ((1 << 62) - 1))
