"""Time-ordered identifiers; an id says when it was made and nothing else."""

import secrets
import threading
import time
import uuid

_lock = threading.Lock()
_last = 0


def uuid7(now_ms: int | None = None, *, entropy: int | None = None) -> uuid.UUID:
    """UUID version 7 (RFC 9562, section 5.7): 48 bits of Unix milliseconds, then 74 bits.

    Without arguments the next 12 bits are the fraction of the millisecond (section 6.2, method 3)
    and ids of one process strictly increase, so that entries of one transaction keep their order.
    """
    if now_ms is None:
        ticks = _next_tick()
        milliseconds, chance = ticks >> 12, (ticks & 0xFFF) << 62 | secrets.randbits(62)
    else:
        milliseconds, chance = now_ms, secrets.randbits(74) if entropy is None else entropy & ((1 << 74) - 1)
    if not 0 <= milliseconds < 1 << 48:
        raise ValueError(f"{milliseconds} milliseconds do not fit into 48 bits")
    value = milliseconds << 80 | 0x7 << 76 | (chance >> 62) << 64
    return uuid.UUID(int=value | 0b10 << 62 | chance & ((1 << 62) - 1))


def _next_tick() -> int:
    """Now in 4096ths of a millisecond, always later than the one before."""
    global _last  # noqa: PLW0603  # reason: the order of ids is a fact of the whole process
    now = time.time_ns()
    with _lock:
        _last = max((now // 1_000_000) << 12 | (now % 1_000_000) * 4096 // 1_000_000, _last + 1)
        return _last
