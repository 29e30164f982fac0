"""A document comes out whole and the same each time, and nothing from outside gets into it."""

import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from pytest_django import Settings

from evidence import rendering
from evidence.errors import RenderFailed
from evidence.rendering import PROGRAM, render_pdf

pytestmark = pytest.mark.thorough

CREATED_AT = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
ATTACHMENTS = {"record.json": b'{"a":1}', "manifest-sha256.txt": b"text"}
STYLE = """<style>
@font-face { font-family: Inter; src: url(fonts/inter-latin-400-normal.ttf) }
@font-face { font-family: "IBM Plex Mono"; src: url(fonts/ibm-plex-mono-latin-400-normal.ttf) }
body { font-family: Inter } code { font-family: "IBM Plex Mono" }
</style>"""


def document(body: str) -> str:
    return f'<!doctype html><html lang="en"><head><title>T</title>{STYLE}</head><body>{body}</body>'


def render(body: str, **attachments: bytes) -> bytes:
    return render_pdf(document(body), attachments=attachments, created_at=CREATED_AT, identifier="pack-1")


def told(program: str, *arguments: object) -> str:
    command = [program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def pdf(tmp_path: Path) -> Path:
    path = tmp_path / "document.pdf"
    path.write_bytes(
        render_pdf(
            document("<p>Text <code>code</code>"),
            attachments=ATTACHMENTS,
            created_at=CREATED_AT,
            identifier="pack-1",
        )
    )
    return path


def test_fonts_are_embedded(pdf: Path) -> None:
    lines = told("pdffonts", pdf).splitlines()[2:]
    assert sorted(line.split()[0].partition("+")[2] for line in lines) == ["IBM-Plex-Mono", "Inter"]
    assert all(line.split()[-5:-2] == ["yes", "yes", "yes"] for line in lines)


def test_attachments_are_embedded_unchanged(pdf: Path, tmp_path: Path) -> None:
    told("pdfdetach", "-saveall", "-o", tmp_path, pdf)
    assert {name: (tmp_path / name).read_bytes() for name in ATTACHMENTS} == ATTACHMENTS


def test_the_document_is_tagged_and_dated_as_told(pdf: Path) -> None:
    facts = told("pdfinfo", "-isodates", pdf)
    assert "Tagged:          yes" in facts
    assert "CreationDate:    2026-11-22T07:00:00Z" in facts
    assert b'pdfaid:part="3"' in told_metadata(pdf)


def told_metadata(pdf: Path) -> bytes:
    return told("pdfinfo", "-meta", pdf).encode()


def test_the_same_input_gives_the_same_bytes() -> None:
    first = render("<p>Text <code>code</code>", **ATTACHMENTS)
    time.sleep(1.1)  # file times and PDF dates count whole seconds
    assert render("<p>Text <code>code</code>", **ATTACHMENTS) == first


def test_pages_are_counted_as_they_are_laid_out() -> None:
    pages: list[int] = []
    render_pdf(
        document('<p>1<p style="break-before: page">2'),
        attachments={},
        created_at=CREATED_AT,
        identifier="pack-1",
        on_page=pages.append,
    )
    assert pages == [1, 2]


@pytest.mark.parametrize(
    "body",
    [
        '<link rel="attachment" href="file:///etc/passwd">',
        '<a rel="attachment" href="file:///etc/passwd">x</a>',
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/x.png">',
        '<img src="ftp://127.0.0.1:9/x.png">',
        '<img src="data:image/png;base64,AAAA">',
        '<img src="../../../manage.py">',
        '<link rel="attachment" href="fonts/../../../errors.py">',
        '<link rel="attachment" href="fonts/%2e%2e/%2e%2e/%2e%2e/errors.py">',
        '<link rel="attachment" href="//localhost/etc/passwd">',
        '<p style="background: url(file:///etc/passwd)">x',
        '<style>p::before { content: url("http://127.0.0.1:9/") }</style><p>x',
        '<style>@import url("file:///etc/passwd");</style>',
        '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
        '<object data="file:///etc/passwd"></object>',
        '<svg><image href="file:///etc/passwd" width="9" height="9"/></svg>',
        '<svg><style>@import "file:///etc/passwd";</style><text>x</text></svg>',
    ],
)
def test_a_document_that_asks_for_anything_else_is_refused(body: str) -> None:
    with pytest.raises(RenderFailed):
        render(body)


@pytest.mark.parametrize(
    "body",
    [
        '&lt;img src="file:///etc/passwd"&gt;',
        '<a href="file:///etc/passwd">link</a>',
        '<iframe src="file:///etc/passwd"></iframe>',
        '<svg><use href="file:///etc/passwd#a"/></svg>',
        '<script src="file:///etc/passwd"></script>',
    ],
)
def test_what_is_not_loaded_leaves_no_trace(body: str, tmp_path: Path) -> None:
    path = tmp_path / "document.pdf"
    path.write_bytes(render(body))
    assert told("pdfdetach", "-list", path).startswith("0 embedded files")
    assert "root:" not in told("pdftotext", path, "-")
    assert b"root:" not in path.read_bytes()


def test_a_font_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(RenderFailed, match="Font-face"):
        render("<style>@font-face { font-family: Z; src: url(fonts/LICENSE-inter.txt) }</style>")


def test_a_slow_document_is_stopped(settings: Settings) -> None:
    settings.RENDER_TIMEOUT_SECONDS = 1
    begun = time.monotonic()
    with pytest.raises(RenderFailed, match="not ready after 1 s"):
        render("<table>" + "<tr><td>1<td>2<td>3" * 20_000 + "</table>")
    assert time.monotonic() - begun < 20


def test_a_document_that_needs_too_much_memory_is_stopped(settings: Settings) -> None:
    settings.RENDER_MEMORY_BYTES = 64 * 1024 * 1024
    with pytest.raises(RenderFailed):
        render("<p>Text")


MACHINES_FONT_CACHE = Path("/var/cache/fontconfig")


def font_cache() -> dict[str, bytes]:
    """Name and bytes of each file of the machine's font cache; none where the machine has no such folder."""
    return {path.name: path.read_bytes() for path in MACHINES_FONT_CACHE.glob("*")}


def test_a_document_that_ran_out_of_memory_leaves_fonts_to_the_next_one(
    settings: Settings, tmp_path: Path
) -> None:
    before = font_cache()
    settings.RENDER_MEMORY_BYTES = 64 * 1024 * 1024
    with pytest.raises(RenderFailed):
        render("<p>Text")
    assert font_cache() == before
    settings.RENDER_MEMORY_BYTES = 2 * 1024**3
    path = tmp_path / "document.pdf"
    path.write_bytes(render("<p>Text Привет"))
    assert told("pdftotext", path, "-").strip() == "Text Привет"
    assert "+DejaVu-Sans" in told("pdffonts", path)


def test_the_child_knows_no_font_of_the_machine(tmp_path: Path) -> None:
    rendering._write_font_configuration(tmp_path)
    environment = rendering._environment(tmp_path, CREATED_AT)
    command = ["fc-list", "--format", "%{file}\n"]
    listed = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert {Path(line).parent for line in listed.stdout.splitlines()} == {rendering.FONTS}


def test_further_fonts_come_from_the_folder_that_is_set(settings: Settings, tmp_path: Path) -> None:
    settings.RENDER_FONTS_DIR = str(tmp_path / "fonts & more")
    rendering._write_font_configuration(tmp_path)
    written = (tmp_path / "fonts.conf").read_text("utf-8")
    folders = [rendering.FONTS, settings.RENDER_FONTS_DIR]
    assert re.findall("<dir>(.+)</dir>", written) == [escape(str(folder)) for folder in folders]


def test_every_font_has_its_licence_beside_it() -> None:
    for font in rendering.FONTS.glob("*.ttf"):
        family = re.split(r"-(?:latin|\d{3})", font.name)[0]
        assert (rendering.FONTS / f"LICENSE-{family}.txt").is_file(), font.name


def test_the_child_is_stopped_when_the_caller_leaves() -> None:
    def leave(page: int) -> None:
        raise KeyboardInterrupt(page)

    with pytest.raises(KeyboardInterrupt):
        render_pdf(
            document("<p>Text"),
            attachments={},
            created_at=CREATED_AT,
            identifier="pack-1",
            on_page=leave,
        )


def test_the_program_loads_no_django() -> None:
    script = f"import runpy, sys; runpy.run_path({str(PROGRAM)!r}); print('django' in sys.modules)"
    assert told(sys.executable, "-I", "-c", script) == "False\n"
