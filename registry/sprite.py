"""Read the icons of the sprite, for pages that link them and for print, where nothing may be linked."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final
from xml.etree import ElementTree as ET

from django.utils.html import format_html_join
from django.utils.safestring import SafeString

SPRITE_NAME: Final = "benchseal/icons.svg"
SPRITE: Final = Path(__file__).parent / "static" / SPRITE_NAME
SVG: Final = "{http://www.w3.org/2000/svg}"


class UnknownIcon(KeyError):
    """The sprite has no icon of this name."""


@cache
def shapes() -> dict[str, SafeString]:
    """Return every icon's shapes by name, as SVG text in a drawing of 24 by 24 units."""
    # The file is ours and ships with the program; nobody can send one.
    symbols = ET.parse(SPRITE).getroot().iter(f"{SVG}symbol")  # noqa: S314
    return {symbol.attrib["id"]: _joined(symbol) for symbol in symbols}


def shape(name: str) -> SafeString:
    """Return one icon's shapes; raises `UnknownIcon`."""
    try:
        return shapes()[name]
    except KeyError as error:
        raise UnknownIcon(name) from error


def _joined(symbol: ET.Element) -> SafeString:
    return format_html_join(
        "", "<{}{}/>", ((part.tag.removeprefix(SVG), _attributes(part)) for part in symbol)
    )


def _attributes(part: ET.Element) -> SafeString:
    return format_html_join("", ' {}="{}"', part.attrib.items())
