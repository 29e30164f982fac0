"""A long command says how far it is on a terminal, and writes nothing into a file."""

from io import StringIO

import pytest

from registry.management.meter import Meter, line


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    ("done", "total", "seconds", "words"),
    [
        (0, 9, 0.0, "entries  0 of 9  0%"),
        (300_000, 1_000_000, 25.0, "entries  300,000 of 1,000,000  30%  12,000 a second  58 s left"),
        (1_000, 1_000_000, 1.0, "entries  1,000 of 1,000,000  0%  1,000 a second  16 min 39 s left"),
        (9, 9, 2.0, "entries  9 of 9  100%  4 a second"),
        (5, 0, 1.0, "entries  5  5 a second"),
    ],
)
def test_a_line_says_share_rate_and_remaining_time(done: int, total: int, seconds: float, words: str) -> None:
    assert line("entries", done, total, seconds) == words


def test_a_terminal_sees_the_end_of_each_part() -> None:
    terminal = Terminal()
    meter = Meter(terminal)
    meter("records", 3, 3)
    meter("entries", 9, 9)
    meter.clear()
    shown = terminal.getvalue()
    assert "records  3 of 3" in shown
    assert "entries  9 of 9" in shown
    assert shown.endswith("\r\x1b[2K")
    assert meter.read == {"records": 3, "entries": 9}


def test_a_file_gets_nothing() -> None:
    file = StringIO()
    meter = Meter(file)
    meter("entries", 9, 9)
    meter.clear()
    assert file.getvalue() == ""
