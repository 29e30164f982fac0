"""What the command prints for people, on a narrow and on a wide terminal: everything, and no word broken."""

from io import BytesIO

import pytest
from benchseal import tables
from benchseal.api import Object
from benchseal.commands_release import GATES
from benchseal.commands_run import COLUMNS
from benchseal.printing import Format, print_items, print_object, print_rows
from benchseal.verify import State, Trust, verify
from benchseal.verify.report import Check
from benchseal.verify.report import Item as Found
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

DIGEST = f"sha256:{'0123456789abcdef' * 4}"
PATH = f"data/attestations/{'a' * 64}.dsse.json"
LONG_RUN: Object = {
    "human_id": "HARBOR-RUN-2026-0001",
    "status": "admitted",
    "model_version": {
        "name": "meta-llama/Llama-3.3-70B-Instruct-quantized.w8a8",
        "version": "2026-11-22-rc1",
    },
    "benchmark_version": {"name": "harness/leaderboard_math_counting_and_prob_hard"},
    "dataset_version": {"name": "長い名前のデータセット/ハーバー支援"},
    "owner": "maximiliane.von.und.zu.hohenlohe",
    "admitted_at": "2026-11-22T07:00:00.000000Z",
}
SHORT_RUN: Object = {"human_id": "HARBOR-RUN-2026-0002", "status": "void", "owner": "ines"}
GATE: Object = {
    "code": "GATE_METRIC_DEFINITIONS_COMPLETE",
    "name": "Every metric has a definition",
    "state": "fail",
    "reason": "acc_norm,none of HARBOR-RUN-2026-0001 has no definition with an interval of its own.",
    "next_step": "Register a metric definition: POST /api/v1/projects/HARBOR/metric-definitions.",
}
WIDTHS = [80, 160]
Printed = pytest.CaptureFixture[str]


