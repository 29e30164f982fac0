"""The main navigation, one tuple; must never decide what a person may see behind a link."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from django.urls import NoReverseMatch, reverse


@dataclass(frozen=True, slots=True)
class Place:
    """One entry: `key` is what a page sets as `nav`, `url_name` is the name of its first page."""

    key: str
    words: str
    url_name: str
    is_public: bool = False


PLACES: Final = (
    Place("queue", "Queue", "queue"),
    Place("projects", "Projects", "project_list"),
    Place("releases", "Releases", "release_list"),
    Place("runs", "Runs", "run_list"),
    Place("packs", "Packs", "pack_list"),
    Place("verify", "Verify", "verify", is_public=True),
    Place("ledger", "Ledger", "ledger"),
)


@dataclass(frozen=True, slots=True)
class Link:
    """A place with its address, and whether the reader is in it."""

    words: str
    url: str
    is_current: bool


def links(*, nav: str, is_known: bool) -> Iterator[Link]:
    """Yield the links of a known person, or the public ones; a place without a page is left out."""
    for place in PLACES:
        if not (is_known or place.is_public):
            continue
        try:
            yield Link(place.words, reverse(place.url_name), place.key == nav)
        except NoReverseMatch:
            continue
