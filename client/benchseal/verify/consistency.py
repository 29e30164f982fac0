"""Whether a log only grew between two of its heads (RFC 9162, section 2.1.4.2); nothing is fetched here."""

from collections.abc import Sequence
from hashlib import sha256


def leads_to_both(old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> bool:
    """Whether the path shows that the tree of ``new`` leaves begins with the tree of ``old``.

    Every tree begins with the empty one and with itself, by an empty path.
    """
    if old == new:
        return not path and old_root == new_root
    if old == 0:
        return not path and old_root == sha256(b"").digest()
    if not 0 < old < new:
        return False
    # An old tree of 2^k leaves is itself a node of the new one, and the path does not repeat it.
    steps = [old_root, *path] if old & (old - 1) == 0 else list(path)
    place, last = old - 1, new - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    return bool(steps) and _climbed(steps, place, last) == (old_root, new_root)


def _climbed(steps: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The roots of both trees, None where the path is too short or too long."""
    first = second = steps[0]
    for step in steps[1:]:
        if not last:
            return None
        if place & 1 or place == last:
            first, second = _joined(step, first), _joined(step, second)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            second = _joined(second, step)
        place, last = place >> 1, last >> 1
    return None if last else (first, second)


def _joined(left: bytes, right: bytes) -> bytes:
    return sha256(b"\x01" + left + right).digest()
