"""Tables for people: columns while every word fits into its own, else one block of lines a row.

An id, digest or path is never broken by us: whoever reads it on a narrow terminal copies it whole. Widths are
in terminal cells, so a wide letter counts two.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

GAP: Final = 2
INDENT: Final = 2
WORD: Final = re.compile(r"\S+\s*")


@dataclass(frozen=True, slots=True)
class Column:
    """How wide a column is at least, so that no word is broken, and at most."""

    least: int
    most: int

    @classmethod
    def of(cls, cells: Sequence[str]) -> "Column":
        """From everything that stands in it, its title too."""
        words = (word for cell in cells for word in cell.split())
        return cls(max(map(cell_len, words), default=0), max(map(cell_len, cells), default=0))


def widths(columns: Sequence[Column], available: int) -> list[int] | None:
    """The width of each column; None where some word would not fit.

    What is left beyond the words is shared in proportion to what each column could use.
    """
    spare = available - GAP * (len(columns) - 1) - sum(column.least for column in columns)
    if spare < 0:
        return None
    wanted = [column.most - column.least for column in columns]
    shared = min(spare, sum(wanted))
    return [
        column.least + (shared * want // sum(wanted) if want else 0)
        for column, want in zip(columns, wanted, strict=True)
    ]


def wrapped(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` cells, broken between words alone; a longer word is a line of its own."""
    lines = [""]
    for word in WORD.findall(text):
        if lines[-1] and cell_len(lines[-1]) + cell_len(word.rstrip()) > width:
            lines.append("")
        lines[-1] += word
    return [line.rstrip() for line in lines]


def print_columns(console: Console, titles: Sequence[str], rows: Sequence[Sequence[Text]]) -> bool:
    """Print a table, if all of it fits; say whether it was printed."""
    texts = [[cell.plain for cell in row] for row in rows]
    found = widths([Column.of(cells) for cells in zip(titles, *texts, strict=True)], console.width)
    if found is None:
        return False
    table = Table(box=None, pad_edge=False)
    for title, width in zip(titles, found, strict=True):
        table.add_column(title, width=width, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
    return True


def print_block(console: Console, titles: Sequence[str], values: Sequence[str]) -> None:
    """One row, each value after its title; values begin in one column where their words fit there."""
    start = max(map(cell_len, titles), default=0) + GAP
    for title, value in zip(titles, values, strict=True):
        label = Text(title, style="bold")
        if start + Column.of([value]).least <= console.width:
            print_hanging(console, label, value, indent=start)
        else:
            console.print(label, soft_wrap=True)
            print_hanging(console, Text(), value, indent=INDENT)


def print_hanging(console: Console, head: Text, value: str, *, indent: int) -> None:
    """`value` in lines that begin at ``indent``, the first one after ``head``; the terminal breaks no line.

    A word that is longer than the line goes on beyond it, which a terminal shows and copies as one.
    """
    for number, line in enumerate(wrapped(value, max(console.width - indent, 1))):
        start = head if number == 0 else Text()
        start.pad_right(indent - start.cell_len)
        start.append(line)
        start.rstrip()
        console.print(start, soft_wrap=True)
