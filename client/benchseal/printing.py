"""How answers are printed: canonical JSON and TSV for programs, tables for people."""

import json
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from benchseal.api import Json, Object
from benchseal.verify import Item, State

STYLES: Final = {
    State.OK: "green",
    State.BAD: "bold red",
    State.MISSING: "bold red",
    State.UNCHECKED: "yellow",
}
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
            table = Table(box=None, pad_edge=False)
            for title in columns:
                table.add_column(title, overflow="fold")
            for row in rows:
                table.add_row(*(escape(plain(at(row, path))) for path in columns.values()))
            Console().print(table)


def print_object(value: Object, shape: Format) -> None:
    """One object: as JSON, as TSV of one row, or field by field."""
    if shape is not Format.TABLE:
        print(
            json_text(value) if shape is Format.JSON else tsv_text([value]), end="\n" * (shape is Format.JSON)
        )
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name in value:
        table.add_row(escape(name.replace("_", " ")), escape(plain(value[name])))
    Console().print(table)


def print_items(items: Sequence[Item], words: str, named: str = "") -> None:
    """What was looked at, what a reader needs to know of it, and the verdict."""
    console = Console(highlight=False)
    table = Table(box=None, pad_edge=False)
    for title in ("", "part", "item", "found"):
        table.add_column(title, overflow="fold")
    for item in items:
        state = f"[{STYLES[item.state]}]{item.state.value}[/]"
        table.add_row(state, escape(item.section), escape(plain(item.name)), escape(plain(item.reason)))
    console.print(table)
    for sentence in _meanings(items):
        console.print(escape(sentence), soft_wrap=True)
    console.print(f"\n[bold]{escape(words)}[/]  {escape(named)}".rstrip(), soft_wrap=True)


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
