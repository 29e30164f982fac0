"""Long lists of keys in pieces that one query takes, so that memory and statements stay small."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final, TypeVar

T = TypeVar("T")

BATCH: Final = 500


def batches(keys: Iterable[T]) -> Iterator[list[T]]:
    """The keys in their order, at most 500 at a time."""
    waiting = iter(keys)
    while some := list(islice(waiting, BATCH)):
        yield some