@pytest.fixture(params=WIDTHS)
def width(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """The terminal has so many columns."""
    columns: int = request.param
    monkeypatch.setenv("COLUMNS", str(columns))
    return columns


def words_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return {word for one in value.values() for word in words_of(one)}
    return set(str(value).split())


def too_wide(printed: str, width: int) -> list[str]:
    """Lines beyond the terminal that hold more than one word after their first: those could be broken."""
    lines = [line.rstrip() for line in printed.splitlines()]
    return [line for line in lines if cell_len(line) > width and len(line.split()) > 2]


def test_rows_with_long_names_are_whole(width: int, capsys: Printed) -> None:
    print_rows([LONG_RUN, SHORT_RUN], COLUMNS, Format.TABLE)
    printed = capsys.readouterr().out
    assert words_of(LONG_RUN) | words_of(SHORT_RUN) <= set(printed.split())
    assert too_wide(printed, width) == []


def test_gates_are_blocks_where_narrow_and_a_table_where_wide(width: int, capsys: Printed) -> None:
    print_rows([GATE, GATE], GATES, Format.TABLE)
    printed = capsys.readouterr().out
    assert words_of(GATE) <= set(printed.split())
    assert too_wide(printed, width) == []
    titles = [
        line
        for line in printed.splitlines()
        if line.split() == ["gate", "name", "state", "reason", "next", "step"]
    ]
    assert bool(titles) == (width == 160)
    if width == 80:
        assert printed.split("\n\n")[0].rstrip() == printed.split("\n\n")[1].rstrip()


def test_short_rows_are_a_table_everywhere(width: int, capsys: Printed) -> None:
    print_rows([SHORT_RUN], {"run": "human_id", "status": "status", "owner": "owner"}, Format.TABLE)
    title, row = capsys.readouterr().out.splitlines()
    assert title.split() == ["run", "status", "owner"]
    assert row.index("void") == title.index("status")


def test_an_object_shows_its_digest_in_one_piece(width: int, capsys: Printed) -> None:
    print_object(
        {"human_id": "HARBOR-PACK-2026-0001", "include_private": True, "digest": DIGEST}, Format.TABLE
    )
    lines = capsys.readouterr().out.splitlines()
    assert [line.rstrip() for line in lines if DIGEST in line] == [
        f"  {DIGEST}" if width == 80 else f"digest           {DIGEST}"
    ]
    assert all(cell_len(line) <= width for line in lines)


@pytest.fixture
def items() -> list[Found]:
    named = Check(
        "signatures", "Dr. Maximiliane von und zu Hohenlohe for Ada Ó Briain, stage security", "g", "w"
    )
    return [
        Check("seal", "seal.dsse.json", "good", "w").ok(
            f"Signed with the key {DIGEST.removeprefix('sha256:')}."
        ),
        named.ok("sign, signed at 2026-11-22T07:00:00.000000Z; it counts."),
        Check("statements", PATH, "g", "A statement was changed.").bad(
            f"{PATH} is not named after what is in it."
        ),
        Check("origin", "issued by", "g", "w").unchecked("No published key was given."),
    ]


def test_items_of_a_report_are_whole(width: int, items: list[Found], capsys: Printed) -> None:
    print_items(items, "broken", f"HARBOR-PACK-2026-0001  {DIGEST}")
    printed = capsys.readouterr().out
    wanted = {word for item in items for word in words_of(f"{item.state} {item.name} {item.reason}")}
    assert wanted <= set(printed.split())
    assert "A statement was changed." in printed
    body = printed.partition("\n\n")[0]
    assert too_wide(body, width) == []


def test_a_real_report_is_a_table_where_wide(
    width: int, pack_bytes: bytes, key_folder: object, capsys: Printed
) -> None:
    report = verify(BytesIO(pack_bytes), trust=Trust.read(f"{key_folder}/keys.json"))
    print_items(report.items, report.verdict.words)
    printed = capsys.readouterr().out
    assert (printed.split()[:3] == ["part", "item", "found"]) == (width == 160)
    assert printed.split().count(State.OK) >= len(report.items)
    for item in report.items:
        assert words_of(item.name) | words_of(item.reason) <= set(printed.split())
    assert too_wide(printed, width) == []


def test_what_a_pack_names_is_no_markup(width: int, capsys: Printed) -> None:
    hostile = Check("bag", "[bold]data/[/x]\x1b[31m", "g", "w").bad("[link=https://x]here[/link]")
    print_items([hostile], "broken")
    print_rows([{"run": "[red]1[/]"}], {"run": "run"}, Format.TABLE)
    print_object({"run": "[red]2[/]"}, Format.TABLE)
    printed = capsys.readouterr().out
    assert "[bold]data/[/x]" in printed
    assert "[link=https://x]here[/link]" in printed
    assert "[red]1[/]" in printed
    assert "[red]2[/]" in printed
    assert "\x1b" not in printed


TEXTS = st.text(st.sampled_from("ab 長-/"), max_size=40)


@given(TEXTS, st.integers(1, 30))
def test_wrapping_loses_nothing_and_breaks_no_word(text: str, width: int) -> None:
    lines = tables.wrapped(text, width)
    assert [word for line in lines for word in line.split()] == text.split()
    assert all(cell_len(line) <= width or len(line.split()) == 1 for line in lines)


@given(st.lists(st.lists(TEXTS, min_size=1, max_size=3), min_size=1, max_size=5), st.integers(1, 120))
def test_columns_hold_their_words_and_never_exceed_the_terminal(cells: list[list[str]], width: int) -> None:
    columns = [tables.Column.of(column) for column in cells]
    found = tables.widths(columns, width)
    gaps = tables.GAP * (len(columns) - 1)
    if found is None:
        assert sum(column.least for column in columns) + gaps > width
        return
    assert sum(found) + gaps <= width
    assert all(column.least <= one <= column.most for column, one in zip(columns, found, strict=True))
