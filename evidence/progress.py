"""How far verification is, told while it runs."""

from collections.abc import Iterable, Iterator
from typing import Final, Protocol, TypeVar

T = TypeVar("T")

EVERY: Final = 500


class Progress(Protocol):
    """Takes what is being read (plural nouns), how many were read and how many there are."""

    def __call__(self, what: str, done: int, total: int) -> None: ...


def silent(what: str, done: int, total: int) -> None:
    """Nobody watches."""


def watched(rows: Iterable[T], what: str, total: int, progress: Progress) -> Iterator[T]:
    """The rows, told of at the start, every 500 and at the end."""
    done = 0
    progress(what, done, total)
    for row in rows:
        yield row
        done += 1
        if done % EVERY == 0:
            progress(what, done, total)
    progress(what, done, total)
