"""Turn one HTML file into one PDF/A-3a file, in a process of its own without Django or sockets.

Started as ``python -I render_document.py FOLDER``; FOLDER holds ``job.json`` (shape: ``Job``),
``document.html`` and the attachments. Writes ``document.pdf`` there, and on standard output a line
``page N`` for each page laid out; on failure one line on standard error, and exit code 1. The
document reaches no file but the packaged fonts.
"""

import json
import logging
import resource
import sys
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Final, TypedDict
from urllib.parse import urlsplit
from urllib.request import url2pathname

from weasyprint import DEFAULT_OPTIONS, HTML, Attachment
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import FatalURLFetchingError, URLFetcher, URLFetcherResponse

ASSETS: Final = Path(__file__).resolve().parent / "static" / "evidence"
FONTS: Final = ASSETS / "fonts"
PAGE_MESSAGE: Final = "Step 5 - Creating layout - Page %"


class AttachedFile(TypedDict):
    """One embedded file: the name the PDF shows, and the file of FOLDER that holds its bytes."""

    name: str
    file: str


class Job(TypedDict):
    """``job.json``: two hard limits for this process; ``created_at`` is ISO 8601 in UTC."""

    identifier: str
    created_at: str
    memory_bytes: int
    cpu_seconds: int
    attachments: list[AttachedFile]


class FontsOnly(URLFetcher):  # type: ignore[misc]  # WeasyPrint ships no types
    """Serves the packaged fonts and refuses every other address, whatever its protocol."""

    def __init__(self) -> None:
        super().__init__(allowed_protocols=(), allow_redirects=False, fail_on_errors=True)

    def fetch(
        self,
        url: str,
        headers: dict[str, str] | None = None,
    ) -> URLFetcherResponse:
        """Return one packaged file; raises ``PermissionError`` for any other address."""
        parts = urlsplit(url)
        path = Path(url2pathname(parts.path)).resolve()
        if parts.scheme != "file" or parts.netloc or not path.is_relative_to(FONTS):
            raise PermissionError("only the packaged fonts may be loaded")
        return URLFetcherResponse(path.as_uri(), path.read_bytes())


class PageLines(logging.Handler):
    """Says on standard output that a page was laid out."""

    def emit(self, record: logging.LogRecord) -> None:
        if str(record.msg).startswith(PAGE_MESSAGE) and isinstance(record.args, tuple):
            sys.stdout.write(f"page {record.args[0]}\n")
            sys.stdout.flush()


class Failures(logging.Handler):
    """Keeps errors and unusable fonts, which the renderer only logs: no document has a hole."""

    def __init__(self) -> None:
        super().__init__()
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        message = record.getMessage()
        if record.levelno >= logging.ERROR or message.startswith("Font-face"):
            self.messages.append(message)


class DocumentFlawed(Exception):
    """The renderer reported an error and would have left something out."""


def main(folder: Path) -> int:
    """Render the job in ``folder``; returns the exit code of the process."""
    try:
        job: Job = json.loads((folder / "job.json").read_text("utf-8"))
        limit(job)
        (folder / "document.pdf").write_bytes(render(folder, job))
    except (Exception, FatalURLFetchingError) as problem:  # noqa: BLE001  # whatever it was, it is told
        sys.stderr.write(f"{explain(problem)}\n")
        return 1
    return 0


def limit(job: Job) -> None:
    """Bind this process to the job's memory and processor time, and leave no core file."""
    resource.setrlimit(resource.RLIMIT_AS, (job["memory_bytes"], job["memory_bytes"]))
    resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_seconds"], job["cpu_seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def render(folder: Path, job: Job) -> bytes:
    """Return the PDF; raises ``DocumentFlawed`` where the renderer would only log."""
    failures = listen()
    created_at = datetime.fromisoformat(job["created_at"])
    html = HTML(
        string=(folder / "document.html").read_text("utf-8"),
        base_url=f"{ASSETS.as_uri()}/",
        url_fetcher=FontsOnly(),
    )
    document = html.render(font_config=FontConfiguration(), **options(folder, job, created_at))
    document.metadata.created = document.metadata.modified = created_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    pdf = document.write_pdf(**options(folder, job, created_at))
    if failures.messages:
        raise DocumentFlawed(failures.messages[0])
    return bytes(pdf)


def listen() -> Failures:
    """Attach both listeners to the renderer's loggers."""
    failures = Failures()
    logging.getLogger("weasyprint").addHandler(failures)
    progress = logging.getLogger("weasyprint.progress")
    progress.setLevel(logging.INFO)
    progress.propagate = False
    progress.addHandler(PageLines())
    return failures


def options(folder: Path, job: Job, created_at: datetime) -> dict[str, object]:
    """Renderer options; everything that would come from the clock or from chance is given."""
    attachments = [
        Attachment(
            file_obj=BytesIO((folder / file["file"]).read_bytes()),
            name=file["name"],
            created=created_at,
            modified=created_at,
            relationship="Data",
        )
        for file in job["attachments"]
    ]
    return {
        **DEFAULT_OPTIONS,
        "pdf_variant": "pdf/a-3a",
        "pdf_identifier": job["identifier"].encode("utf-8"),
        "attachments": attachments,
    }


def explain(problem: BaseException) -> str:
    """One line: the problem and, where there is one, its cause."""
    parts = [problem, problem.__cause__] if problem.__cause__ else [problem]
    return " ".join(": ".join(f"{type(part).__name__} {part}".strip() for part in parts).split())


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
