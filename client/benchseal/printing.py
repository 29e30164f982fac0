"""How answers are printed: canonical JSON and TSV for programs, tables for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from benchseal import tables
from benchseal.api import Json, Object
from benchseal.verify import Item, State

STYLES: Final = {
    State.OK: "green",
    State.BAD: "bold red",
    State.MISSING: "bold red",
    State.UNCHECKED: "yellow",
}
STATE_WIDTH: Final = max(len(state) for state in State) + tables.GAP
ESCAPES: Final = str.maketrans({"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"})


class Format(StrEnum):
    """What a list or an object is printed as."""

    TABLE = "table"
    JSON = "json"
    TSV = "tsv"


def json_text(value: object) -> str:
    """JSON with sorted keys and no white space: the same value always gives the same text."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def tsv_text(rows: Sequence[Object]) -> str:
    """One line a row, columns sorted by name; nested values as JSON, tab and line ends escaped."""
    columns = sorted({name for row in rows for name in row})
    lines = [columns, *([_cell(row.get(name)) for name in columns] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def print_rows(rows: Sequence[Object], columns: Mapping[str, str], shape: Format) -> None:
    """Rows in the format asked for; ``columns`` are title → dotted field of the table."""
    match shape:
        case Format.JSON:
            print(json_text(rows))
        case Format.TSV:
            print(tsv_text(rows), end="")
        case Format.TABLE:
            cells = [[plain(at(row, path)) for path in columns.values()] for row in rows]
            _print_cells(list(columns), cells)


def print_object(value: Object, shape: Format) -> None:
    """One object: as JSON, as TSV of one row, or field by field."""
    if shape is not Format.TABLE:
        print(
            json_text(value) if shape is Format.JSON else tsv_text([value]), end="\n" * (shape is Format.JSON)
        )
        return
    titles = [name.replace("_", " ") for name in value]
    tables.print_block(Console(highlight=False), titles, [plain(value[name]) for name in value])


def print_items(items: Sequence[Item], words: str, named: str = "") -> None:
    """What was looked at, what a reader needs to know of it, and the verdict."""
    console = Console(highlight=False)
    rows = [
        [_state(item), Text(item.section), Text(plain(item.name)), Text(plain(item.reason))] for item in items
    ]
    if not tables.print_columns(console, ("", "part", "item", "found"), rows):
        for item in items:
            _print_item(console, item)
    for sentence in _meanings(items):
        console.print(escape(sentence), soft_wrap=True)
    console.print(f"\n[bold]{escape(words)}[/]  {escape(named)}".rstrip(), soft_wrap=True)


def _print_cells(titles: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """As a table; where it is too narrow for one, a block of lines a row."""
    console = Console(highlight=False)
    if tables.print_columns(console, titles, [[Text(cell) for cell in row] for row in rows]):
        return
    for number, row in enumerate(rows):
        console.print("\n" * (number > 0), end="")
        tables.print_block(console, titles, row)


def _state(item: Item) -> Text:
    return Text(item.state.value, style=STYLES[item.state])


def _print_item(console: Console, item: Item) -> None:
    tables.print_hanging(console, _state(item), plain(f"{item.section}: {item.name}"), indent=STATE_WIDTH)
    tables.print_hanging(console, Text(), plain(item.reason), indent=STATE_WIDTH)


def at(row: Object, path: str) -> Json:
    """The value at a dotted path, None where there is none."""
    value: Json = row
    for name in path.split("."):
        value = value.get(name) if isinstance(value, dict) else None
    return value


def plain(value: Json) -> str:
    """A value for people: nothing for null, JSON for what is nested, no control characters."""
    text = _cell(value)
    return "".join(mark if mark.isprintable() else " " for mark in text)


def problem_lines(lines: Iterable[str]) -> None:
    """Lines on standard error."""
    console = Console(stderr=True, highlight=False)
    for line in lines:
        console.print(escape(plain(line)), soft_wrap=True)


def _meanings(items: Sequence[Item]) -> list[str]:
    """Once each: all faults, else what is unchecked."""
    faults = [item for item in items if item.is_fault]
    shown = faults or [item for item in items if item.state is State.UNCHECKED]
    return list(dict.fromkeys(["", *(item.meaning for item in shown)])) if shown else []


def _cell(value: Json) -> str:
    match value:
        case None:
            return ""
        case str():
            return value.translate(ESCAPES)
        case _:
            return json_text(value)
