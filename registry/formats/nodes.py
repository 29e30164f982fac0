"""Walk parsed JSON with the place at hand; a wrong type reads as absent, never as an error."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from registry.findings import pointer_to
from registry.formats.draft import Found, Where
from registry.formats.strict_json import JsonValue, Number

MAX_TEXT: Final = 1000
MAX_NAME: Final = 200
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")


def is_printable_name(text: str) -> bool:
    """Say whether a text can name something: 1 to 200 characters, none of them control."""
    return text.strip() != "" and len(text) <= MAX_NAME and not _CONTROL.search(text)


@dataclass(frozen=True, slots=True)
class Node:
    """A JSON value and the path to it; a path that does not exist holds None."""

    file: str
    value: JsonValue
    path: tuple[str | int, ...] = ()

    @property
    def where(self) -> Where:
        """The place of the value."""
        return Where(self.file, pointer_to(*self.path))

    def at(self, *keys: str) -> Node:
        """Follow object keys; the result holds None where one is absent."""
        node = self
        for key in keys:
            inner = node.value.get(key) if isinstance(node.value, dict) else None
            node = Node(node.file, inner, (*node.path, key))
        return node

    def items(self) -> Iterator[tuple[str, Node]]:
        """Yield the members of an object; nothing for any other value."""
        if isinstance(self.value, dict):
            for key, value in self.value.items():
                yield key, Node(self.file, value, (*self.path, key))

    def elements(self) -> Iterator[Node]:
        """Yield the elements of an array; nothing for any other value."""
        if isinstance(self.value, list):
            for index, value in enumerate(self.value):
                yield Node(self.file, value, (*self.path, index))

    def text(self) -> Found | None:
        """Return a text, number or logical value as one line of text, else None."""
        match self.value:
            case bool(flag):
                return Found("true" if flag else "false", self.where)
            case Number(lexeme) if len(lexeme) <= MAX_TEXT:
                return Found(lexeme, self.where)
            case str(text) if text.strip() and len(text) <= MAX_TEXT and not _CONTROL.search(text):
                return Found(text, self.where)
            case _:
                return None

    def integer(self) -> int | None:
        """Return an integer, also one written ``20.0``; None for anything else."""
        if not isinstance(self.value, Number):
            return None
        value = self.value.decimal()
        is_count = value is not None and abs(value) <= 2**53 - 1 and value == int(value)
        return int(value) if value is not None and is_count else None
