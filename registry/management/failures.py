"""Say a fact that stops a step on the command line, with its fields and the next step."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.core.management import CommandError

from evidence.errors import BenchsealError


@contextmanager
def said() -> Iterator[None]:
    """Turn a `BenchsealError` of the block into the command's error."""
    try:
        yield
    except BenchsealError as error:
        raise CommandError(in_words(error)) from error


def in_words(error: BenchsealError) -> str:
    """Detail, each field at fault, and what resolves it, one line each."""
    errors = error.extra.get("errors")
    fields = [
        f"  {entry.get('pointer', '').removeprefix('/')}: {entry['detail']}"
        for entry in (errors if isinstance(errors, list) else [])
    ]
    lines = [error.detail, *fields, *([error.next_step] if error.next_step else [])]
    return "\n".join(lines)
