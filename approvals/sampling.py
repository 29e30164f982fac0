"""A random sample that nobody picks: the order of runs follows from a seed that nobody could know."""

from collections.abc import Iterable

from evidence.digests import parse_digest, sha256_bytes


def rank(seed: str, run_id: str) -> str:
    """Hexadecimal SHA-256 of the seed's 64 digits, a zero byte and the id of the run."""
    return parse_digest(sha256_bytes(f"{parse_digest(seed)}\0{run_id}".encode()))


def drawn(seed: str, run_ids: Iterable[str], size: int) -> list[str]:
    """The `size` ids of lowest rank, in the order of their ranks; all where there are fewer."""
    return sorted(run_ids, key=lambda run_id: rank(seed, run_id))[:size]
