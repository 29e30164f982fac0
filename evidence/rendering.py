"""Render a document to PDF/A-3a in a child process with limits, never with our keys or database."""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

from django.conf import settings

from evidence.errors import RenderFailed

PROGRAM: Final = Path(__file__).resolve().with_name("render_document.py")
FONTS: Final = PROGRAM.parent / "static" / "evidence" / "fonts"
FONT_CONFIGURATION: Final = """<?xml version="1.0"?>
<fontconfig>
{folders}
<cachedir>{cache}</cachedir>
<alias><family>sans-serif</family><prefer><family>DejaVu Sans</family></prefer></alias>
</fontconfig>
"""


def render_pdf(
    html: str,
    *,
    attachments: Mapping[str, bytes],
    created_at: datetime,
    identifier: str,
    on_page: Callable[[int], None] | None = None,
    working_in: Path | None = None,
) -> bytes:
    """Return ``html`` as PDF/A-3a with ``attachments`` (file name → bytes) embedded.

    The same input gives the same bytes: ``created_at`` is stated as creation and change time of the
    document and its attachments, ``identifier`` is the first half of the PDF's /ID. ``on_page`` is
    told the number of each page as it is laid out, in this thread. Relative addresses are looked up
    in ``static/evidence/``, and only ``fonts/`` is served; title and language are required. No font of
    the machine is used: what the document's own fonts lack comes from DejaVu Sans or RENDER_FONTS_DIR.
    Files lie in a new folder inside ``working_in`` (default: the system's temporary folder) until the
    end; a kill of this process leaves them to whoever clears that folder.
    Raises ``RenderFailed`` when the document asks for anything else, when the renderer reports an
    error, and when it needs more than RENDER_TIMEOUT_SECONDS or RENDER_MEMORY_BYTES.
    """
    with tempfile.TemporaryDirectory(prefix="benchseal-render-", dir=working_in) as name:
        folder = Path(name)
        _write_job(folder, html, attachments, created_at.astimezone(UTC), identifier)
        _write_font_configuration(folder)
        _run(folder, created_at, on_page)
        return (folder / "document.pdf").read_bytes()


def _write_job(
    folder: Path, html: str, attachments: Mapping[str, bytes], created_at: datetime, identifier: str
) -> None:
    (folder / "document.html").write_text(html, "utf-8")
    files = []
    for number, (name, body) in enumerate(sorted(attachments.items())):
        (folder / f"attachment-{number}").write_bytes(body)
        files.append({"name": name, "file": f"attachment-{number}"})
    job = {
        "identifier": identifier,
        "created_at": created_at.isoformat(),
        "memory_bytes": settings.RENDER_MEMORY_BYTES,
        "cpu_seconds": settings.RENDER_TIMEOUT_SECONDS,
        "attachments": files,
    }
    (folder / "job.json").write_text(json.dumps(job), "utf-8")


def _write_font_configuration(folder: Path) -> None:
    """Keep the child away from the machine's fonts and from their cache.

    A child of root that runs out of memory while it reads fonts leaves an empty cache behind, and
    every program of the machine that prints text would believe it: this one ends with the job.
    """
    folders = [FONTS, *([Path(settings.RENDER_FONTS_DIR)] if settings.RENDER_FONTS_DIR else [])]
    configuration = FONT_CONFIGURATION.format(
        folders="\n".join(f"<dir>{escape(str(one))}</dir>" for one in folders),
        cache=escape(str(folder / "fontconfig")),
    )
    (folder / "fonts.conf").write_text(configuration, "utf-8")


def _run(folder: Path, created_at: datetime, on_page: Callable[[int], None] | None) -> None:
    with (
        (folder / "messages").open("wb") as messages,
        _child(folder, created_at, messages.fileno()) as (process, expired),
    ):
        for line in process.stdout or ():
            if on_page and line.startswith("page "):
                on_page(int(line[5:]))
        status = process.wait()
    if expired.is_set():
        raise RenderFailed(f"The renderer was stopped: not ready after {settings.RENDER_TIMEOUT_SECONDS} s.")
    if status != 0:
        raise RenderFailed(_last_words(folder / "messages", status))


@contextmanager
def _child(
    folder: Path, created_at: datetime, messages: int
) -> Iterator[tuple["subprocess.Popen[str]", threading.Event]]:
    """Start the renderer; it is killed when the time is over or the caller leaves."""
    expired = threading.Event()
    process = subprocess.Popen(
        [sys.executable, "-I", str(PROGRAM), str(folder)],
        cwd=folder,
        env=_environment(folder, created_at),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=messages,
        text=True,
        start_new_session=True,
    )
    clock = threading.Timer(settings.RENDER_TIMEOUT_SECONDS, _stop, (process, expired))
    clock.start()
    try:
        with process:
            try:
                yield process, expired
            finally:
                _kill(process)
    finally:
        clock.cancel()


def _environment(folder: Path, created_at: datetime) -> dict[str, str]:
    """No setting and no secret of ours; the clock that font subsets state is fixed as well."""
    return {
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
        "PATH": os.defpath,
        "FONTCONFIG_FILE": str(folder / "fonts.conf"),
        "SOURCE_DATE_EPOCH": str(int(created_at.timestamp())),
    }


def _stop(process: "subprocess.Popen[str]", expired: threading.Event) -> None:
    expired.set()
    _kill(process)


def _kill(process: "subprocess.Popen[str]") -> None:
    if process.poll() is None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def _last_words(messages: Path, status: int) -> str:
    lines = messages.read_text("utf-8", "replace").strip().splitlines()
    said = lines[-1][:500] if lines else "it said nothing"
    ended = f"signal {-status}" if status < 0 else f"code {status}"
    return f"The renderer ended with {ended}: {said}"
